import { get } from '@/api/http';
import type { Connection, Connector, OcppMessage } from '@/api/types';
import { onStream } from '@/stream/hub';
import { connectorKey } from './connectors';
import { connectorOf, sortConnectors } from './station-view';

/**
 * The last status of each connector, from StatusNotifications that the dashboard holds and that arrive. Where the server
 * gives a station's connectors itself, those count.
 */
const stations = new Map<string, Map<string, Connector>>();

function keyOf({ gateway, identity }: { gateway: string; identity: string }): string {
  return `${gateway}/${identity}`;
}

export function track(message: OcppMessage): void {
  if (message.method !== 'StatusNotification' || message.type !== 'CALL' || message.direction !== 'IN') return;
  const connectors = stations.get(keyOf(message)) ?? new Map<string, Connector>();
  stations.set(keyOf(message), connectors);
  const connector = connectorOf(message.params, message.timestamp);
  const known = connectors.get(connectorKey(connector));
  if (known?.timestamp && known.timestamp > message.timestamp) return;
  connectors.set(connectorKey(connector), connector);
}

export function connectorsOf(connection: Connection): Connector[] | undefined {
  if (connection.connectors) return connection.connectors;
  const connectors = stations.get(keyOf(connection));
  return connectors && sortConnectors(connectors.values());
}

let asked = false;

/** Reads what is held; once per page. */
export async function loadConnectors(): Promise<void> {
  if (asked) return;
  asked = true;
  try {
    const query = { method: 'StatusNotification', type: 'CALL', direction: 'IN', limit: 1000 };
    for (const message of await get<OcppMessage[]>('messages', query)) track(message);
  } catch {
    asked = false;
  }
}

onStream('message', track);
