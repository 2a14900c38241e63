import { useEffect, useState } from 'react';
import { get } from '@/api/http';
import type { ConnectionEvent, StationDetail } from '@/api/types';
import { formatClock, formatFull } from '@/lib/format';
import { useSettings } from '@/lib/settings';
import { useNow } from '@/lib/use-now';
import { onStream } from '@/stream/hub';
import { type Span, spansOf } from './spans';

const WINDOW_MS = 60 * 60_000;

function useConnectionEvents(identity: string): ConnectionEvent[] {
  const [events, setEvents] = useState<ConnectionEvent[]>([]);
  useEffect(() => {
    const abort = new AbortController();
    setEvents([]);
    get<{ events: ConnectionEvent[] }>('connection-events', { identity, limit: 200 }, abort.signal)
      .then(({ events: held }) => setEvents((previous) => [...held.toReversed(), ...previous]))
      .catch(() => {});
    const end = onStream('connection', (event) => {
      if (event.identity === identity) setEvents((previous) => [...previous.slice(-400), event]);
    });
    return () => {
      abort.abort();
      end();
    };
  }, [identity]);
  return events;
}

function SpanBar({ span, from, to }: { span: Span; from: number; to: number }) {
  const { timeZone } = useSettings();
  const left = ((Math.max(span.from, from) - from) / (to - from)) * 100;
  const right = ((Math.min(span.to, to) - from) / (to - from)) * 100;
  return (
    <span
      className="absolute top-0 h-full border-l border-ground bg-ok"
      style={{ left: `${left}%`, width: `${Math.max(0.2, right - left)}%` }}
      title={`connected ${formatFull(span.from, timeZone)} to ${span.open ? 'now' : formatFull(span.to, timeZone)}${span.reason ? `, ${span.reason}` : ''}`}
    />
  );
}

/** When the station was connected in the last hour. */
export function SessionStrip({ identity, station }: { identity: string; station: StationDetail | undefined }) {
  const events = useConnectionEvents(identity);
  const now = useNow(5000);
  const { timeZone } = useSettings();
  const from = now - WINDOW_MS;
  const spans = spansOf(events, station, now).filter((span) => span.to > from);
  return (
    <div className="flex shrink-0 items-center gap-3 border-b px-3 py-1.5 text-xs text-muted">
      <span className="phone:hidden">Connected</span>
      <span>{formatClock(from, timeZone).slice(0, 5)}</span>
      <div
        className="relative h-1.5 flex-1 bg-line"
        role="img"
        aria-label={`Connected in the last hour: ${spans.length} sessions`}
      >
        {spans.map((span) => (
          <SpanBar key={span.from} span={span} from={from} to={now} />
        ))}
      </div>
      <span>{formatClock(now, timeZone).slice(0, 5)}</span>
    </div>
  );
}
