import { useEffect, useState, useSyncExternalStore } from 'react';
import { ApiError } from '@/api/http';
import { useStore } from '@/lib/store';
import { isEverything, MessageFeed, type MessageQuery } from '@/messages/feed';
import { liveFeed } from '@/messages/live';

/** Rather nothing than everything while the first answer is under way. */
const NOTHING = new MessageFeed({ filter: '', since: '?', until: '' });

/**
 * The feed of a query. What was shown before stays until the server has answered; `error` is what it has against the query.
 */
export function useFeed({ filter, since, until }: MessageQuery) {
  const [feed, setFeed] = useState<MessageFeed>(() => (isEverything({ filter, since, until }) ? liveFeed : NOTHING));
  const [error, setError] = useState<string | null>(null);

  useEffect(() => {
    const query = { filter, since, until };
    setError(null);
    if (isEverything(query)) {
      setFeed(liveFeed);
      return;
    }
    const next = new MessageFeed(query);
    let over = false;
    next.start().then(
      () => {
        if (!over) setFeed(next);
      },
      (reason: unknown) => {
        if (!over) setError(reason instanceof ApiError ? reason.message : String(reason));
      },
    );
    return () => {
      over = true;
      next.stop();
    };
  }, [filter, since, until]);

  const view = useSyncExternalStore(feed.store.subscribe, feed.store.view);
  const status = useStore(feed.status);
  const pending = feed.query.filter !== filter || feed.query.since !== since || feed.query.until !== until;
  return { feed, view, status, error, pending: pending && error === null };
}
