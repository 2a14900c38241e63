import type { OcppMessage } from '@/api/types';
import { actionOf, directionOf, type Exchange, errorOf, first, latencyOf, outcomeOf, SLOW_MS } from './exchange';

/**
 * The filter language: terms separated by blanks, all of which must hold.
 *   station:CP-01*   action:Heartbeat,StatusNotification   type:error   dir:in   is:slow   latency>200   -action:Heartbeat   "some text"
 */
export const FILTER_KEYS = {
  station: 'identity; * stands for anything',
  action: 'such as StatusNotification',
  type: 'call, result, error or send',
  dir: 'in (from a station) or out',
  is: 'ok, error, pending, timeout, slow, cut or routine (heartbeats and periodic meter values)',
  latency: 'milliseconds: latency>200',
  code: 'error code of a CALLERROR',
  gateway: 'name of the gateway',
  protocol: '1.6, 2.0.1 or 2.1',
  id: 'OCPP message id',
} as const;

export type FilterKey = keyof typeof FILTER_KEYS;

export const FILTER_VALUES: Partial<Record<FilterKey, readonly string[]>> = {
  type: ['call', 'result', 'error', 'send'],
  dir: ['in', 'out'],
  is: ['ok', 'error', 'pending', 'timeout', 'slow', 'cut', 'routine'],
  protocol: ['1.6', '2.0.1', '2.1'],
};

export interface Term {
  negated: boolean;
  key: FilterKey | null;
  operator: ':' | '>' | '<';
  values: string[];
}

export interface Filter {
  text: string;
  terms: Term[];
  errors: string[];
  matches: (exchange: Exchange, now?: number) => boolean;
}

const TOKEN = /-?(?:[a-z]+[:<>])?(?:"[^"]*"?|[^\s"]+)+/gi;
/** Keys with words of this page; other values go to the server as they were typed. */
const CASELESS = new Set(['type', 'dir', 'is']);
const KEYED = /^([a-z]+)([:<>])(.*)$/is;

function unquote(text: string): string {
  return text.replaceAll('"', '');
}

function termOf(token: string, errors: string[]): Term | null {
  const negated = token.startsWith('-') && token.length > 1;
  const body = negated ? token.slice(1) : token;
  const keyed = body.startsWith('"') ? null : KEYED.exec(body);
  if (!keyed) return { negated, key: null, operator: ':', values: [unquote(body).toLowerCase()] };
  const [, name = '', operator = ':', rest = ''] = keyed;
  const key = name.toLowerCase();
  if (!(key in FILTER_KEYS)) {
    errors.push(`"${name}" is no key; keys are ${Object.keys(FILTER_KEYS).join(', ')}. Quote text that has a colon.`);
    return null;
  }
  const typed = unquote(rest).split(',').filter(Boolean);
  const values = CASELESS.has(key) ? typed.map((value) => value.toLowerCase()) : typed;
  if (values.length === 0) return null;
  return checkTerm({ negated, key: key as FilterKey, operator: operator as Term['operator'], values }, errors);
}

function checkTerm(term: Term, errors: string[]): Term | null {
  const { key, operator, values } = term;
  if (key === null) return term;
  if (key === 'latency') {
    if (values.every((value) => Number.isFinite(Number.parseFloat(value)))) return term;
    errors.push('latency needs a number of milliseconds, as in latency>200');
    return null;
  }
  if (operator !== ':') {
    errors.push(`${key} is compared with ":"`);
    return null;
  }
  const allowed: readonly string[] | undefined = key === 'protocol' ? undefined : FILTER_VALUES[key];
  const wrong = allowed && values.find((value) => !allowed.includes(value));
  if (!wrong) return term;
  errors.push(`${key} can't be "${wrong}"; it is ${allowed?.join(', ')}`);
  return null;
}

function wildcard(pattern: string): (text: string) => boolean {
  const wanted = pattern.toLowerCase();
  if (!pattern.includes('*')) return (text) => text.toLowerCase() === wanted;
  const source = pattern.split('*').map((part) => part.replace(/[.+?^${}()|[\]\\]/g, '\\$&'));
  const expression = new RegExp(`^${source.join('.*')}$`, 'i');
  return (text) => expression.test(text);
}

type Test = (exchange: Exchange, now: number) => boolean;

function anyOf(values: string[], pick: (exchange: Exchange) => string | undefined): Test {
  const tests = values.map(wildcard);
  return (exchange) => {
    const text = pick(exchange) ?? '';
    return tests.some((test) => test(text));
  };
}

