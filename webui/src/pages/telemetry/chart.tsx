import { memo, type PointerEvent, useMemo, useState } from 'react';
import { CartesianGrid, Line, LineChart, ReferenceArea, ResponsiveContainer, Tooltip, XAxis, YAxis } from 'recharts';
import { formatClock } from '@/lib/format';
import { type TimeZone, useSettings } from '@/lib/settings';
import type { ChartSpec, Look, Series } from './charts';
import { brushed, type Zoom } from './ranges';
import { largest, timeTicks, valueTicks } from './scale';
import type { Point } from './use-history';

const STROKES: Record<Look, { stroke: string; dash?: string }> = {
  main: { stroke: 'var(--accent)' },
  second: { stroke: 'var(--ink)', dash: '5 3' },
  third: { stroke: 'var(--faint)' },
  fourth: { stroke: 'var(--muted)', dash: '1.5 2.5' },
};

interface TipProps {
  active?: boolean;
  label?: number | string;
  payload?: readonly { name?: string; value?: unknown }[];
  format: ChartSpec['format'];
}

function Tip({ active, label, payload, format }: TipProps) {
  const { timeZone } = useSettings();
  if (!active || !payload?.length) return null;
  return (
    <div className="rounded-md border border-edge bg-raised px-2 py-1 text-xs">
      <div className="text-muted">{formatClock(Number(label), timeZone)}</div>
      {payload.map((entry) => (
        <div key={entry.name} className="flex gap-4">
          <span className="text-muted">{entry.name}</span>
          <span className="ml-auto">{format(entry.value as number)}</span>
        </div>
      ))}
    </div>
  );
}

function Legend({ series, last, format }: { series: Series[]; last: Point | undefined; format: ChartSpec['format'] }) {
  return (
    <span className="ml-auto flex min-w-0 flex-wrap gap-x-3 text-xs whitespace-nowrap text-muted phone:gap-2">
      {series.map(({ name, look, value }) => (
        <span key={name} className="flex items-center gap-1.5">
          {series.length > 1 && (
            <>
              <svg viewBox="0 0 14 2" className="h-0.5 w-3.5 shrink-0" aria-hidden="true">
                <path
                  d="M0 1H14"
                  style={{ stroke: STROKES[look].stroke, strokeDasharray: STROKES[look].dash }}
                  strokeWidth="2"
                />
              </svg>
              <span className="max-w-28 truncate">{name}</span>
            </>
          )}
          <span className="text-ink">{last ? format(value(last)) : ''}</span>
        </span>
      ))}
    </span>
  );
}

interface ChartProps extends ChartSpec {
  points: readonly Point[];
  from: number;
  to: number;
  onZoom: (zoom: Zoom) => void;
}

const AXIS_WIDTH = 58;
const MARGIN = { top: 8, right: 4, bottom: 0, left: 0 };

/** The time under the pointer; outside of what is drawn that of its edge. */
function timeAt({ clientX, currentTarget }: PointerEvent, { from, to }: Zoom): number {
  const { left, width } = currentTarget.getBoundingClientRect();
  const share = (clientX - left - AXIS_WIDTH) / (width - AXIS_WIDTH - MARGIN.right);
  return from + Math.min(1, Math.max(0, share)) * (to - from);
}

/** Press, drag, let go, by mouse, pen or finger: a part of the time is chosen. */
function useBrush(shown: Zoom, onZoom: (zoom: Zoom) => void) {
  const [drag, setDrag] = useState<{ start: number; end: number } | null>(null);
  const cancel = () => setDrag(null);
  return {
    drag,
    handlers: {
      onPointerDown: (event: PointerEvent) => {
        const start = timeAt(event, shown);
        if (event.isPrimary && event.button === 0) setDrag({ start, end: start });
      },
      onPointerMove: (event: PointerEvent) => {
        if (drag && event.isPrimary) setDrag({ ...drag, end: timeAt(event, shown) });
      },
      onPointerUp: () => {
        const zoom = drag && brushed(drag.start, drag.end);
        setDrag(null);
        if (zoom) onZoom(zoom);
      },
      onPointerCancel: cancel,
      // a finger's events go on outside, and end there
      onPointerLeave: (event: PointerEvent) => {
        if (event.pointerType === 'mouse') cancel();
      },
    },
  };
}

const TICK = { fill: 'var(--faint)', fontSize: 11 };

/** How far the clock that is shown is ahead of UTC. */
function clockOffset(timeZone: TimeZone, time: number): number {
  return timeZone === 'UTC' ? 0 : -new Date(time).getTimezoneOffset() * 60_000;
}

function ChartView({ title, series, format, unit, top, points, from, to, onZoom }: ChartProps) {
  const { timeZone } = useSettings();
  const most = useMemo(() => top ?? largest(points, series), [top, points, series]);
  const values = valueTicks(most, unit);
  const { drag, handlers } = useBrush({ from, to }, onZoom);
  const digits = to - from < 600_000 ? 8 : 5;
  return (
    <section className="min-w-0 border-r border-b px-3 pt-2 pb-1" aria-label={title}>
      <header className="flex min-h-5 flex-wrap items-center gap-x-3">
        <h2 className="text-xs font-semibold whitespace-nowrap text-muted">{title}</h2>
        <Legend series={series} last={points.at(-1)} format={format} />
      </header>
      {/* a finger that moves up or down scrolls the page */}
      <div className="h-40 touch-pan-y select-none" {...handlers}>
        <ResponsiveContainer width="100%" height="100%">
          <LineChart data={points as Point[]} syncId="telemetry" syncMethod="value" margin={MARGIN}>
            <CartesianGrid stroke="var(--line)" vertical={false} />
            <XAxis
              dataKey="time"
              type="number"
              domain={[from, to]}
              allowDataOverflow
              tickFormatter={(time: number) => formatClock(time, timeZone).slice(0, digits)}
              tick={TICK}
              stroke="var(--edge)"
              tickLine={false}
              ticks={timeTicks(from, to, clockOffset(timeZone, from))}
              interval="preserveStart"
              minTickGap={24}
            />
            <YAxis
              width={AXIS_WIDTH}
              domain={[0, values.at(-1) ?? 1]}
              tickFormatter={(value: number) => format(value)}
              tick={TICK}
              axisLine={false}
              tickLine={false}
              ticks={values}
              interval={0}
            />
            <Tooltip
              content={<Tip format={format} />}
              cursor={{ stroke: 'var(--edge)' }}
              isAnimationActive={false}
              wrapperStyle={{ outline: 'none', zIndex: 10 }}
            />
            {series.map(({ name, look, value }) => (
              <Line
                key={name}
                name={name}
                dataKey={value}
                stroke={STROKES[look].stroke}
                strokeDasharray={STROKES[look].dash}
                strokeWidth={1.25}
                dot={false}
                activeDot={{ r: 2.5 }}
                isAnimationActive={false}
                connectNulls={false}
              />
            ))}
            {drag && (
              <ReferenceArea
                x1={drag.start}
                x2={drag.end}
                fill="var(--accent)"
                fillOpacity={0.15}
                ifOverflow="hidden"
              />
            )}
          </LineChart>
        </ResponsiveContainer>
      </div>
    </section>
  );
}

export const Chart = memo(ChartView);
