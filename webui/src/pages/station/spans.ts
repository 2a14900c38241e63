import type { StationDetail, StationSession } from '@/api/types';

/** A time in which the station was connected. */
export interface Span {
  from: number;
  to: number;
  open: boolean;
  /** It ended in another way than by closing. */
  dropped: boolean;
  reason: string;
}

const NORMAL_CODES = new Set([1000, 1001]);

function reasonOf({ closeCode, closeReason }: StationSession): string {
  return [closeCode, closeReason].filter(Boolean).join(' ');
}

function spanOf(session: StationSession, now: number): Span {
  const open = !session.disconnectedAt;
  return {
    from: Date.parse(session.connectedAt),
    to: session.disconnectedAt ? Date.parse(session.disconnectedAt) : now,
    open,
    dropped: !open && !NORMAL_CODES.has(session.closeCode ?? 0),
    reason: reasonOf(session),
  };
}

/** What the record knows when the server keeps no sessions. */
function lastSession(station: StationDetail): StationSession[] {
  if (!station.connectedAt) return [];
  return [{ ...station, connectedAt: station.connectedAt }];
}

/** A station's sessions, the oldest first. */
export function spansOf(station: StationDetail, now: number): Span[] {
  const sessions = station.sessions?.length ? station.sessions : lastSession(station);
  return sessions.map((session) => spanOf(session, now)).sort((a, b) => a.from - b.from);
}

export interface Presence {
  spans: Span[];
  drops: number;
  /** 0..1 of the window; of the part after the first known session. */
  connected: number;
}

/** Cuts sessions to the window from..to. */
export function presenceIn(spans: readonly Span[], from: number, to: number): Presence {
  const within = spans
    .filter((span) => span.to > from && span.from < to)
    .map((span) => ({ ...span, from: Math.max(span.from, from), to: Math.min(span.to, to) }));
  const begin = Math.max(from, spans[0]?.from ?? to);
  const sum = within.reduce((total, span) => total + span.to - span.from, 0);
  return {
    spans: within,
    drops: within.filter((span) => span.dropped && span.to < to).length,
    connected: to > begin ? Math.min(1, sum / (to - begin)) : 0,
  };
}
