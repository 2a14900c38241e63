import type { StationDetail } from '@/api/types';
import { Segments } from '@/components/controls';
import { cx } from '@/lib/class-names';
import { formatClock, formatFull } from '@/lib/format';
import { useSettings } from '@/lib/settings';
import { useNow } from '@/lib/use-now';
import { presenceIn, type Span, spansOf } from './spans';

const WINDOWS = { '1h': 3_600_000, '24h': 86_400_000 } as const;
export type StripWindow = keyof typeof WINDOWS;
const OPTIONS = [
  { value: '1h', label: '1 h' },
  { value: '24h', label: '24 h' },
] as const;

function SpanBar({ span, from, to }: { span: Span; from: number; to: number }) {
  const { timeZone } = useSettings();
  const percent = (time: number) => `${(((time - from) / (to - from)) * 100).toFixed(3)}%`;
  const until = span.open ? 'now' : formatFull(span.to, timeZone);
  return (
    <>
      <span
        className="absolute inset-y-0.5 min-w-px bg-ok"
        style={{ left: percent(span.from), right: `calc(100% - ${percent(span.to)})` }}
        title={`connected ${formatFull(span.from, timeZone)} to ${until}${span.reason ? `\n${span.reason}` : ''}`}
      />
      {!span.open && (
        <span
          className={cx('absolute inset-y-0 w-0.5', span.dropped ? 'bg-bad' : 'bg-faint')}
          style={{ left: percent(span.to) }}
          title={`${span.dropped ? 'dropped' : 'closed'} ${until}${span.reason ? `: ${span.reason}` : ''}`}
        />
      )}
    </>
  );
}

interface SessionStripProps {
  station: StationDetail;
  window: StripWindow;
  onWindow: (window: StripWindow) => void;
}

/** When the station was connected; a tall mark is where it went: red if it dropped. */
export function SessionStrip({ station, window, onWindow }: SessionStripProps) {
  const now = useNow(5000);
  const { timeZone } = useSettings();
  const from = now - WINDOWS[window];
  const { spans, drops, connected } = presenceIn(spansOf(station, now), from, now);
  const summary = `${Math.round(connected * 1000) / 10} % connected, ${drops} ${drops === 1 ? 'drop' : 'drops'}`;
  return (
    <div className="flex min-h-10 shrink-0 flex-wrap items-center gap-x-3 gap-y-1 border-b px-3 py-1.5 text-xs text-muted">
      <Segments<StripWindow> label="Sessions of the last" value={window} options={OPTIONS} onChange={onWindow} />
      <span className="phone:hidden">{formatClock(from, timeZone).slice(0, 5)}</span>
      <div className="relative h-3.5 min-w-40 flex-1 phone:order-last phone:basis-full" role="img" aria-label={summary}>
        <span className="absolute inset-x-0 inset-y-0.5 bg-line" />
        {spans.map((span) => (
          <SpanBar key={span.from} span={span} from={from} to={now} />
        ))}
      </div>
      <span className="phone:hidden">{formatClock(now, timeZone).slice(0, 5)}</span>
      <span className="w-44 text-right phone:ml-auto">{summary}</span>
    </div>
  );
}
