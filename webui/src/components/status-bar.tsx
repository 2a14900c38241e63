import type { GatewayState } from '@/api/types';
import { formatClock, formatCount, formatLatency, formatRate } from '@/lib/format';
import { useSettings } from '@/lib/settings';
import { useNow } from '@/lib/use-now';
import { useTelemetry } from '@/stream/telemetry-store';
import { Status, type Tone } from './status';

export const GATEWAY_TONE: Record<GatewayState, Tone> = {
  live: 'ok',
  hung: 'warn',
  down: 'bad',
  absent: 'idle',
  silent: 'warn',
  unreachable: 'bad',
  capture: 'idle',
};

function Figure({ label, value, width }: { label: string; value: string; width: string }) {
  return (
    <span className="inline-flex gap-1.5 border-l pl-3">
      <span>{label}</span>
      <span className={`${width} text-ink`}>{value}</span>
    </span>
  );
}

/** One line that is always there: the gateways, what goes through them, the time. */
export function StatusBar() {
  const { latest, gateways } = useTelemetry();
  const { timeZone } = useSettings();
  const now = useNow();
  return (
    <footer className="flex h-6 shrink-0 items-center gap-3 overflow-hidden border-t bg-panel px-3 text-xs whitespace-nowrap text-muted phone:hidden">
      {Object.entries(gateways).map(([name, state]) => (
        <Status key={name} tone={GATEWAY_TONE[state] ?? 'idle'} quiet>
          gateway {name} {state === 'live' ? '' : state}
        </Status>
      ))}
      {Object.keys(gateways).length === 0 && <Status tone="idle">no gateway seen</Status>}
      <Figure label="stations" value={formatCount(latest?.connectionCount)} width="w-14" />
      <Figure label="messages/s" value={formatRate(latest?.messagesPerSecond)} width="w-12" />
      <Figure label="p99" value={formatLatency(latest?.latency?.p99)} width="w-16" />
      <span className="ml-auto">
        {formatClock(now, timeZone)} {timeZone === 'UTC' ? 'UTC' : ''}
      </span>
    </footer>
  );
}
