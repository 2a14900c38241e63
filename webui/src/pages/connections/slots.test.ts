import { expect, it } from 'vitest';
import type { Connection } from '@/api/types';
import { blockAround, isPending, place, placeOf, type Slot, slotKey } from './slots';

const station = (n: number): Connection => ({ identity: `CP${n}`, gateway: 'g', status: 'online' });
const keys = (slots: readonly Slot[]) => slots.map(slotKey);

it('fills what is not known with pending rows', () => {
  const slots = place([], 1, [station(1), station(2)], 5);
  expect(keys(slots)).toEqual(['#0', 'g/CP1', 'g/CP2', '#3', '#4']);
  expect(slots.filter(isPending)).toHaveLength(3);
});

it('keeps rows around the answer, and forgets those past the end', () => {
  const before = place([], 0, [station(0), station(1), station(2)], 3);
  expect(keys(place(before, 1, [station(9)], 3))).toEqual(['g/CP0', 'g/CP9', 'g/CP2']);
  expect(keys(place(before, 0, [station(7), station(8)], 1))).toEqual(['g/CP7']);
  expect(before).toHaveLength(3);
});

it('leaves rows that stay pending the same objects', () => {
  const a = place([], 0, [station(0)], 3);
  const b = place(a, 0, [station(0)], 3);
  expect(b[2]).toBe(a[2]);
});

it('knows the place of a pending row by its key', () => {
  expect(placeOf('#12')).toBe(12);
  expect(placeOf('g/#12')).toBeNull();
  expect(placeOf(null)).toBeNull();
});

it.each([
  [0, -1, 0, 100],
  [0, 40, 0, 100],
  [80, 120, 0, 200],
  [99_980, 99_999, 99_900, 100],
  [250, 299, 200, 100],
])('rows %i to %i are asked for from %i, %i of them', (first, last, offset, limit) => {
  expect(blockAround(first, last)).toEqual({ offset, limit });
});
