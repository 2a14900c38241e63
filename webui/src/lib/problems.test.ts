import { expect, it } from 'vitest';
import type { Connection } from '@/api/types';
import { problemsOf } from './problems';

const now = Date.parse('2026-01-31T12:00:00Z');
const well: Connection = {
  identity: 'CP-01',
  gateway: 'default',
  status: 'online',
  lastMessageAt: '2026-01-31T11:59:00Z',
};

it('finds nothing wrong with a station that is well', () => {
  expect(problemsOf(well, now)).toEqual([]);
});

it.each([
  [{ status: 'offline', closeReason: 'no pong' }, 'offline: no pong'],
  [{ lastMessageAt: '2026-01-31T11:00:00Z' }, 'connected, but silent'],
  [
    { connectors: [{ connectorId: 2, status: 'Faulted', errorCode: 'GroundFailure' }] },
    'connector 2 Faulted GroundFailure',
  ],
  [{ avgLatencyMs: 900 }, 'slow: 900 ms on average'],
  [{ connects: 40 }, '40 connects'],
] as [Partial<Connection>, string][])('%o', (change, text) => {
  expect(problemsOf({ ...well, ...change }, now)[0]?.text).toBe(text);
});

it('puts a fault before the rest', () => {
  const bad = { ...well, connects: 40, connectors: [{ connectorId: 1, status: 'Faulted' }] };
  expect(problemsOf(bad, now).map(({ weight }) => weight)).toEqual([5, 1]);
});
