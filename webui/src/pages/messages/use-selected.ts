import { useCallback, useEffect, useState } from 'react';
import { useSearchParams } from 'react-router';
import { get } from '@/api/http';
import type { MessagePair } from '@/api/types';
import { createExchange, type Exchange, isAnswer } from '@/messages/exchange';
import { liveMessages } from '@/messages/live';

function exchangeOf({ message, counterpart }: MessagePair): Exchange {
  const [call, answer] = isAnswer(message) ? [counterpart, message] : [message, counterpart];
  return { ...createExchange(call ?? message), call, answer };
}

/** The message that the address names (?m=ID); asked from the server where the page doesn't hold it. */
export function useSelectedExchange(version: number) {
  const [params, setParams] = useSearchParams();
  const selectedId = params.get('m');
  const [fetched, setFetched] = useState<{ id: string; exchange: Exchange } | null>(null);
  const held = selectedId === null ? undefined : liveMessages.find(selectedId);
  const missing = selectedId !== null && !held && fetched?.id !== selectedId && version >= 0;

  useEffect(() => {
    if (!missing || selectedId === null) return;
    const abort = new AbortController();
    get<MessagePair>(`messages/${encodeURIComponent(selectedId)}`, {}, abort.signal)
      .then((pair) => setFetched({ id: selectedId, exchange: exchangeOf(pair) }))
      .catch(() => {});
    return () => abort.abort();
  }, [missing, selectedId]);

  const select = useCallback(
    (id: string | null) =>
      setParams(
        (previous) => {
          if (id === null) previous.delete('m');
          else previous.set('m', id);
          return previous;
        },
        { replace: true },
      ),
    [setParams],
  );
  const exchange = held ?? (fetched && fetched.id === selectedId ? fetched.exchange : null);
  return { exchange, selectedId, select };
}
