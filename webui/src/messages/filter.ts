/**
 * Pieces of filter expressions, ocpp-board-filter(7). The server alone reads expressions; the page only puts terms together.
 */

/** A value as it stands in an expression: in quotes where it would mean something else. */
export function quoteValue(value: string): string {
  return /^[\w.:@/+-]+$/.test(value) ? value : `"${value.replace(/["\\]/g, '\\$&')}"`;
}

const QUOTED = /"(?:[^"\\]|\\.)*"?/g;

/** The same length, with blanks for what stands in quotes. */
function withoutQuotes(text: string): string {
  return text.replace(QUOTED, (quoted) => ' '.repeat(quoted.length));
}

/** In no parentheses and no quotes. */
function isOutermost(text: string, at: number): boolean {
  const plain = withoutQuotes(text);
  if (plain[at] !== text[at] && text[at] !== '"') return false;
  let depth = 0;
  for (const character of plain.slice(0, at)) {
    if (character === '(') depth += 1;
    else if (character === ')') depth -= 1;
  }
  return depth === 0;
}

function isEdge(character: string | undefined): boolean {
  return character === undefined || /\s/.test(character);
}

/** Where the term stands by itself, -1 nowhere. */
function placeOf(text: string, term: string): number {
  for (let at = text.indexOf(term); at >= 0; at = text.indexOf(term, at + 1)) {
    if (isEdge(text[at - 1]) && isEdge(text[at + term.length]) && isOutermost(text, at)) return at;
  }
  return -1;
}

function hasOr(text: string): boolean {
  for (const { index } of withoutQuotes(text).matchAll(/(?:^|\s)(?:or|\|\|)(?=\s|$)/gi)) {
    if (isOutermost(text, index)) return true;
  }
  return false;
}

export function hasTerm(text: string, term: string): boolean {
  return !hasOr(text) && placeOf(text, term) >= 0;
}

export function addTerm(text: string, term: string): string {
  const before = text.trim();
  if (before === '') return term;
  return hasOr(before) ? `(${before}) ${term}` : `${before} ${term}`;
}

/** Adds a term, or takes it out where it stands already. */
export function toggleTerm(text: string, term: string): string {
  if (!hasTerm(text, term)) return addTerm(text, term);
  const at = placeOf(text, term);
  return `${text.slice(0, at).trimEnd()} ${text.slice(at + term.length).trimStart()}`.trim();
}

/** Somebody is about to write more: a value, the end of a quote or of parentheses. */
export function isUnfinished(text: string): boolean {
  const quotes = text.match(QUOTED) ?? [];
  if (quotes.some((quoted) => !/^"(?:[^"\\]|\\.)*"$/.test(quoted))) return true;
  const plain = text.replace(QUOTED, 'quoted');
  const opened = plain.split('(').length > plain.split(')').length;
  return opened || /(?:[:=<>,(!-]|\b(?:or|and|not))\s*$/i.test(plain);
}
