import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { backoff, StreamClient } from './stream-client';
import type { StreamItem, StreamState } from './types';

type Answer = { status?: number; chunks?: string[]; stayOpen?: boolean } | 'refused';

function body(chunks: string[], stayOpen: boolean, signal: AbortSignal | null | undefined): ReadableStream<Uint8Array> {
  const encoder = new TextEncoder();
  return new ReadableStream({
    start(controller) {
      for (const chunk of chunks) controller.enqueue(encoder.encode(chunk));
      if (!stayOpen) controller.close();
      signal?.addEventListener('abort', () => controller.error(new DOMException('aborted', 'AbortError')));
    },
  });
}

function setUp(answers: Answer[]) {
  const urls: string[] = [];
  const items: StreamItem[] = [];
  const states: StreamState[] = [];
  const client = new StreamClient({
    onItems: (batch) => items.push(...batch),
    onState: (state) => states.push(state),
    random: () => 0,
    fetch: async (url, init) => {
      urls.push(String(url));
      const answer = answers.shift() ?? 'refused';
      if (answer === 'refused') throw new TypeError('Failed to fetch');
      const status = answer.status ?? 200;
      return new Response(body(answer.chunks ?? [], answer.stayOpen ?? false, init?.signal), { status });
    },
  });
  return { client, urls, items, states };
}

beforeEach(() => void vi.useFakeTimers());
afterEach(() => void vi.useRealTimers());

describe('backoff', () => {
  it('doubles up to 8 s and is shortened by a fifth at most', () => {
    expect([1, 2, 3, 4, 5, 6, 20].map((attempt) => backoff(attempt, () => 0))).toEqual([
      300, 600, 1200, 2400, 4800, 8000, 8000,
    ]);
    expect(backoff(6, () => 1)).toBe(6400);
  });
});

describe('StreamClient', () => {
  it('delivers events and is live once bytes came', async () => {
    const { client, items, states } = setUp([{ chunks: ['event: connected\ndata: {}\n\n'], stayOpen: true }]);
    client.start('/api/stream');
    await vi.advanceTimersByTimeAsync(10);
    expect(items).toEqual([{ name: 'connected', data: {} }]);
    expect(states.map(({ phase }) => phase)).toEqual(['idle', 'connecting', 'live']);
    client.stop();
  });

  it('resumes after the last id', async () => {
    const { client, urls } = setUp([
      { chunks: ['id: default-41\ndata: {}\n\n'] },
      { chunks: [': hello\n\n'], stayOpen: true },
    ]);
    client.start('/api/stream?topics=messages');
    await vi.advanceTimersByTimeAsync(400);
    expect(urls).toEqual(['/api/stream?topics=messages', '/api/stream?topics=messages&lastEventId=default-41']);
    expect(client.current.phase).toBe('live');
    client.stop();
  });

  it('waits longer after each refusal, and says why', async () => {
    const { client, urls, states } = setUp(['refused', 'refused', { status: 503 }]);
    client.start('/s');
    await vi.advanceTimersByTimeAsync(0);
    expect(client.current).toMatchObject({ phase: 'waiting', attempt: 1, reason: 'the server does not answer' });
    await vi.advanceTimersByTimeAsync(300);
    expect(client.current).toMatchObject({ phase: 'waiting', attempt: 2 });
    await vi.advanceTimersByTimeAsync(600);
    expect(client.current).toMatchObject({ phase: 'waiting', attempt: 3, reason: 'the server answered 503' });
    expect(urls).toHaveLength(3);
    expect(states.some(({ phase }) => phase === 'live')).toBe(false);
    client.stop();
    await vi.advanceTimersByTimeAsync(60_000);
    expect(urls).toHaveLength(3);
  });

  it('takes 40 s of silence for a dead connection', async () => {
    const { client, urls } = setUp([
      { chunks: [': heartbeat\n\n'], stayOpen: true },
      { chunks: [': heartbeat\n\n'], stayOpen: true },
    ]);
    client.start('/s');
    await vi.advanceTimersByTimeAsync(39_000);
    expect(urls).toHaveLength(1);
    await vi.advanceTimersByTimeAsync(2_000);
    expect(urls).toHaveLength(2);
    client.stop();
  });

  it('stops at 401 until it is started again', async () => {
    const { client, urls } = setUp([{ status: 401 }, { chunks: [': x\n\n'], stayOpen: true }]);
    client.start('/s');
    await vi.advanceTimersByTimeAsync(60_000);
    expect(client.current.phase).toBe('signed-out');
    expect(urls).toHaveLength(1);
    client.start('/s');
    await vi.advanceTimersByTimeAsync(10);
    expect(client.current.phase).toBe('live');
    client.stop();
  });

  it('resumes after a login where it was', async () => {
    const { client, urls } = setUp([
      { chunks: ['id: default-41\ndata: {}\n\n'] },
      { status: 401 },
      { chunks: [': x\n\n'], stayOpen: true },
    ]);
    client.start('/s');
    await vi.advanceTimersByTimeAsync(400);
    expect(client.current.phase).toBe('signed-out');
    client.start('/s');
    await vi.advanceTimersByTimeAsync(10);
    expect(urls.at(-1)).toBe('/s?lastEventId=default-41');
    client.stop();
  });

  it('starts anew where the server does not know its place, and gives up where it does not know its filter', async () => {
    const { client, urls } = setUp([{ chunks: ['id: gone-41\ndata: {}\n\n'] }, { status: 400 }, { status: 400 }]);
    client.start('/s');
    await vi.advanceTimersByTimeAsync(60_000);
    expect(urls).toEqual(['/s', '/s?lastEventId=gone-41', '/s']);
    expect(client.current.phase).toBe('refused');
  });

  it('says when events come late', async () => {
    const { client, states } = setUp([
      {
        chunks: ['data: {"timestamp":"2026-01-31T12:00:05Z"}\n\n', 'data: {"timestamp":"2026-01-31T12:00:00Z"}\n\n'],
        stayOpen: true,
      },
    ]);
    client.start('/s');
    await vi.advanceTimersByTimeAsync(10);
    expect(states.map((state) => state.phase === 'live' && state.lagging)).toEqual([false, false, false, true]);
    client.stop();
  });

  it('drops data that is not JSON', async () => {
    const { client, items } = setUp([{ chunks: ['data: {oops\n\ndata: 1\n\n'], stayOpen: true }]);
    client.start('/s');
    await vi.advanceTimersByTimeAsync(10);
    expect(items).toEqual([{ name: 'message', data: 1 }]);
    client.stop();
  });
});
