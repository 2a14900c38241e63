import { expect, it } from 'vitest';
import type { Connection } from '@/api/types';
import { problemsOf } from './problems';

const well: Connection = { identity: 'CP-01', gateway: 'default', status: 'online' };

it('finds nothing wrong with a station that is well', () => {
  expect(problemsOf(well)).toEqual([]);
  expect(problemsOf({ ...well, problems: [] })).toEqual([]);
});

it.each([
  [{ problems: ['offline'], status: 'offline', closeCode: 1006, closeReason: 'no pong' }, 'offline: 1006 no pong'],
  [{ problems: ['offline'], status: 'evicted' }, 'evicted'],
  [
    { problems: ['faulted'], connectors: [{ connectorId: 2, status: 'Faulted', errorCode: 'GroundFailure' }] },
    'Connector 2 faulted: GroundFailure',
  ],
  [{ problems: ['faulted'] }, 'faulted'],
  [{ problems: ['slow'] }, 'slow answers'],
  [{ problems: ['errors'] }, 'errors lately'],
] as [Partial<Connection>, string][])('%o', (change, text) => {
  expect(problemsOf({ ...well, ...change })[0]?.text).toBe(text);
});

it('puts a fault before the rest', () => {
  expect(problemsOf({ ...well, problems: ['flapping', 'offline', 'faulted'] }).map(({ kind }) => kind)).toEqual([
    'faulted',
    'offline',
    'flapping',
  ]);
});
