import { apiUrl, basePath } from '@/api/base';
import type { OcppMessage } from '@/api/types';
import { type Exchange, first, frameOf } from '@/messages/exchange';

interface CopyChoice {
  label: string;
  text: () => string;
}

function shellQuote(text: string): string {
  return `'${text.replaceAll("'", "'\\''")}'`;
}

export function permalink(exchange: Exchange): string {
  return `${location.origin}${basePath}messages?m=${encodeURIComponent(first(exchange).id)}`;
}

const AUTHORIZED = 'curl -H "Authorization: Bearer $OCPP_BOARD_TOKEN"';

/** Fetches the message. */
function fetchCommand(message: OcppMessage): string {
  const url = `${location.origin}${apiUrl(`messages/${encodeURIComponent(message.id)}`)}`;
  return `${AUTHORIZED} ${shellQuote(url)}`;
}

/** Has the gateway send the CALL again. */
function callCommand({ identity, method, gateway, params }: OcppMessage): string {
  const url = `${location.origin}${apiUrl(`connections/${encodeURIComponent(identity)}/call`)}`;
  const body = JSON.stringify({ action: method, payload: params ?? {}, gateway });
  return `${AUTHORIZED} -H 'Content-Type: application/json' -d ${shellQuote(body)} ${shellQuote(url)}`;
}

export function copies(exchange: Exchange, raw: Record<string, string>): CopyChoice[] {
  const { call, answer } = exchange;
  const message = first(exchange);
  const frame = (of: OcppMessage) => raw[of.id] ?? frameOf(of);
  const choices: CopyChoice[] = [
    { label: 'JSON', text: () => JSON.stringify([call, answer].filter(Boolean), null, 2) },
    { label: 'Frame', text: () => frame(message) },
  ];
  if (call && answer) choices.push({ label: 'Frame of the answer', text: () => frame(answer) });
  choices.push({ label: 'curl', text: () => fetchCommand(message) });
  if (call?.type === 'CALL' && call.direction === 'OUT') {
    choices.push({ label: 'curl to send it again', text: () => callCommand(call) });
  }
  choices.push({ label: 'Link', text: () => permalink(exchange) });
  return choices;
}
