import { type MouseEvent, useSyncExternalStore } from 'react';
import { basePath } from '@/api/base';
import { useGo } from '@/lib/go';
import { telemetryStore } from '@/stream/telemetry-store';

/** `gateway` only matters where several gateways could know the identity. */
export function stationPath(identity: string, gateway?: string): string {
  const path = `/station?id=${encodeURIComponent(identity)}`;
  return gateway ? `${path}&gateway=${encodeURIComponent(gateway)}` : path;
}

function areSeveral(): boolean {
  return Object.keys(telemetryStore.get().gateways).length > 1;
}

/** A plain anchor: the router's own costs a table a third of a row's time, and renders again with each change of the address. */
export function StationLink({ identity, gateway }: { identity: string; gateway?: string }) {
  const several = useSyncExternalStore(telemetryStore.subscribe, areSeveral);
  const go = useGo();
  const path = stationPath(identity, several ? gateway : undefined);
  function onClick(event: MouseEvent) {
    event.stopPropagation();
    if (event.metaKey || event.ctrlKey || event.shiftKey || event.altKey) return;
    event.preventDefault();
    go(path);
  }
  return (
    <a
      href={`${basePath}${path.slice(1)}`}
      title={`Open ${identity}`}
      className="font-mono text-xs hover:text-accent hover:underline"
      onClick={onClick}
    >
      {identity}
    </a>
  );
}
