import { readStorage, writeStorage } from '@/lib/settings';

const KEY = 'ocpp-board.filters';
const MOST = 20;

export function parseHistory(text: string | null): string[] {
  try {
    const value: unknown = JSON.parse(text ?? '[]');
    return Array.isArray(value) ? value.filter((entry) => typeof entry === 'string').slice(0, MOST) : [];
  } catch {
    return [];
  }
}

/** The newest first, none twice. */
export function remembered(history: readonly string[], filter: string): string[] {
  const text = filter.trim();
  if (text === '') return [...history];
  return [text, ...history.filter((entry) => entry !== text)].slice(0, MOST);
}

export function recentFilters(): string[] {
  return parseHistory(readStorage(KEY));
}

export function rememberFilter(filter: string): void {
  writeStorage(KEY, JSON.stringify(remembered(recentFilters(), filter)));
}
