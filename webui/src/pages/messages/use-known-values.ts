import { useMemo } from 'react';
import type { KnownValues } from '@/messages/completion';
import { actionOf, first } from '@/messages/exchange';
import { recentFilters } from '@/messages/filter-history';
import { liveFeed } from '@/messages/live';

function distinct(pick: 'station' | 'action'): string[] {
  const counts = new Map<string, number>();
  for (const row of liveFeed.store.view().rows.slice(-5000)) {
    if (row.kind !== 'exchange') continue;
    const value = pick === 'station' ? first(row).identity : actionOf(row);
    if (value) counts.set(value, (counts.get(value) ?? 0) + 1);
  }
  return [...counts].sort((a, b) => b[1] - a[1]).map(([value]) => value);
}

/** Stations and actions of the newest messages, the most frequent first, and the filters of before. */
export function useKnownValues(): KnownValues {
  return useMemo(
    () => ({ stations: () => distinct('station'), actions: () => distinct('action'), recent: recentFilters }),
    [],
  );
}
