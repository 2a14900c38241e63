import { expect, it } from 'vitest';
import { brushed, messagesPath, rangeOf, zoomOf } from './ranges';

const T = Date.UTC(2026, 0, 31, 12);

it('reads the range of the address, or 15 minutes', () => {
  expect(rangeOf(new URLSearchParams('range=6+h'))).toBe('6 h');
  expect(rangeOf(new URLSearchParams('range=year'))).toBe('15 min');
});

it.each([
  [`from=${T}&to=${T + 5000}`, { from: T, to: T + 5000 }],
  [`from=${T}&to=${T}`, null],
  [`from=x&to=${T}`, null],
  ['', null],
])('zoom of %s', (query, zoom) => expect(zoomOf(new URLSearchParams(query))).toEqual(zoom));

it('takes a brush in either direction, but no click', () => {
  expect(brushed(T + 10_000.4, T)).toEqual({ from: T, to: T + 10_000 });
  expect(brushed(T, T + 100)).toBeNull();
});

it('names the messages of a range', () => {
  expect(messagesPath({ from: T, to: T + 60_000 })).toBe(
    '/messages?since=2026-01-31T12%3A00%3A00.000Z&until=2026-01-31T12%3A01%3A00.000Z',
  );
});
