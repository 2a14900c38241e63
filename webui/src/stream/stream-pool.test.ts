import { describe, expect, it } from 'vitest';
import type { StreamClientOptions } from './stream-client';
import { MOST_STREAMS, StreamPool } from './stream-pool';
import type { StreamItem, StreamState } from './types';

function setUp() {
  const started: string[] = [];
  const stopped: string[] = [];
  const sinks = new Map<string, StreamClientOptions>();
  const pool = new StreamPool((options) => {
    let address = '';
    return {
      current: { phase: 'idle' },
      start(url) {
        address = url;
        started.push(url);
        sinks.set(url, options);
      },
      stop: () => void stopped.push(address),
      retryNow: () => {},
    };
  });
  return { pool, started, stopped, sinks };
}

function listen() {
  const items: StreamItem[] = [];
  const states: StreamState[] = [];
  return {
    items,
    states,
    onItems: (batch: StreamItem[]) => void items.push(...batch),
    onState: (state: StreamState) => void states.push(state),
  };
}

describe('StreamPool', () => {
  it('gives each listener what its own address brings', () => {
    const { pool, sinks } = setUp();
    const [one, two, other] = [listen(), listen(), listen()];
    pool.open('/a', one);
    pool.open('/a', two);
    pool.open('/b', other);
    expect(pool.size).toBe(2);
    sinks.get('/a')?.onItems([{ name: 'message', data: 1 }]);
    expect([one.items.length, two.items.length, other.items.length]).toEqual([1, 1, 0]);
  });

  it('ends a connection with its last listener', () => {
    const { pool, stopped } = setUp();
    const [one, two] = [listen(), listen()];
    pool.open('/a', one);
    pool.open('/a', two);
    pool.close('/a', one);
    expect(stopped).toEqual([]);
    pool.close('/a', one);
    pool.closeAll(two);
    expect(stopped).toEqual(['/a']);
    expect(pool.size).toBe(0);
  });

  it('leaves the browser connections for requests', () => {
    const { pool } = setUp();
    for (let n = 0; n < MOST_STREAMS; n += 1) pool.open(`/${n}`, listen());
    const late = listen();
    pool.open('/late', late);
    expect(late.states.at(-1)?.phase).toBe('refused');
    const known = listen();
    pool.open('/0', known);
    expect(known.states.at(-1)?.phase).toBe('idle');
  });
});
