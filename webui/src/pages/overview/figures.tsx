import { Link } from 'react-router';
import type { Overview, Telemetry } from '@/api/types';
import { Sparkline } from '@/components/sparkline';
import { formatCount, formatLatency, formatPercent, formatRate } from '@/lib/format';
import { SPARK_SLOTS, useTelemetry } from '@/stream/telemetry-store';
import { SECURITY_SLOTS } from './use-security';

interface FigureProps {
  to: string;
  label: string;
  value: string;
  detail: string;
  values: readonly (number | null)[];
  second?: readonly (number | null)[];
  slots?: number;
  floor?: number;
}

function Figure({ to, label, value, detail, values, second, slots = SPARK_SLOTS, floor }: FigureProps) {
  return (
    <Link
      to={to}
      className="phone:last:col-span-2 flex min-w-0 flex-col gap-0.5 bg-ground px-3 pt-2 pb-2 hover:bg-panel"
    >
      <span className="text-xs text-muted">{label}</span>
      <span className="truncate text-[1.375rem] leading-7 font-medium tracking-tight">{value}</span>
      <span className="truncate text-xs text-muted">{detail}</span>
      <Sparkline values={values} second={second} slots={slots} floor={floor} label={`${label}, last five minutes`} />
    </Link>
  );
}

function pick(
  recent: readonly Telemetry[],
  value: (sample: Telemetry) => number | null | undefined,
): (number | null)[] {
  return recent.map((sample) => value(sample) ?? null);
}

interface FiguresProps {
  overview: Overview | undefined;
  security: number | undefined;
  /** Security events of the last five minutes. */
  securityCounts: readonly number[];
}

/** What the operator looks at first, each with its last five minutes. */
export function Figures({ overview, security, securityCounts }: FiguresProps) {
  const { latest, recent } = useTelemetry();
  const p50 = latest?.latency?.p50;
  const lately = securityCounts.reduce((sum, count) => sum + count, 0);
  return (
    <section aria-label="Key figures" className="grid shrink-0 grid-cols-5 gap-px border-b bg-line phone:grid-cols-2">
      <Figure
        to="/connections?status=online"
        label="Stations connected"
        value={formatCount(latest?.connectionCount ?? overview?.connectedClients)}
        detail={`peak ${formatCount(latest?.peakConnections ?? overview?.peakConnections)}`}
        values={pick(recent, (sample) => sample.connectionCount)}
        floor={4}
      />
      <Figure
        to="/messages"
        label="Messages per second"
        value={formatRate(latest?.messagesPerSecond ?? overview?.messagesPerSecond)}
        detail={`${formatCount(latest?.totalMessages ?? overview?.totalMessages)} in all`}
        values={pick(recent, (sample) => sample.messagesPerSecond)}
        floor={5}
      />
      <Figure
        to="/telemetry"
        label="Latency p99"
        value={formatLatency(latest?.latency?.p99 ?? latest?.avgLatencyMs)}
        detail={`p50 ${formatLatency(p50)}`}
        values={pick(recent, (sample) => sample.latency?.p99 ?? sample.avgLatencyMs)}
        second={pick(recent, (sample) => sample.latency?.p50)}
        floor={1}
      />
      <Figure
        to="/messages?filter=type:error"
        label="Error rate"
        value={formatPercent(latest?.errorRate ?? overview?.errorRate)}
        detail={`error events ${formatCount(overview?.errorCount)}`}
        values={pick(recent, (sample) => sample.errorRate)}
        floor={5}
      />
      <Figure
        to="/security"
        label="Security events"
        value={formatCount(security ?? overview?.securityEventCount)}
        detail={`${formatCount(lately)} in the last 5 min`}
        values={securityCounts}
        slots={SECURITY_SLOTS}
        floor={4}
      />
    </section>
  );
}
