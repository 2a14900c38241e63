import { type RefObject, useCallback, useEffect, useRef } from 'react';
import type { FeedStatus, MessageFeed } from '@/messages/feed';

/** A list that is shorter fetches more by itself, a number of pages at most: a filter may find next to nothing. */
const FEW_ROWS = 80;
const MOST_PAGES = 20;
const NEAR_PX = 1500;

/** Fetches older messages when somebody comes near the beginning. */
export function useOlder(
  feed: MessageFeed,
  status: FeedStatus,
  scroller: RefObject<HTMLDivElement | null>,
  rows: number,
): () => void {
  const pages = useRef({ feed, count: 0 });
  if (pages.current.feed !== feed) pages.current = { feed, count: 0 };

  useEffect(() => {
    if (status.older !== 'more' || rows >= FEW_ROWS || pages.current.count >= MOST_PAGES) return;
    pages.current.count += 1;
    void feed.loadOlder();
  }, [feed, status, rows]);

  return useCallback(() => {
    const element = scroller.current;
    if (element && element.scrollTop < NEAR_PX && element.scrollHeight > element.clientHeight) void feed.loadOlder();
  }, [feed, scroller]);
}

export function olderNote({ older }: FeedStatus): string {
  if (older === 'loading' || older === 'unknown') return 'Fetching older messages';
  if (older === 'failed') return 'Older messages could not be fetched; scroll to try again';
  return older === 'end' ? 'Nothing older is held' : '';
}
