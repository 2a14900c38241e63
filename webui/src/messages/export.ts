import { getWithHeaders } from '@/api/http';
import type { OcppMessage } from '@/api/types';
import { actionOf, directionOf, type Exchange, errorOf, first, latencyOf, outcomeOf, type Row } from './exchange';
import type { MessageQuery } from './feed';
import { MessageStore } from './message-store';

export type ExportFormat = 'jsonl' | 'csv';

const FIELDS = [
  'time',
  'gateway',
  'station',
  'direction',
  'action',
  'messageId',
  'outcome',
  'errorCode',
  'latencyMs',
  'request',
  'answer',
];
const PAGE = 1000;
/** A browser has to hold them all; ocpp-log exports more. */
export const MOST_EXPORTED = 200_000;

/** Spreadsheets run cells that begin like a formula; a leading quote keeps them text. */
export function csvCell(value: unknown): string {
  let text = value === null || value === undefined ? '' : String(value);
  if (/^[=+\-@\t\r]/.test(text) && !/^-?\d+(\.\d+)?$/.test(text)) text = `'${text}`;
  return /[",\n\r]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
}

function csvLine(exchange: Exchange, now: number): string {
  const message = first(exchange);
  const { call, answer } = exchange;
  return [
    message.timestamp,
    message.gateway,
    message.identity,
    directionOf(exchange),
    actionOf(exchange),
    message.messageId,
    outcomeOf(exchange, now),
    errorOf(exchange)?.code,
    latencyOf(exchange),
    call && JSON.stringify(call.params ?? null),
    answer && JSON.stringify(answer.payload ?? null),
  ]
    .map(csvCell)
    .join(',');
}

/** A line for each exchange. */
export function toCsv(rows: readonly Row[], now: number): string[] {
  const exchanges = rows.filter((row) => row.kind === 'exchange');
  return [`${FIELDS.join(',')}\r\n`, ...exchanges.map((exchange) => `${csvLine(exchange, now)}\r\n`)];
}

/** A line for each message, oldest first. */
export function toJsonLines(newestFirst: readonly OcppMessage[]): string[] {
  return newestFirst.toReversed().map((message) => `${JSON.stringify(message)}\n`);
}

interface Collecting {
  onProgress: (count: number) => void;
  signal: AbortSignal;
}

/** All messages that pass the query, newest first, up to MOST_EXPORTED. */
export async function collect(query: MessageQuery, { onProgress, signal }: Collecting): Promise<OcppMessage[]> {
  const found: OcppMessage[] = [];
  let before: string | null = null;
  do {
    const page: { data: OcppMessage[]; headers: Headers } = await getWithHeaders<OcppMessage[]>(
      'messages',
      { ...query, limit: PAGE, before },
      signal,
    );
    found.push(...page.data);
    onProgress(found.length);
    before = page.headers.get('X-Next-Cursor');
  } while (before !== null && found.length < MOST_EXPORTED);
  return found;
}

export function exportText(format: ExportFormat, query: MessageQuery, messages: readonly OcppMessage[]): string[] {
  if (format === 'jsonl') return toJsonLines(messages);
  const store = new MessageStore({ capacity: MOST_EXPORTED, partial: query.filter !== '' });
  store.addAll(messages.toReversed());
  store.publish();
  return toCsv(store.view().rows, Date.now());
}
