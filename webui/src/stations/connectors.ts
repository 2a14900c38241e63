import type { Connector } from '@/api/types';
import type { Tone } from '@/components/status';

/** What a connector does, whatever the version of OCPP calls it. */
export type ConnectorKind = 'free' | 'waiting' | 'charging' | 'reserved' | 'out' | 'fault' | 'unknown';

const KINDS: Record<string, ConnectorKind> = {
  Available: 'free',
  Preparing: 'waiting',
  Finishing: 'waiting',
  SuspendedEV: 'waiting',
  SuspendedEVSE: 'waiting',
  Occupied: 'charging',
  Charging: 'charging',
  Reserved: 'reserved',
  Unavailable: 'out',
  Faulted: 'fault',
};

export const CONNECTOR_TONES: Record<ConnectorKind, Tone> = {
  free: 'ok',
  waiting: 'accent',
  charging: 'accent',
  reserved: 'accent',
  out: 'warn',
  fault: 'bad',
  unknown: 'idle',
};

export function connectorKind({ status }: Connector): ConnectorKind {
  return KINDS[status ?? ''] ?? 'unknown';
}

export function connectorName({ evseId, connectorId }: Connector): string {
  if (evseId !== undefined) return `EVSE ${evseId}/${connectorId ?? 1}`;
  return `Connector ${connectorId ?? ''}`.trim();
}

export function connectorKey({ evseId, connectorId }: Connector): string {
  return `${evseId ?? ''}/${connectorId ?? ''}`;
}

export function connectorsText(connectors: readonly Connector[]): string {
  return connectors.map((connector) => `${connectorName(connector)}: ${connector.status ?? 'unknown'}`).join(', ');
}
