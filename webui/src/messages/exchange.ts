import type { Json, OcppMessage } from '@/api/types';

/** A CALL with its answer; or a SEND, or an answer whose CALL was not seen. */
export interface Exchange {
  kind: 'exchange';
  /** The id of the message that came first here: what selection and links go by. */
  id: string;
  time: number;
  sequence: number;
  call: OcppMessage | null;
  answer: OcppMessage | null;
  /** Its other half may have been left out by sampling or a filter, so nothing follows from its absence. */
  partial: boolean;
  /** When the server was asked for the other half last and had none; 0 never. */
  askedAt: number;
}

/** Events that the ring no longer had, or that sampling left out. */
export interface Gap {
  kind: 'lost' | 'skipped';
  id: string;
  time: number;
  sequence: number;
  count: number;
}

export type Row = Exchange | Gap;

export type Outcome = 'ok' | 'error' | 'pending' | 'timeout' | 'unknown' | 'sent';

/** Stations have so long to answer, and so has the gateway (gateway.call_timeout). */
export const ANSWER_TIMEOUT_MS = 30_000;
export const SLOW_MS = 500;
/** Until then the other half may just be on its way. */
const FRESH_MS = 1500;

/** Whether it is time to ask the server for the other half: at 1.5 s, 3 s, 6 s … 48 s of age. */
export function isDue(exchange: Exchange, now: number): boolean {
  const { call, answer, partial, askedAt, time } = exchange;
  if (!partial || (call && answer) || call?.type === 'SEND') return false;
  if (askedAt === 0) return now - time > FRESH_MS;
  if (!call || askedAt - time > ANSWER_TIMEOUT_MS) return false;
  return now - time > 2 * Math.max(FRESH_MS, askedAt - time);
}

const ERRORS = new Set(['CALLERROR', 'CALLRESULTERROR']);

export function isAnswer(message: OcppMessage): boolean {
  return message.type === 'CALLRESULT' || message.type === 'CALLERROR';
}

export function first(exchange: Exchange): OcppMessage {
  const message = exchange.call ?? exchange.answer;
  if (!message) throw new Error('an exchange without a message');
  return message;
}

export function sequenceOf(id: string): number {
  const dash = id.lastIndexOf('-');
  const value = Number(id.slice(dash + 1));
  return Number.isFinite(value) ? value : 0;
}

export function createExchange(message: OcppMessage): Exchange {
  const answer = isAnswer(message);
  return {
    kind: 'exchange',
    id: message.id,
    time: Date.parse(message.timestamp),
    sequence: sequenceOf(message.id),
    call: answer ? null : message,
    answer: answer ? message : null,
    partial: false,
    askedAt: 0,
  };
}

/** Seen from the gateway: IN is what a station asked. */
export function directionOf(exchange: Exchange): 'IN' | 'OUT' {
  if (exchange.call) return exchange.call.direction;
  return exchange.answer?.direction === 'IN' ? 'OUT' : 'IN';
}

export function actionOf(exchange: Exchange): string {
  return exchange.call?.method ?? exchange.answer?.method ?? '';
}

export function latencyOf(exchange: Exchange): number | null {
  const { call, answer } = exchange;
  if (answer?.latencyMs !== undefined && answer.latencyMs !== null) return answer.latencyMs;
  if (!call || !answer) return null;
  return Math.max(0, Date.parse(answer.timestamp) - Date.parse(call.timestamp));
}

export function outcomeOf(exchange: Exchange, now: number): Outcome {
  const { call, answer } = exchange;
  if (answer) return ERRORS.has(answer.type) ? 'error' : 'ok';
  if (call && ERRORS.has(call.type)) return 'error';
  if (call?.type === 'SEND') return 'sent';
  const age = now - exchange.time;
  if (exchange.partial && exchange.askedAt === 0) return age < FRESH_MS ? 'pending' : 'unknown';
  const known = exchange.partial ? exchange.askedAt - exchange.time : age;
  return age > ANSWER_TIMEOUT_MS && known > ANSWER_TIMEOUT_MS ? 'timeout' : 'pending';
}

interface ErrorBody {
  code: string;
  description: string;
}

export function errorOf(exchange: Exchange): ErrorBody | null {
  const message = exchange.answer && ERRORS.has(exchange.answer.type) ? exchange.answer : exchange.call;
  if (!message || !ERRORS.has(message.type)) return null;
  const body = message.payload;
  if (!body || typeof body !== 'object' || Array.isArray(body)) return { code: message.type, description: '' };
  return { code: String(body.errorCode ?? message.type), description: String(body.errorDescription ?? '') };
}

export function bodyOf(message: OcppMessage): Json | undefined {
  return message.params ?? message.payload;
}

const TYPE_NUMBER = { CALL: 2, CALLRESULT: 3, CALLERROR: 4, CALLRESULTERROR: 5, SEND: 6 } as const;

/** The OCPP-J frame, as far as it can be put together again from the message's parts. */
export function frameOf(message: OcppMessage): string {
  if (message.raw !== undefined) return message.raw;
  const number = TYPE_NUMBER[message.type];
  const body = bodyOf(message) ?? {};
  if (message.type === 'CALL' || message.type === 'SEND') {
    return JSON.stringify([number, message.messageId, message.method, body]);
  }
  if (message.type === 'CALLRESULT') return JSON.stringify([number, message.messageId, body]);
  const error = (typeof body === 'object' && !Array.isArray(body) ? body : null) ?? {};
  return JSON.stringify([
    number,
    message.messageId,
    error.errorCode ?? '',
    error.errorDescription ?? '',
    error.errorDetails ?? {},
  ]);
}
