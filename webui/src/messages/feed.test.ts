import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import type { OcppMessage } from '@/api/types';
import type { StreamListener } from '@/stream/types';
import { MessageFeed, type MessageQuery } from './feed';
import { call } from './fixtures';

const opened = vi.hoisted(() => ({ path: '', listener: undefined as StreamListener | undefined, ended: 0 }));

vi.mock('@/stream/hub', () => ({
  openStream: (path: string, listener: StreamListener) => {
    opened.path = path;
    opened.listener = listener;
    return () => {
      opened.ended += 1;
    };
  },
}));

interface Page {
  status?: number;
  messages?: OcppMessage[];
  next?: string;
}

/** Answers requests with these pages, then with empty ones; returns the queries that came. */
function serve(pages: Page[]): URLSearchParams[] {
  const queries: URLSearchParams[] = [];
  vi.stubGlobal('fetch', async (url: string) => {
    queries.push(new URL(url, 'http://board').searchParams);
    const { status = 200, messages = [], next } = pages.shift() ?? {};
    const body = status === 200 ? messages : { error: 'filter: at 0: no' };
    return new Response(JSON.stringify(body), { status, headers: next ? { 'X-Next-Cursor': next } : {} });
  });
  return queries;
}

function feedOf(query: Partial<MessageQuery>): MessageFeed {
  return new MessageFeed({ filter: '', since: '', until: '', ...query });
}

const ids = (feed: MessageFeed) => feed.store.view().rows.map(({ id }) => id);

beforeEach(() => {
  vi.useFakeTimers();
  Object.assign(opened, { path: '', listener: undefined, ended: 0 });
});
afterEach(() => {
  vi.useRealTimers();
  vi.unstubAllGlobals();
});

describe('MessageFeed', () => {
  it('asks for history, then follows the same filter', async () => {
    const queries = serve([{ messages: [call(2), call(1)], next: 'c1' }, { messages: [call(3), call(2)] }]);
    const feed = feedOf({ filter: 'type:error', since: '5m' });
    await feed.start();
    expect(ids(feed)).toEqual(['default-1', 'default-2']);
    expect(Object.fromEntries(queries[0] ?? [])).toEqual({ filter: 'type:error', since: '5m', limit: '500' });
    expect(opened.path).toBe('stream?topics=messages&maxRate=500&filter=type%3Aerror');
    opened.listener?.onState({ phase: 'live', since: 0, lagging: false });
    await vi.advanceTimersByTimeAsync(10);
    opened.listener?.onItems([{ name: 'message', data: call(4) }]);
    await vi.advanceTimersByTimeAsync(300);
    expect(ids(feed)).toEqual(['default-1', 'default-2', 'default-3', 'default-4']);
    feed.stop();
    expect(opened.ended).toBe(1);
  });

  it('fetches older pages one after the other, and tries a failed one again', async () => {
    const queries = serve([
      { messages: [call(5)], next: 'c1' },
      { status: 503 },
      { messages: [call(3)], next: 'c2' },
      { messages: [call(1)] },
    ]);
    const feed = feedOf({});
    await feed.fill();
    expect(feed.status.get().older).toBe('more');
    await feed.loadOlder();
    expect(feed.status.get().older).toBe('failed');
    await Promise.all([feed.loadOlder(), feed.loadOlder()]);
    await feed.loadOlder();
    await feed.loadOlder();
    expect(feed.status.get().older).toBe('end');
    expect(queries.map((query) => query.get('before'))).toEqual([null, 'c1', 'c1', 'c2']);
    expect(ids(feed)).toEqual(['default-1', 'default-3', 'default-5']);
  });

  it('fails to start when the server refuses the filter', async () => {
    serve([{ status: 400 }]);
    await expect(feedOf({ filter: 'x:' }).start()).rejects.toThrow('filter: at 0: no');
    expect(opened.path).toBe('');
  });

  it('does not follow a range that has ended', async () => {
    serve([{ messages: [call(1)] }]);
    await feedOf({ until: '2026-01-31T12:00:00Z' }).start();
    expect(opened.path).toBe('');
  });

  it('asks every few seconds where no stream is to be had', async () => {
    const queries = serve([{ messages: [call(1)] }, { messages: [call(2), call(1)] }]);
    const feed = feedOf({ filter: 'dir:in' });
    await feed.start();
    opened.listener?.onState({ phase: 'refused', reason: 'too many' });
    await vi.advanceTimersByTimeAsync(3100);
    expect(ids(feed)).toEqual(['default-1', 'default-2']);
    feed.stop();
    await vi.advanceTimersByTimeAsync(60_000);
    expect(queries).toHaveLength(2);
  });

  it('says what is left out as long as it is', async () => {
    serve([{}]);
    const feed = feedOf({});
    await feed.start();
    opened.listener?.onItems([
      { name: 'message', data: call(1) },
      { name: 'skipped', data: { topic: 'messages', count: 40 } },
      { name: 'lost', data: { topic: 'messages', count: 7 } },
      { name: 'lost', data: { topic: 'logs', count: 9 } },
    ]);
    await vi.advanceTimersByTimeAsync(300);
    expect(feed.status.get().skipped).toBe(40);
    expect(feed.store.view().rows.map((row) => row.kind === 'exchange' || [row.kind, row.count])).toEqual([
      true,
      ['skipped', 40],
      ['lost', 7],
    ]);
    await vi.advanceTimersByTimeAsync(3000);
    expect(feed.status.get().skipped).toBe(0);
    feed.stop();
  });
});
