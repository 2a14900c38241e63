/**
 * Where the dashboard is mounted, "/" or "/some/prefix/". Built scripts live in <prefix>assets/, so the prefix follows from
 * the address of this module: no server-side templating is needed, and a proxy may put the dashboard below any path.
 * It is also why every page is one path segment deep.
 */
export function prefixOf(moduleUrl: string): string {
  const path = new URL(moduleUrl).pathname;
  const assets = path.lastIndexOf('/assets/');
  return assets < 0 ? '/' : path.slice(0, assets + 1);
}

export const basePath = prefixOf(import.meta.url);

export function apiUrl(path: string): string {
  return `${basePath}api/${path}`;
}
