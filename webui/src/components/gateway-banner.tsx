import type { GatewayState } from '@/api/types';
import { useTelemetry } from '@/stream/telemetry-store';
import { Mark } from './status';
import { GATEWAY_TONE } from './status-bar';

const MEANING: Record<Exclude<GatewayState, 'live'>, string> = {
  hung: 'does not react. Stations stay connected, but get no answers; figures below are the last known.',
  down: 'is down. No station is served by it; figures below are the last known.',
  absent: 'has not been started yet.',
};

/** Says over every page that a gateway is not well, as figures would otherwise look like those of now. */
export function GatewayBanner() {
  const { gateways } = useTelemetry();
  return Object.entries(gateways).map(([name, state]) =>
    state === 'live' ? null : (
      <div key={name} role="alert" className="flex shrink-0 items-center gap-2 border-b bg-bad-tint px-3 py-1 text-xs">
        <Mark tone={GATEWAY_TONE[state] ?? 'bad'} />
        <span>
          Gateway {name} {MEANING[state]}
        </span>
      </div>
    ),
  );
}
