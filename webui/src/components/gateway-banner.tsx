import type { GatewayState } from '@/api/types';
import { useTelemetry } from '@/stream/telemetry-store';
import { Mark } from './status';
import { GATEWAY_TONE } from './status-bar';

const MEANING: Record<Exclude<GatewayState, 'live'>, string> = {
  hung: 'does not react. Stations stay connected, but get no answers; figures below are the last known.',
  down: 'is down. No station is served by it; figures below are the last known.',
  absent: 'has not been started yet.',
  silent: 'has not been heard of for some time; whether it runs is not known. Everything below is what was known last.',
  unreachable:
    'cannot be read: the store between it and this dashboard is out of reach. Everything below is what was known last.',
  capture: 'is a capture: everything below is as it was then, and its end is "now".',
};

/** Says over every page that a gateway is not well, as figures would otherwise look like those of now. */
export function GatewayBanner() {
  const { gateways } = useTelemetry();
  return Object.entries(gateways).map(([name, state]) =>
    state === 'live' ? null : (
      <div
        key={name}
        role={state === 'capture' ? 'status' : 'alert'}
        className={`flex shrink-0 items-center gap-2 border-b px-3 py-1 text-xs ${state === 'capture' ? '' : 'bg-bad-tint'}`}
      >
        <Mark tone={GATEWAY_TONE[state] ?? 'bad'} />
        <span>
          Gateway {name} {MEANING[state]}
        </span>
      </div>
    ),
  );
}
