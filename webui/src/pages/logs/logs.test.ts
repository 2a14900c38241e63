import { expect, it } from 'vitest';
import type { LogLine } from '@/api/types';
import { lineOfError, lineOfSystem } from './events';
import { isLevel, passes, textOf } from './log-filter';
import { mergeLines } from './use-logs';

function line(id: string, seconds: number, more: Partial<LogLine> = {}): LogLine {
  const timestamp = `2026-01-31T12:00:0${seconds}.000Z`;
  return { id, process: 'gateway', level: 'info', message: `line ${id}`, timestamp, ...more };
}

it('merges by time, keeps the order of equal times, drops repetitions', () => {
  const merged = mergeLines(
    [line('1', 1), line('2', 1), line('4', 3)],
    [line('4', 3), line('3', 2), line('1', 1, { process: 'boardd' })],
  );
  expect(merged.map(({ process, id }) => `${process}${id}`)).toEqual([
    'gateway1',
    'gateway2',
    'boardd1',
    'gateway3',
    'gateway4',
  ]);
});

it('filters by level, process and text', () => {
  const filter = { level: 'info', process: '', text: '' } as const;
  expect(passes(line('1', 1), filter)).toBe(true);
  expect(passes(line('1', 1, { level: 'debug' }), filter)).toBe(false);
  expect(passes(line('1', 1), { ...filter, process: 'boardd' })).toBe(false);
  expect(passes(line('1', 1, { topic: 'Station' }), { ...filter, text: 'station' })).toBe(true);
});

it('is saved as a line of a file', () => {
  expect(textOf(line('1', 1, { topic: 'shm' }))).toBe('2026-01-31T12:00:01.000Z gateway info shm: line 1');
  expect([isLevel('debug'), isLevel('loud'), isLevel('')]).toEqual([true, false, false]);
});

it('writes events as lines', () => {
  const base = { id: 'default-1', gateway: 'default', timestamp: '2026-01-31T12:00:00.000Z', identity: 'CP-01' };
  expect(lineOfError({ ...base, category: 'BAD_MESSAGE', message: 'not JSON', raw: '{' })).toMatchObject({
    id: 'errors-default-1',
    topic: 'BAD_MESSAGE',
    message: 'CP-01: not JSON: {',
  });
  expect(lineOfError({ ...base, category: 'BAD_MESSAGE', payload: '<b>' }).message).toBe('CP-01: <b>');
  expect(lineOfError({ ...base, category: 'VALIDATION_FAILURE', payload: { a: 1 } }).message).toBe('CP-01: {"a":1}');
  expect(lineOfError({ ...base, category: 'UNKNOWN' }).message).toBe('CP-01');
  expect(lineOfSystem({ ...base, category: 'LOST', message: '3 lost' }).level).toBe('warning');
});
