import { FILTER_KEYS, FILTER_VALUES, type FilterKey, quoteValue } from './filter';

export interface Suggestion {
  label: string;
  hint: string;
  /** The whole filter with the suggestion in it, and where the caret goes. */
  text: string;
  caret: number;
}

export interface KnownValues {
  stations: () => string[];
  actions: () => string[];
}

const MOST = 10;

function wordAt(text: string, caret: number): { start: number; end: number; word: string } {
  let start = caret;
  while (start > 0 && !/\s/.test(text[start - 1] ?? ' ')) start -= 1;
  let end = caret;
  while (end < text.length && !/\s/.test(text[end] ?? ' ')) end += 1;
  return { start, end, word: text.slice(start, end) };
}

function valuesOf(key: FilterKey, known: KnownValues): readonly string[] {
  if (key === 'station') return known.stations();
  if (key === 'action') return known.actions();
  return FILTER_VALUES[key] ?? [];
}

function keySuggestions(typed: string): { insert: string; label: string; hint: string }[] {
  return Object.entries(FILTER_KEYS)
    .filter(([key]) => key.startsWith(typed.toLowerCase()) && key !== typed)
    .map(([key, hint]) => {
      const insert = key === 'latency' ? 'latency>' : `${key}:`;
      return { insert, label: insert, hint };
    });
}

/** What may stand at the caret: a key, or a value of the key that is there. */
export function complete(text: string, caret: number, known: KnownValues): Suggestion[] {
  const { start, end, word } = wordAt(text, caret);
  const minus = word.startsWith('-') ? '-' : '';
  const body = word.slice(minus.length);
  const colon = body.indexOf(':');
  const put = (insert: string, label: string, hint: string, space: string): Suggestion => {
    const head = `${text.slice(0, start)}${minus}${insert}${space}`;
    return { label, hint, text: head + text.slice(end).trimStart(), caret: head.length };
  };
  if (colon < 0) return keySuggestions(body).map(({ insert, label, hint }) => put(insert, label, hint, ''));
  const key = body.slice(0, colon).toLowerCase();
  if (!(key in FILTER_KEYS)) return [];
  const parts = body.slice(colon + 1).split(',');
  const typed = (parts.pop() ?? '').toLowerCase();
  const before = parts.length > 0 ? `${parts.join(',')},` : '';
  return valuesOf(key as FilterKey, known)
    .filter((value) => value.toLowerCase().includes(typed) && value.toLowerCase() !== typed)
    .slice(0, MOST)
    .map((value) => put(`${key}:${before}${quoteValue(value)}`, value, '', ' '));
}
