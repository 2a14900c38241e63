import { saveFile } from '@/lib/clipboard';
import {
  actionOf,
  directionOf,
  type Exchange,
  errorOf,
  first,
  latencyOf,
  outcomeOf,
  type Row,
} from '@/messages/exchange';

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

function exchangesOf(rows: readonly Row[]): Exchange[] {
  return rows.filter((row) => row.kind === 'exchange');
}

export function toCsv(rows: readonly Row[], now: number): string[] {
  return [`${FIELDS.join(',')}\r\n`, ...exchangesOf(rows).map((exchange) => `${csvLine(exchange, now)}\r\n`)];
}

export function toJsonLines(rows: readonly Row[]): string[] {
  return exchangesOf(rows).flatMap(({ call, answer }) =>
    [call, answer].filter((message) => message !== null).map((message) => `${JSON.stringify(message)}\n`),
  );
}

export function exportRows(rows: readonly Row[], format: 'csv' | 'jsonl'): void {
  const name = `ocpp-messages-${new Date().toISOString().replace(/[:.]/g, '-')}`;
  if (format === 'csv') saveFile(`${name}.csv`, 'text/csv', toCsv(rows, Date.now()));
  else saveFile(`${name}.jsonl`, 'application/jsonl', toJsonLines(rows));
}
