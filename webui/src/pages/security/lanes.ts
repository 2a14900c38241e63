import type { SecurityEvent, Severity } from '@/api/types';

export const SLOTS = 120;
/** The worst first. */
export const SEVERITIES: readonly Severity[] = ['critical', 'high', 'medium', 'low'];

export interface Lane {
  severity: Severity;
  counts: number[];
}

/** How many events of each severity each slot of from..to had; an event that stands for several counts as them. */
export function lanesOf(events: readonly SecurityEvent[], from: number, to: number): Lane[] {
  const lanes = SEVERITIES.map((severity) => ({ severity, counts: Array.from({ length: SLOTS }, () => 0) }));
  for (const event of events) {
    const slot = Math.floor(((Date.parse(event.timestamp) - from) / (to - from)) * SLOTS);
    const counts = lanes.find(({ severity }) => severity === event.severity)?.counts;
    if (counts?.[slot] !== undefined) counts[slot] += Math.max(1, event.count ?? 1);
  }
  return lanes;
}
