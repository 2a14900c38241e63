import { useCallback, useEffect, useRef } from 'react';
import { ApiError, get } from '@/api/http';
import type { MessagePair } from '@/api/types';
import { type Exchange, first, isDue } from '@/messages/exchange';
import type { MessageFeed } from '@/messages/feed';

const EVERY_MS = 500;
/** Requests at a time, so that scrolling through thousands of rows asks for none of those that are passed by. */
const AT_ONCE = 6;

function dueRows(feed: MessageFeed, from: number, to: number): Exchange[] {
  const now = Date.now();
  return feed.store
    .view()
    .rows.slice(from, to)
    .filter((row): row is Exchange => row.kind === 'exchange' && isDue(row, now))
    .slice(-AT_ONCE);
}

/** Up to when the server no longer holds messages: asking for older ones is in vain. */
let goneUntil = 0;

async function ask(feed: MessageFeed, exchange: Exchange): Promise<void> {
  if (exchange.time <= goneUntil) {
    feed.store.noteAsked(exchange, Date.now());
    return;
  }
  try {
    const { counterpart } = await get<MessagePair>(`messages/${encodeURIComponent(first(exchange).id)}`);
    if (counterpart) feed.store.add(counterpart);
  } catch (error) {
    if (!(error instanceof ApiError)) throw error;
    if (error.status === 404) goneUntil = Math.max(goneUntil, exchange.time);
  }
  feed.store.noteAsked(exchange, Date.now());
}

/**
 * A filter passes messages one by one, and sampling leaves some out: asks the server for the other halves of the exchanges
 * that are seen. Returns what is to be told when other rows are.
 */
export function useOtherHalves(feed: MessageFeed): (from: number, to: number) => void {
  const seen = useRef({ from: 0, to: 0 });
  useEffect(() => {
    let busy = false;
    const timer = setInterval(async () => {
      if (busy || document.hidden) return;
      busy = true;
      const due = dueRows(feed, seen.current.from, seen.current.to);
      await Promise.all(due.map((exchange) => ask(feed, exchange)));
      if (due.length > 0) feed.store.publish();
      busy = false;
    }, EVERY_MS);
    return () => clearInterval(timer);
  }, [feed]);
  return useCallback((from, to) => {
    seen.current = { from, to };
  }, []);
}
