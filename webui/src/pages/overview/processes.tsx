import { useMemo } from 'react';
import type { GatewayState, GatewayTelemetry, Overview, Telemetry } from '@/api/types';
import { Section } from '@/components/layout';
import { Sparkline } from '@/components/sparkline';
import { Status } from '@/components/status';
import { GATEWAY_TONE } from '@/components/status-bar';
import { formatAge, formatBytes, formatLatency, NONE } from '@/lib/format';
import { useNow } from '@/lib/use-now';
import { useStreamState } from '@/stream/hub';
import { SPARK_SLOTS, useTelemetry } from '@/stream/telemetry-store';

const GRID = 'grid grid-cols-[minmax(0,1fr)_5.5rem_3.25rem_4.25rem_3.75rem] gap-2 px-3';

interface Figures {
  cpuPercent?: number;
  rss?: number;
  loopLagMs?: number;
}

interface LineProps {
  status: React.ReactNode;
  name: string;
  startedAt?: string;
  now: number;
  latest: Figures | undefined;
  cpu: readonly (number | null)[];
}

function percent(value: number | undefined): string {
  return value === undefined ? NONE : `${value.toFixed(value < 10 ? 1 : 0)} %`;
}

function ProcessLine({ status, name, startedAt, now, latest, cpu }: LineProps) {
  return (
    <li className={`${GRID} h-9 items-center border-b border-line/60`}>
      <span className="flex min-w-0 flex-col">
        <span className="flex min-w-0 leading-4">{status}</span>
        <span className="truncate pl-[15px] text-2xs leading-3 text-muted">
          {startedAt && `up ${formatAge(now - Date.parse(startedAt))}`}
        </span>
      </span>
      <Sparkline
        className="h-5"
        values={cpu}
        slots={SPARK_SLOTS}
        floor={5}
        label={`CPU of ${name}, last five minutes`}
      />
      <span className="text-right">{percent(latest?.cpuPercent)}</span>
      <span className="text-right">{formatBytes(latest?.rss)}</span>
      <span className="text-right">{formatLatency(latest?.loopLagMs)}</span>
    </li>
  );
}

function ofGateway(sample: Telemetry | null, name: string): GatewayTelemetry | undefined {
  return sample?.gateways?.find((entry) => entry.name === name);
}

/** Samples of the past are flat: they have the sum over all gateways alone. */
function cpuOf(sample: Telemetry, name: string, alone: boolean): number | null {
  return ofGateway(sample, name)?.cpuPercent ?? (alone ? (sample.gatewayCpuPercent ?? null) : null);
}

interface GatewayLineProps {
  name: string;
  /** The only gateway. */
  alone: boolean;
  label: string;
  state: GatewayState;
  startedAt?: string;
  now: number;
}

function GatewayLine({ name, alone, label, state, startedAt, now }: GatewayLineProps) {
  const { latest, recent } = useTelemetry();
  const cpu = useMemo(() => recent.map((sample) => cpuOf(sample, name, alone)), [recent, name, alone]);
  const live = state === 'live';
  const status = (
    <Status tone={GATEWAY_TONE[state] ?? 'idle'} quiet={live}>
      {live ? label : `${label} ${state}`}
    </Status>
  );
  return (
    <ProcessLine
      name={`gateway ${name}`}
      status={status}
      startedAt={live ? startedAt : undefined}
      now={now}
      latest={ofGateway(latest, name)}
      cpu={cpu}
    />
  );
}

function BoardLine({ overview, now }: { overview: Overview | undefined; now: number }) {
  const { latest, recent } = useTelemetry();
  const stream = useStreamState();
  const cpu = useMemo(
    () => recent.map(({ board, boardCpuPercent }) => board?.cpuPercent ?? boardCpuPercent ?? null),
    [recent],
  );
  const status = (
    <Status tone={stream.phase === 'live' ? 'ok' : 'warn'} quiet>
      boardd
    </Status>
  );
  const startedAt = overview?.board?.startedAt;
  return <ProcessLine name="boardd" status={status} startedAt={startedAt} now={now} latest={latest?.board} cpu={cpu} />;
}

/** Both processes side by side: the dashboard's own health must not hide behind the gateway's. */
export function Processes({ overview }: { overview: Overview | undefined }) {
  const { gateways } = useTelemetry();
  const now = useNow(1000);
  const infos = overview?.gateways ?? [];
  const names = [...new Set([...infos.map(({ name }) => name), ...Object.keys(gateways)])];
  return (
    <Section title="Processes" className="border-t">
      <div
        className={`${GRID} h-6 items-center text-2xs text-faint [&>*]:text-right [&>*:first-child]:text-left`}
        aria-hidden="true"
      >
        <span>Process</span>
        <span className="col-span-2">CPU</span>
        <span>Memory</span>
        <span>Loop lag</span>
      </div>
      <ul>
        {names.map((name) => {
          const info = infos.find((entry) => entry.name === name);
          return (
            <GatewayLine
              key={name}
              name={name}
              alone={names.length === 1}
              label={names.length > 1 ? name : 'gateway'}
              state={gateways[name] ?? info?.state ?? 'absent'}
              startedAt={info?.startedAt}
              now={now}
            />
          );
        })}
        <BoardLine overview={overview} now={now} />
      </ul>
    </Section>
  );
}
