import { expect, it } from 'vitest';
import type { Telemetry } from '@/api/types';
import { append, pointsOf } from './use-history';

const T = Date.UTC(2026, 0, 31, 12);
const sample = (second: number): Telemetry => ({
  timestamp: new Date(T + second * 1000).toISOString(),
  messagesPerSecond: second,
  avgLatencyMs: null,
  errorRate: 0,
  connectionCount: 0,
  peakConnections: 0,
  uptimeSeconds: 0,
  totalMessages: 0,
});

it('keeps what lies in the range, in order', () => {
  const points = pointsOf([sample(9), sample(3), sample(1), sample(5)], T + 2000, T + 6000);
  expect(points.map(({ messagesPerSecond }) => messagesPerSecond)).toEqual([3, 5]);
});

it('thins out what is more than a chart shows', () => {
  const points = pointsOf(
    Array.from({ length: 1800 }, (_, n) => sample(n)),
    T,
    T + 1e7,
  );
  expect(points.length).toBe(300);
});

it('adds only what is newer', () => {
  expect(append([sample(1), sample(3)], [sample(2), sample(3), sample(4)])).toHaveLength(3);
  expect(append([], [sample(2)])).toHaveLength(1);
});
