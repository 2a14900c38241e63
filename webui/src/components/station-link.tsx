import { useSyncExternalStore } from 'react';
import { Link } from 'react-router';
import { telemetryStore } from '@/stream/telemetry-store';

/** `gateway` only matters where several gateways could know the identity. */
export function stationPath(identity: string, gateway?: string): string {
  const path = `/station?id=${encodeURIComponent(identity)}`;
  return gateway ? `${path}&gateway=${encodeURIComponent(gateway)}` : path;
}

function areSeveral(): boolean {
  return Object.keys(telemetryStore.get().gateways).length > 1;
}

export function StationLink({ identity, gateway }: { identity: string; gateway?: string }) {
  const several = useSyncExternalStore(telemetryStore.subscribe, areSeveral);
  return (
    <Link
      to={stationPath(identity, several ? gateway : undefined)}
      title={`Open ${identity}`}
      className="font-mono text-xs hover:text-accent hover:underline"
      onClick={(event) => event.stopPropagation()}
    >
      {identity}
    </Link>
  );
}
