import { useMemo } from 'react';
import type { SecurityEvent, Severity } from '@/api/types';
import { formatClock } from '@/lib/format';
import { useSettings } from '@/lib/settings';
import { useNow } from '@/lib/use-now';
import { worse } from './group';

const SLOTS = 120;
const HEIGHT = 36;
const LOOKS: Record<Severity, string> = {
  low: 'fill-edge',
  medium: 'fill-warn',
  high: 'fill-bad',
  critical: 'fill-bad',
};

interface Slot {
  count: number;
  worst: Severity;
}

export function slotsOf(events: readonly SecurityEvent[], from: number, to: number): (Slot | null)[] {
  const slots: (Slot | null)[] = Array.from({ length: SLOTS }, () => null);
  for (const event of events) {
    const at = Math.floor(((Date.parse(event.timestamp) - from) / (to - from)) * SLOTS);
    if (at < 0 || at >= SLOTS) continue;
    const slot = slots[at];
    if (slot) {
      slot.count += 1;
      slot.worst = worse(slot.worst, event.severity);
    } else slots[at] = { count: 1, worst: event.severity };
  }
  return slots;
}

/** Events of the last hour, half a minute per bar, coloured by the worst of each. */
export function Timeline({ events }: { events: readonly SecurityEvent[] }) {
  const now = useNow(5000);
  const { timeZone } = useSettings();
  const from = now - 3_600_000;
  const slots = useMemo(() => slotsOf(events, from, now), [events, from, now]);
  const most = Math.max(4, ...slots.map((slot) => slot?.count ?? 0));
  return (
    <div className="flex shrink-0 items-end gap-3 border-b px-3 py-2 text-xs text-muted">
      <span>{formatClock(from, timeZone).slice(0, 5)}</span>
      <svg
        viewBox={`0 0 ${SLOTS * 4} ${HEIGHT}`}
        preserveAspectRatio="none"
        className="h-9 flex-1"
        role="img"
        aria-label={`${events.length} security events held; bars show the last hour`}
      >
        <path d={`M0 ${HEIGHT - 0.5}H${SLOTS * 4}`} className="stroke-line" />
        {slots.map((slot, index) => {
          if (!slot) return null;
          const height = Math.max(3, (slot.count / most) * HEIGHT);
          return (
            <rect
              // biome-ignore lint/suspicious/noArrayIndexKey: a slot is its place
              key={index}
              x={index * 4}
              y={HEIGHT - height}
              width="3"
              height={height}
              className={LOOKS[slot.worst]}
            />
          );
        })}
      </svg>
      <span>{formatClock(now, timeZone).slice(0, 5)}</span>
    </div>
  );
}
