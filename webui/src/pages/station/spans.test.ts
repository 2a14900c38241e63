import { expect, it } from 'vitest';
import type { StationDetail } from '@/api/types';
import { presenceIn, spansOf } from './spans';

const at = (minute: number) => new Date(Date.UTC(2026, 0, 31, 12, minute)).toISOString();
const ms = (minute: number) => Date.parse(at(minute));
const station: StationDetail = {
  identity: 'CP1',
  gateway: 'g',
  status: 'online',
  connectedAt: at(40),
  sessions: [
    { connectedAt: at(40) },
    { connectedAt: at(0), disconnectedAt: at(10), closeCode: 1000, closeReason: 'bye' },
    { connectedAt: at(20), disconnectedAt: at(30), closeCode: 1006 },
  ],
};

it('orders sessions and tells drops from goodbyes', () => {
  const spans = spansOf(station, ms(60));
  expect(spans.map(({ from }) => from)).toEqual([ms(0), ms(20), ms(40)]);
  expect(spans.map(({ dropped }) => dropped)).toEqual([false, true, false]);
  expect(spans.map(({ reason }) => reason)).toEqual(['1000 bye', '1006', '']);
  expect(spans[2]).toMatchObject({ open: true, to: ms(60) });
});

it('uses the record where no sessions are kept', () => {
  const { sessions: _, ...bare } = station;
  expect(spansOf(bare, ms(60))).toMatchObject([{ from: ms(40), to: ms(60), open: true }]);
  expect(spansOf({ ...bare, connectedAt: undefined }, ms(60))).toEqual([]);
});

it('sums up a window', () => {
  const presence = presenceIn(spansOf(station, ms(60)), ms(25), ms(60));
  expect(presence.spans.map(({ from, to }) => [from, to])).toEqual([
    [ms(25), ms(30)],
    [ms(40), ms(60)],
  ]);
  expect(presence.drops).toBe(1);
  expect(presence.connected).toBeCloseTo(25 / 35);
});

it('does not count the time before the first known session against the station', () => {
  expect(
    presenceIn(spansOf({ ...station, sessions: [{ connectedAt: at(40) }] }, ms(60)), ms(0), ms(60)).connected,
  ).toBe(1);
});
