import { memo } from 'react';
import { CartesianGrid, Line, LineChart, ResponsiveContainer, Tooltip, XAxis, YAxis } from 'recharts';
import { formatClock } from '@/lib/format';
import { useSettings } from '@/lib/settings';
import type { ChartSpec, Series } from './charts';
import type { Point } from './use-history';

const STROKES: Record<Series['look'], { stroke: string; dash?: string }> = {
  main: { stroke: 'var(--accent)' },
  second: { stroke: 'var(--ink)', dash: '5 3' },
  third: { stroke: 'var(--faint)' },
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
    <span className="ml-auto flex gap-4 text-xs whitespace-nowrap text-muted phone:gap-2">
      {series.map(({ name, look, value }) => (
        <span key={name} className="flex items-center gap-1.5">
          {series.length > 1 && (
            <svg viewBox="0 0 14 2" className="h-0.5 w-3.5" aria-hidden="true">
              <path
                d="M0 1H14"
                style={{ stroke: STROKES[look].stroke, strokeDasharray: STROKES[look].dash }}
                strokeWidth="2"
              />
            </svg>
          )}
          {series.length > 1 && name}
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
}

function ChartView({ title, series, format, points, from, to }: ChartProps) {
  const { timeZone } = useSettings();
  return (
    <section className="min-w-0 border-r border-b px-3 pt-2 pb-1" aria-label={title}>
      <header className="flex h-5 items-center gap-3">
        <h2 className="text-xs font-semibold text-muted">{title}</h2>
        <Legend series={series} last={points.at(-1)} format={format} />
      </header>
      <div className="h-40">
        <ResponsiveContainer width="100%" height="100%">
          <LineChart
            data={points as Point[]}
            syncId="telemetry"
            syncMethod="value"
            margin={{ top: 8, right: 4, bottom: 0, left: 0 }}
          >
            <CartesianGrid stroke="var(--line)" vertical={false} />
            <XAxis
              dataKey="time"
              type="number"
              domain={[from, to]}
              allowDataOverflow
              tickFormatter={(time: number) => formatClock(time, timeZone).slice(0, 5)}
              tick={{ fill: 'var(--faint)', fontSize: 11 }}
              stroke="var(--edge)"
              tickLine={false}
              minTickGap={48}
            />
            <YAxis
              width={58}
              domain={[0, 'auto']}
              tickFormatter={(value: number) => format(value)}
              tick={{ fill: 'var(--faint)', fontSize: 11 }}
              axisLine={false}
              tickLine={false}
              tickCount={4}
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
          </LineChart>
        </ResponsiveContainer>
      </div>
    </section>
  );
}

export const Chart = memo(ChartView);
