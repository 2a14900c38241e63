import { expect, it } from 'vitest';
import type { SecurityEvent } from '@/api/types';
import { groupBySource, hostOf } from './group';
import { lanesOf, SLOTS } from './lanes';

const T = Date.UTC(2026, 0, 31, 12);
const event = (second: number, change: Partial<SecurityEvent> = {}): SecurityEvent => ({
  id: `${second}`,
  gateway: 'g',
  category: 'AUTH_FAILED',
  severity: 'medium',
  remoteAddress: '192.0.2.7:4711',
  timestamp: new Date(T + second * 1000).toISOString(),
  ...change,
});

it('puts events into the lane of their severity', () => {
  const lanes = lanesOf(
    [event(0), event(59, { severity: 'high', count: 5 }), event(30), event(-1), event(60)],
    T,
    T + 60_000,
  );
  const lane = (name: string) => lanes.find(({ severity }) => severity === name)?.counts ?? [];
  expect(lane('medium')[0]).toBe(1);
  expect(lane('medium')[SLOTS / 2]).toBe(1);
  expect(lane('high')[SLOTS - 2]).toBe(5);
  expect(lanes.flatMap(({ counts }) => counts).reduce((sum, count) => sum + count, 0)).toBe(7);
});

it.each([
  ['192.0.2.7:4711', '192.0.2.7'],
  ['[2001:db8::1]:80', '2001:db8::1'],
  ['2001:db8::1', '2001:db8::1'],
])('%s is of host %s', (address, host) => expect(hostOf(address)).toBe(host));

it('groups by host, the busiest first, with the worst severity', () => {
  const groups = groupBySource([
    event(1),
    event(2, { remoteAddress: '192.0.2.7:4712', severity: 'critical', category: 'ANOMALY' }),
    event(3, { remoteAddress: '192.0.2.9:1', count: 9 }),
    event(4, { remoteAddress: undefined, identity: 'CP1' }),
  ]);
  expect(groups.map(({ source, count, worst }) => [source, count, worst])).toEqual([
    ['192.0.2.9', 9, 'medium'],
    ['192.0.2.7', 2, 'critical'],
    ['CP1', 1, 'medium'],
  ]);
  expect(groups[1]?.categories).toEqual(['AUTH_FAILED', 'ANOMALY']);
});
