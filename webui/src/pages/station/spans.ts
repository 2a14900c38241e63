import type { Connection, ConnectionEvent } from '@/api/types';

export interface Span {
  from: number;
  to: number;
  open: boolean;
  reason: string;
}

function isDisconnect(event: ConnectionEvent): boolean {
  return event.event === 'disconnected';
}

/** The station's last session by its record, and those that events tell of. */
export function spansOf(events: readonly ConnectionEvent[], record: Connection | undefined, now: number): Span[] {
  const spans = new Map<number, Span>();
  for (const event of events) {
    const at = Date.parse(event.timestamp);
    if (!isDisconnect(event)) continue;
    const from = at - (event.durationMs ?? 0);
    spans.set(Math.round(from / 1000), { from, to: at, open: false, reason: event.closeReason ?? '' });
  }
  if (record?.connectedAt) {
    const from = Date.parse(record.connectedAt);
    const open = record.status === 'online';
    const to = open || !record.disconnectedAt ? now : Date.parse(record.disconnectedAt);
    const key = Math.round(from / 1000);
    if (open || !spans.has(key)) spans.set(key, { from, to, open, reason: open ? '' : (record.closeReason ?? '') });
  }
  return [...spans.values()].sort((a, b) => a.from - b.from);
}