const TYPES: Record<string, (exchange: Exchange) => boolean> = {
  call: ({ call }) => call?.type === 'CALL',
  result: ({ answer }) => answer?.type === 'CALLRESULT',
  error: (exchange) => errorOf(exchange) !== null,
  send: ({ call }) => call?.type === 'SEND',
};

const ROUTINE = new Set(['Heartbeat', 'MeterValues', 'NotifyPeriodicEventStream']);

/** What every station sends all day, as long as it was answered well. */
function isRoutine(exchange: Exchange): boolean {
  if (errorOf(exchange)) return false;
  const action = actionOf(exchange);
  if (action !== 'TransactionEvent') return ROUTINE.has(action);
  const body = exchange.call?.params;
  return Boolean(body && typeof body === 'object' && !Array.isArray(body) && body.eventType === 'Updated');
}

function isState(value: string, exchange: Exchange, now: number): boolean {
  if (value === 'routine') return isRoutine(exchange);
  if (value === 'slow') return (latencyOf(exchange) ?? 0) >= SLOW_MS;
  if (value === 'cut') return Boolean(exchange.call?.truncated || exchange.answer?.truncated);
  return outcomeOf(exchange, now) === value;
}

function latencyTest(term: Term): Test {
  const limit = Number.parseFloat(term.values[0] ?? '0');
  return (exchange) => {
    const latency = latencyOf(exchange);
    if (latency === null) return false;
    return term.operator === '<' ? latency < limit : latency > limit;
  };
}

function haystack(message: OcppMessage | null): string {
  if (!message) return '';
  const body = message.params ?? message.payload;
  const text = body === undefined ? (message.raw ?? '') : JSON.stringify(body);
  return `${message.identity} ${message.method ?? ''} ${message.messageId ?? ''} ${text}`.toLowerCase();
}

function testOf(term: Term): Test {
  const { key, values } = term;
  switch (key) {
    case null: {
      const needle = values[0] ?? '';
      return ({ call, answer }) => haystack(call).includes(needle) || haystack(answer).includes(needle);
    }
    case 'station':
      return anyOf(values, (exchange) => first(exchange).identity);
    case 'action':
      return anyOf(values, actionOf);
    case 'gateway':
      return anyOf(values, (exchange) => first(exchange).gateway);
    case 'protocol':
      return anyOf(values, (exchange) => first(exchange).protocol?.replace(/^ocpp/, ''));
    case 'id':
      return anyOf(values, (exchange) => first(exchange).messageId);
    case 'code':
      return anyOf(values, (exchange) => errorOf(exchange)?.code);
    case 'dir':
      return (exchange) => values.includes(directionOf(exchange).toLowerCase());
    case 'type':
      return (exchange) => values.some((value) => TYPES[value]?.(exchange));
    case 'is':
      return (exchange, now) => values.some((value) => isState(value, exchange, now));
    case 'latency':
      return latencyTest(term);
  }
}

export function parseFilter(text: string): Filter {
  const errors: string[] = [];
  const terms = [...text.matchAll(TOKEN)].map(([token]) => termOf(token, errors)).filter((term) => term !== null);
  const tests = terms.map((term) => ({ negated: term.negated, test: testOf(term) }));
  return {
    text,
    terms,
    errors,
    matches: (exchange, now = Date.now()) => tests.every(({ negated, test }) => test(exchange, now) !== negated),
  };
}

/** What the server can narrow down by itself when older messages are fetched. */
export function serverQuery(filter: Filter): { identity?: string; method?: string } {
  const exact = (key: FilterKey) => {
    const found = filter.terms.filter((term) => term.key === key && !term.negated);
    const value = found.length === 1 && found[0]?.values.length === 1 ? found[0].values[0] : undefined;
    return value?.includes('*') ? undefined : value;
  };
  return { identity: exact('station'), method: exact('action') };
}

function tokensOf(text: string): string[] {
  return text.match(TOKEN) ?? [];
}

/** Adds a term, or takes it out where it stands already. */
export function toggleTerm(text: string, term: string): string {
  const tokens = tokensOf(text);
  const without = tokens.filter((token) => token !== term);
  return (without.length === tokens.length ? [...tokens, term] : without).join(' ');
}

export function hasTerm(text: string, term: string): boolean {
  return tokensOf(text).includes(term);
}

export function quoteValue(value: string): string {
  return /[\s",]/.test(value) ? `"${value.replaceAll('"', '')}"` : value;
}
