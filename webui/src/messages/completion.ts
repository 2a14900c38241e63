import { quoteValue } from './filter';
import { FIELDS, type Field, fieldOf, signOf } from './language';

export interface Suggestion {
  kind: 'field' | 'value' | 'recent' | 'word';
  label: string;
  hint: string;
  /** The whole filter with the suggestion in it, and where the caret goes. */
  text: string;
  caret: number;
}

export interface KnownValues {
  stations: () => string[];
  actions: () => string[];
  recent: () => readonly string[];
}

const MOST = 10;
const WORD_END = /[\s()]/;
const TERM = /^([a-z]+)(:|==?|!=|<=?|>=?)(.*)$/is;

interface Word {
  start: number;
  end: number;
  text: string;
}

/** What the caret stands in: up to a blank or a parenthesis, without the signs of "not" before it. */
function wordAt(text: string, caret: number): Word {
  let start = caret;
  while (start > 0 && !WORD_END.test(text[start - 1] ?? ' ')) start -= 1;
  let end = caret;
  while (end < text.length && !WORD_END.test(text[end] ?? ' ')) end += 1;
  while (start < caret && (text[start] === '-' || text[start] === '!')) start += 1;
  return { start, end, text: text.slice(start, end) };
}

function insideQuotes(text: string): boolean {
  return text.replace(/\\["\\]/g, '').split('"').length % 2 === 0;
}

function replace(text: string, { start, end }: Word, insert: string): { text: string; caret: number } {
  const head = text.slice(0, start) + insert;
  const rest = text.slice(end);
  return { text: head + (insert.endsWith(' ') ? rest.trimStart() : rest), caret: head.length };
}

function suggestFields(text: string, word: Word): Suggestion[] {
  const typed = word.text.toLowerCase();
  return FIELDS.filter(({ name }) => name.startsWith(typed)).map((field) => {
    const label = `${field.name}${signOf(field)}`;
    return { kind: 'field', label, hint: field.help, ...replace(text, word, label) };
  });
}

function valuesOf(field: Field, known: KnownValues): readonly string[] {
  if (field.name === 'station') return known.stations();
  if (field.name === 'action') return known.actions();
  return field.values ?? [];
}

function suggestValues(text: string, word: Word, term: RegExpExecArray, known: KnownValues): Suggestion[] {
  const [, name = '', sign = ':', rest = ''] = term;
  const field = fieldOf(name);
  if (!field) return [];
  const parts = rest.split(',');
  const typed = (parts.pop() ?? '').replaceAll('"', '').toLowerCase();
  const before = parts.length > 0 ? `${parts.join(',')},` : '';
  const compared = signOf(field) === '>';
  return valuesOf(field, known)
    .map((value) => (compared ? value.slice(1) : value))
    .filter((value) => value.toLowerCase().includes(typed) && value.toLowerCase() !== typed)
    .slice(0, MOST)
    .map((value) => ({
      kind: 'value',
      label: value,
      hint: '',
      ...replace(text, word, `${name}${sign}${before}${quoteValue(value)} `),
    }));
}

/** At the beginning of one of its words: "boot" and "noti" are in BootNotification, "act" is not in StartTransaction. */
function hasWord(name: string, typed: string): boolean {
  return name
    .split(/(?=[A-Z])|[-_.]/)
    .some((_, index, words) => words.slice(index).join('').toLowerCase().startsWith(typed));
}

/** What was typed may be a station or an action. */
function suggestWords(text: string, word: Word, known: KnownValues): Suggestion[] {
  const typed = word.text.toLowerCase();
  if (typed.length < 2) return [];
  const found = (name: string, values: string[], most: number): Suggestion[] =>
    values
      .filter((value) => hasWord(value, typed) || (name === 'station' && value.toLowerCase().includes(typed)))
      .slice(0, most)
      .map((value) => {
        const term = `${name}:${quoteValue(value)}`;
        return { kind: 'word', label: term, hint: '', ...replace(text, word, `${term} `) };
      });
  return [...found('action', known.actions(), 4), ...found('station', known.stations(), 4)];
}

function suggestRecent(text: string, known: KnownValues): Suggestion[] {
  return known
    .recent()
    .filter((filter) => filter !== text.trim())
    .slice(0, 6)
    .map((filter) => ({ kind: 'recent', label: filter, hint: 'recent', text: filter, caret: filter.length }));
}

/** What may stand at the caret: a field, a value of the field that is there; with nothing typed, what was used before. */
export function complete(text: string, caret: number, known: KnownValues): Suggestion[] {
  const word = wordAt(text, caret);
  if (insideQuotes(text.slice(0, word.start))) return [];
  const term = TERM.exec(word.text);
  if (term) return suggestValues(text, word, term, known);
  const recent = text.trim() === '' ? suggestRecent(text, known) : [];
  return [...recent, ...suggestFields(text, word), ...suggestWords(text, word, known)];
}
