import { useEffect, useMemo } from 'react';
import type { SecurityEvent } from '@/api/types';
import { useResource } from '@/api/use-resource';
import { useNow } from '@/lib/use-now';
import { onStream } from '@/stream/hub';

const SHOWN = 20;
const SLOT_MS = 10_000;
/** Five minutes, as the other figures. */
export const SECURITY_SLOTS = 30;

interface SecurityAnswer {
  events: SecurityEvent[];
  totalCount: number;
}

/** How many events each slot until `now` had, the oldest first. */
export function perSlot(events: readonly SecurityEvent[], now: number): number[] {
  const end = Math.ceil(now / SLOT_MS) * SLOT_MS;
  const counts = Array.from({ length: SECURITY_SLOTS }, () => 0);
  for (const { timestamp, count } of events) {
    const slot = SECURITY_SLOTS - 1 - Math.floor((end - 1 - Date.parse(timestamp)) / SLOT_MS);
    if (slot >= 0 && slot < SECURITY_SLOTS) counts[slot] = (counts[slot] ?? 0) + Math.max(1, count ?? 1);
  }
  return counts;
}

/** The newest events, and how many came in the last five minutes. */
export function useSecurity() {
  const recent = useResource<SecurityAnswer>('security-events', { since: '5m', limit: 1000 }, 30_000);
  const newest = useResource<SecurityAnswer>('security-events', { limit: SHOWN }, 30_000);
  const now = useNow(10_000);
  const { refresh: refreshRecent } = recent;
  const { refresh: refreshNewest } = newest;
  useEffect(() => {
    let timer: ReturnType<typeof setTimeout> | undefined;
    const end = onStream('security', () => {
      timer ??= setTimeout(() => {
        timer = undefined;
        refreshNewest();
        refreshRecent();
      }, 1000);
    });
    return () => {
      end();
      clearTimeout(timer);
    };
  }, [refreshNewest, refreshRecent]);
  const counts = useMemo(() => perSlot(recent.data?.events ?? [], now), [recent.data, now]);
  return { events: newest.data?.events, total: newest.data?.totalCount, counts };
}
