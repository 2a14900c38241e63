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

export function copies(exchange: Exchange, raw: Record<string, string>): CopyChoice[] {
  const message = first(exchange);
  const frame = (of: OcppMessage) => raw[of.id] ?? frameOf(of);
  const choices: CopyChoice[] = [
    { label: 'JSON of both', text: () => JSON.stringify([exchange.call, exchange.answer].filter(Boolean), null, 2) },
    { label: 'Frame', text: () => frame(message) },
    {
      label: 'curl',
      text: () =>
        `curl -b cookies.txt ${shellQuote(location.origin + apiUrl(`messages/${encodeURIComponent(message.id)}`))}`,
    },
    { label: 'Link to this message', text: () => permalink(exchange) },
  ];
  const answer = exchange.answer;
  if (exchange.call && answer) choices.splice(2, 0, { label: 'Frame of the answer', text: () => frame(answer) });
  return choices;
}
