import type { SecurityEvent, Severity } from '@/api/types';

export interface SourceGroup {
  source: string;
  count: number;
  worst: Severity;
  last: string;
  categories: string[];
}

const RANK: Record<Severity, number> = { low: 0, medium: 1, high: 2, critical: 3 };

export function worse(a: Severity, b: Severity): Severity {
  return RANK[b] > RANK[a] ? b : a;
}

/** The address without its port: one host tries from many. */
export function hostOf(address: string): string {
  const bracket = /^\[(.+)\](?::\d+)?$/.exec(address);
  if (bracket?.[1]) return bracket[1];
  return /^[^:]+:\d+$/.test(address) ? address.slice(0, address.lastIndexOf(':')) : address;
}

/** Whom an event came from: the host, else the station. */
export function sourceOf(event: SecurityEvent): string {
  return event.remoteAddress ? hostOf(event.remoteAddress) : (event.identity ?? 'unknown');
}

/** Where events came from, the busiest first. */
export function groupBySource(events: readonly SecurityEvent[]): SourceGroup[] {
  const groups = new Map<string, SourceGroup>();
  for (const event of events) {
    const source = sourceOf(event);
    const amount = event.count && event.count > 0 ? event.count : 1;
    const group = groups.get(source);
    if (!group) {
      groups.set(source, {
        source,
        count: amount,
        worst: event.severity,
        last: event.timestamp,
        categories: [event.category],
      });
      continue;
    }
    group.count += amount;
    group.worst = worse(group.worst, event.severity);
    if (event.timestamp > group.last) group.last = event.timestamp;
    if (!group.categories.includes(event.category)) group.categories.push(event.category);
  }
  return [...groups.values()].sort((a, b) => b.count - a.count);
}
