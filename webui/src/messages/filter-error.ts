/** Where a filter went wrong, as the server says it: "filter: at 12: …" counts bytes of UTF-8. */
export interface FilterError {
  /** In characters of the expression. */
  offset: number | null;
  text: string;
}

export function characterAt(text: string, bytes: number): number {
  const head = new TextEncoder().encode(text).slice(0, bytes);
  return new TextDecoder().decode(head).length;
}

export function filterError(expression: string, message: string): FilterError {
  const [, at, text] = /^filter: at (\d+): (.*)$/s.exec(message) ?? [];
  if (at === undefined || text === undefined) return { offset: null, text: message };
  return { offset: characterAt(expression, Number(at)), text };
}
