import { describe, expect, it } from 'vitest';
import { actionOf, type Exchange, isDue, outcomeOf, type Row } from './exchange';
import { answer, call } from './fixtures';
import { MessageStore } from './message-store';

function ids(rows: readonly Row[]): string[] {
  return rows.map(({ id }) => id);
}

function exchangeAt(store: MessageStore, index: number): Exchange {
  const row = store.view().rows[index];
  if (row?.kind !== 'exchange') throw new Error(`no exchange at ${index}`);
  return row;
}

describe('MessageStore', () => {
  it('makes one row of a CALL and its answer', () => {
    const store = new MessageStore();
    const first = call(1);
    store.addAll([first, call(2), answer(first, 5)]);
    store.publish();
    expect(ids(store.view().rows)).toEqual(['default-1', 'default-2']);
    expect(exchangeAt(store, 0).answer?.id).toBe('default-6');
    expect(store.find('default-6')).toBe(exchangeAt(store, 0));
  });

  it('pairs by station and direction, not by message id alone', () => {
    const store = new MessageStore();
    const one = call(1, { messageId: 'same' });
    const two = call(2, { messageId: 'same', identity: 'CP-02' });
    const back = call(3, { messageId: 'same', direction: 'OUT' });
    store.addAll([one, two, back, answer(back, 10), answer(two, 10)]);
    store.publish();
    expect(store.view().rows.map((row) => row.kind === 'exchange' && row.answer?.id)).toEqual([
      undefined,
      'default-12',
      'default-13',
    ]);
  });

  it('joins an answer that came before its CALL', () => {
    const store = new MessageStore();
    const first = call(1);
    store.addAll([answer(first), first]);
    store.publish();
    expect(store.view().rows).toHaveLength(1);
    expect(exchangeAt(store, 0).call?.id).toBe('default-1');
  });

  it('takes each message once', () => {
    const store = new MessageStore();
    expect(store.addAll([call(1), call(1), call(2)])).toBe(2);
  });

  it('sorts older pages in before what is there', () => {
    const store = new MessageStore();
    store.addAll([call(10), call(11)]);
    store.addAll([call(3), call(1), call(2)]);
    store.publish();
    expect(ids(store.view().rows)).toEqual([1, 2, 3, 10, 11].map((n) => `default-${n}`));
  });

  it('keeps no more than its capacity, and forgets what it dropped', () => {
    const store = new MessageStore({ capacity: 100 });
    for (let n = 1; n <= 1000; n += 1) store.add(call(n));
    store.publish();
    expect(store.view().rows.length).toBeLessThanOrEqual(100);
    expect(store.view().rows.at(-1)?.id).toBe('default-1000');
    expect(store.find('default-1')).toBeUndefined();
    expect(store.find('default-1000')).toBeDefined();
  });

  it('keeps more while somebody reads older rows', () => {
    const store = new MessageStore({ capacity: 100 });
    store.hold = true;
    for (let n = 1; n <= 150; n += 1) store.add(call(n));
    store.publish();
    expect(store.view().rows).toHaveLength(150);
    store.hold = false;
    store.add(call(151));
    store.publish();
    expect(store.view().rows.length).toBeLessThanOrEqual(100);
  });

  it('knows where a row is after older ones came before it', () => {
    const store = new MessageStore();
    store.addAll([call(10), call(11), call(12)]);
    store.publish();
    const row = exchangeAt(store, 1);
    expect(store.indexOf(row)).toBe(1);
    store.addAll([call(1), call(2)]);
    store.publish();
    expect(store.indexOf(row)).toBe(3);
  });

  it('asks for what a filter left out, less often as time goes by', () => {
    const store = new MessageStore({ partial: true });
    store.add(call(1));
    store.publish();
    const exchange = exchangeAt(store, 0);
    const start = exchange.time;
    expect([outcomeOf(exchange, start + 500), outcomeOf(exchange, start + 5000)]).toEqual(['pending', 'unknown']);
    expect([isDue(exchange, start + 500), isDue(exchange, start + 2000)]).toEqual([false, true]);
    store.noteAsked(exchange, start + 2000);
    expect([isDue(exchange, start + 3000), isDue(exchange, start + 4500)]).toEqual([false, true]);
    expect(outcomeOf(exchange, start + 5000)).toBe('pending');
    store.noteAsked(exchange, start + 31_000);
    expect(isDue(exchange, start + 500_000)).toBe(false);
    expect(outcomeOf(exchange, start + 31_000)).toBe('timeout');
    store.add(answer(call(1)));
    expect(outcomeOf(exchange, start + 31_000)).toBe('ok');
  });

  it('shows losses as rows and adds up sampling', () => {
    const store = new MessageStore();
    store.addAll([call(5)]);
    store.addGap('lost', 12);
    store.addGap('skipped', 3);
    store.addGap('skipped', 4);
    store.add(call(6));
    store.addGap('skipped', 5);
    store.publish();
    expect(store.view().rows.map((row) => (row.kind === 'exchange' ? actionOf(row) : [row.kind, row.count]))).toEqual([
      'Heartbeat',
      ['lost', 12],
      ['skipped', 7],
      'Heartbeat',
      ['skipped', 5],
    ]);
  });

  it('does not call a CALL unanswered when sampling may have taken the answer', () => {
    const store = new MessageStore();
    store.add(call(1));
    const time = Date.parse(call(1).timestamp);
    store.addGap('skipped', 9);
    store.publish();
    expect(outcomeOf(exchangeAt(store, 0), time + 60_000)).toBe('unknown');
  });

  it('tells listeners once per publish, and only when something changed', () => {
    const store = new MessageStore();
    let told = 0;
    store.subscribe(() => {
      told += 1;
    });
    store.addAll([call(1), call(2)]);
    store.publish();
    store.publish();
    expect(told).toBe(1);
  });
});
