import type { Overview } from '@/api/types';
import { Section } from '@/components/layout';
import { Status } from '@/components/status';
import { GATEWAY_TONE } from '@/components/status-bar';
import { formatAge, formatBytes, formatLatency, NONE } from '@/lib/format';
import { useNow } from '@/lib/use-now';
import { useStreamState } from '@/stream/hub';
import { useTelemetry } from '@/stream/telemetry-store';

const GRID = 'grid grid-cols-[minmax(0,1fr)_3rem_3rem_4.25rem_3.5rem] gap-2 px-3';

interface Line {
  name: string;
  status: React.ReactNode;
  startedAt?: string;
  cpu?: number;
  rss?: number;
  lag?: number;
}

function percent(value: number | undefined): string {
  return value === undefined ? NONE : `${value.toFixed(value < 10 ? 1 : 0)} %`;
}

function ProcessLine({ line, now }: { line: Line; now: number }) {
  return (
    <li className={`${GRID} h-[26px] items-center border-b border-line/60`}>
      <span className="flex min-w-0 items-center gap-2">{line.status}</span>
      <span className="text-right">{line.startedAt ? formatAge(now - Date.parse(line.startedAt)) : NONE}</span>
      <span className="text-right">{percent(line.cpu)}</span>
      <span className="text-right">{formatBytes(line.rss)}</span>
      <span className="text-right">{formatLatency(line.lag)}</span>
    </li>
  );
}

/** Both processes side by side: the dashboard's own health must not hide behind the gateway's. */
export function Processes({ overview }: { overview: Overview | undefined }) {
  const { latest, gateways } = useTelemetry();
  const stream = useStreamState();
  const now = useNow(1000);
  const infos = overview?.gateways ?? [];
  const names = [...new Set([...infos.map(({ name }) => name), ...Object.keys(gateways)])];
  const lines: Line[] = names.map((name) => {
    const info = infos.find((entry) => entry.name === name);
    const sample = latest?.gateways?.find((entry) => entry.name === name);
    const state = gateways[name] ?? info?.state ?? 'absent';
    return {
      name,
      status: (
        <Status
          tone={GATEWAY_TONE[state] ?? 'idle'}
          quiet={state === 'live'}
        >{`${names.length > 1 ? name : 'gateway'}${state === 'live' ? '' : ` ${state}`}`}</Status>
      ),
      startedAt: state === 'live' ? info?.startedAt : undefined,
      cpu: sample?.cpuPercent,
      rss: sample?.rss,
      lag: sample?.loopLagMs,
    };
  });
  lines.push({
    name: 'boardd',
    status: (
      <Status tone={stream.phase === 'live' ? 'ok' : 'warn'} quiet>
        boardd
      </Status>
    ),
    startedAt: overview?.board?.startedAt,
    cpu: latest?.board?.cpuPercent,
    rss: latest?.board?.rss,
    lag: latest?.board?.loopLagMs,
  });
  return (
    <Section title="Processes" className="border-t">
      <div
        className={`${GRID} h-6 items-center text-2xs text-faint [&>*]:text-right [&>*:first-child]:text-left`}
        aria-hidden="true"
      >
        <span>Process</span>
        <span>Up</span>
        <span>CPU</span>
        <span>Memory</span>
        <span>Lag</span>
      </div>
      <ul>
        {lines.map((line) => (
          <ProcessLine key={line.name} line={line} now={now} />
        ))}
      </ul>
    </Section>
  );
}
