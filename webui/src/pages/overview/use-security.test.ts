import { expect, it } from 'vitest';
import type { SecurityEvent } from '@/api/types';
import { perSlot, SECURITY_SLOTS } from './use-security';

const NOW = Date.UTC(2026, 0, 31, 12, 0, 5);
const event = (secondsAgo: number, count?: number): SecurityEvent => ({
  id: String(secondsAgo),
  gateway: 'g',
  category: 'AUTH_FAILED',
  severity: 'low',
  timestamp: new Date(NOW - secondsAgo * 1000).toISOString(),
  count,
});

it('counts events by slots of ten seconds, repeated ones as often as they came', () => {
  const counts = perSlot([event(0), event(2, 4), event(7), event(15), event(4000)], NOW);
  expect(counts).toHaveLength(SECURITY_SLOTS);
  expect(counts.slice(-3)).toEqual([0, 2, 5]);
  expect(counts.reduce((sum, count) => sum + count, 0)).toBe(7);
});
