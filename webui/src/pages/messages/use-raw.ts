import { useEffect, useState } from 'react';
import { get } from '@/api/http';
import type { MessagePair } from '@/api/types';
import type { Exchange } from '@/messages/exchange';

/** The frames as they were on the wire, by message id; the list holds only their parts. */
export function useRaw(exchange: Exchange): Record<string, string> {
  const [raw, setRaw] = useState<Record<string, string>>({});
  const ids = [exchange.call?.id, exchange.answer?.id].filter((id) => id !== undefined).join(' ');
  useEffect(() => {
    const [id = ''] = ids.split(' ');
    const abort = new AbortController();
    get<MessagePair>(`messages/${encodeURIComponent(id)}`, {}, abort.signal)
      .then(({ message, counterpart }) => {
        const found: Record<string, string> = {};
        for (const part of [message, counterpart]) if (part?.raw !== undefined) found[part.id] = part.raw;
        setRaw(found);
      })
      .catch(() => {});
    return () => abort.abort();
  }, [ids]);
  return raw;
}
