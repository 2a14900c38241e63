import { useMemo } from 'react';
import type { SecurityEvent, Severity } from '@/api/types';
import { SeverityLabel } from '@/components/status';
import { cx } from '@/lib/class-names';
import { formatClock, formatCount } from '@/lib/format';
import { useSettings } from '@/lib/settings';
import { useNow } from '@/lib/use-now';
import { lanesOf, SLOTS } from './lanes';

const HEIGHT = 18;
const FILLS: Record<Severity, string> = {
  critical: 'fill-bad',
  high: 'fill-bad',
  medium: 'fill-warn',
  low: 'fill-faint',
};

interface LaneProps {
  severity: Severity;
  counts: readonly number[];
  most: number;
  pressed: boolean;
  dimmed: boolean;
  onPress: () => void;
}

function Lane({ severity, counts, most, pressed, dimmed, onPress }: LaneProps) {
  const sum = counts.reduce((total, count) => total + count, 0);
  return (
    <div className={cx('flex h-[22px] items-center gap-3', dimmed && '[&>svg]:opacity-30')}>
      <button
        type="button"
        aria-pressed={pressed}
        onClick={onPress}
        title={pressed ? 'Show all severities' : `Show only ${severity}`}
        className={cx('flex h-5 w-24 items-center rounded-sm px-1 hover:bg-panel', pressed && 'bg-tint')}
      >
        <SeverityLabel severity={severity} />
      </button>
      <svg
        viewBox={`0 0 ${SLOTS * 4} ${HEIGHT}`}
        preserveAspectRatio="none"
        className="h-[18px] min-w-0 flex-1"
        role="img"
        aria-label={`${severity}: ${sum} events`}
      >
        <path d={`M0 ${HEIGHT - 0.5}H${SLOTS * 4}`} className="stroke-line" vectorEffect="non-scaling-stroke" />
        {counts.map((count, index) => {
          if (count === 0) return null;
          const height = Math.max(3, Math.sqrt(count / most) * HEIGHT);
          return (
            <rect
              // biome-ignore lint/suspicious/noArrayIndexKey: a slot is its place
              key={index}
              x={index * 4}
              y={HEIGHT - height}
              width="3"
              height={height}
              className={FILLS[severity]}
            >
              <title>{`${count} ${severity}`}</title>
            </rect>
          );
        })}
      </svg>
      <span className={cx('w-14 text-right', sum === 0 && 'text-faint')}>{formatCount(sum)}</span>
    </div>
  );
}

interface TimelineProps {
  events: readonly SecurityEvent[];
  /** How far back, in ms. */
  span: number;
  severity: string;
  onSeverity: (severity: string) => void;
}

/** A lane for each severity, the worst on top; a bar is as high as the root of its count, so that one is still seen. */
export function Timeline({ events, span, severity, onSeverity }: TimelineProps) {
  const now = useNow(5000);
  const { timeZone } = useSettings();
  const from = now - span;
  const lanes = useMemo(() => lanesOf(events, from, now), [events, from, now]);
  const most = Math.max(4, ...lanes.flatMap(({ counts }) => counts));
  return (
    <section aria-label="Timeline" className="shrink-0 border-b px-3 pt-1.5 pb-1 text-xs">
      {lanes.map((lane) => (
        <Lane
          key={lane.severity}
          {...lane}
          most={most}
          pressed={severity === lane.severity}
          dimmed={severity !== '' && severity !== lane.severity}
          onPress={() => onSeverity(severity === lane.severity ? '' : lane.severity)}
        />
      ))}
      <div className="flex justify-between pr-[4.25rem] pl-[6.75rem] text-2xs text-muted">
        <span>{formatClock(from, timeZone).slice(0, 5)}</span>
        <span>{formatClock((from + now) / 2, timeZone).slice(0, 5)}</span>
        <span>{formatClock(now, timeZone).slice(0, 5)}</span>
      </div>
    </section>
  );
}
