import { useEffect, useState } from 'react';
import { useSearchParams } from 'react-router';
import { get } from '@/api/http';
import type { MessagePair } from '@/api/types';
import { createExchange, type Exchange, isAnswer } from '@/messages/exchange';
import type { MessageStore } from '@/messages/message-store';

function exchangeOf({ message, counterpart }: MessagePair): Exchange {
  const [call, answer] = isAnswer(message) ? [counterpart, message] : [message, counterpart];
  return { ...createExchange(call ?? message), call, answer };
}

interface Fetched {
  id: string;
  exchange: Exchange | null;
}

/**
 * The message that the address names (?m=ID), with its other half: asked from the server where the page doesn't hold both.
 * `gone` when the server does not hold it either.
 */
export function useSelected(store: MessageStore, version: number) {
  const [params] = useSearchParams();
  const id = params.get('m');
  const [fetched, setFetched] = useState<Fetched | null>(null);
  const held = id === null || version < 0 ? undefined : store.find(id);
  const isWhole = held?.call && (held.answer || !held.partial);
  const answered = fetched !== null && fetched.id === id;
  const missing = id !== null && !isWhole && !answered;

  useEffect(() => {
    if (!missing || id === null) return;
    const abort = new AbortController();
    get<MessagePair>(`messages/${encodeURIComponent(id)}`, {}, abort.signal)
      .then((pair) => setFetched({ id, exchange: exchangeOf(pair) }))
      .catch(() => {
        if (!abort.signal.aborted) setFetched({ id, exchange: null });
      });
    return () => abort.abort();
  }, [missing, id]);

  const own = answered ? fetched.exchange : null;
  const exchange = held && (isWhole || !own) ? held : own;
  return { id, exchange, rowId: held?.id ?? id, gone: answered && !exchange };
}
