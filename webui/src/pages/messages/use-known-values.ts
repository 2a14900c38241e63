import { useMemo } from 'react';
import { actionOf, first } from '@/messages/exchange';
import { liveMessages } from '@/messages/live';

function distinct(pick: 'station' | 'action'): string[] {
  const counts = new Map<string, number>();
  for (const row of liveMessages.allRows().slice(-5000)) {
    if (row.kind !== 'exchange') continue;
    const value = pick === 'station' ? first(row).identity : actionOf(row);
    if (value) counts.set(value, (counts.get(value) ?? 0) + 1);
  }
  return [...counts].sort((a, b) => b[1] - a[1]).map(([value]) => value);
}

/** Stations and actions of the newest messages, the most frequent first. */
export function useKnownValues() {
  return useMemo(() => ({ stations: () => distinct('station'), actions: () => distinct('action') }), []);
}
