import type { Connection, Connector } from '@/api/types';
import type { Column } from '@/components/data-grid';
import { StationLink } from '@/components/station-link';
import { Mark, Status, type Tone } from '@/components/status';
import { DateTime } from '@/components/time';
import { formatAge, formatCount, formatProtocol, NONE } from '@/lib/format';
import { STALE_MS } from '@/lib/problems';
import { useNow } from '@/lib/use-now';
import { connectorsOf } from '@/stations/connector-tracker';

/** Column -> what the server sorts by. */
export const SORT_KEYS: Record<string, string> = {
  station: 'identity',
  status: 'status',
  since: 'connectedAt',
  last: 'lastMessageAt',
  messages: 'messageCount',
  errors: 'errorCount',
};

export function StationStatus({ row }: { row: Connection }) {
  const now = useNow(5000);
  if (row.status === 'online') {
    const last = row.lastMessageAt ? Date.parse(row.lastMessageAt) : null;
    const stale = last !== null && now - last > STALE_MS;
    return stale ? (
      <Status tone="warn">stale</Status>
    ) : (
      <Status tone="ok" quiet>
        online
      </Status>
    );
  }
  return <Status tone={row.status === 'evicted' ? 'warn' : 'idle'}>{row.status}</Status>;
}

export function Age({ at }: { at: string | null | undefined }) {
  const now = useNow(1000);
  return <>{at ? formatAge(now - Date.parse(at)) : NONE}</>;
}

const CONNECTOR_TONES: Record<string, Tone> = {
  Available: 'ok',
  Preparing: 'accent',
  Charging: 'accent',
  Occupied: 'accent',
  SuspendedEV: 'accent',
  SuspendedEVSE: 'accent',
  Finishing: 'accent',
  Reserved: 'accent',
  Unavailable: 'warn',
  Faulted: 'bad',
};

export function connectorTone(connector: Connector): Tone {
  return CONNECTOR_TONES[connector.status ?? ''] ?? 'idle';
}

export function connectorName(connector: Connector): string {
  if (connector.evseId !== undefined) return `EVSE ${connector.evseId}/${connector.connectorId ?? 1}`;
  return `Connector ${connector.connectorId ?? ''}`;
}

export function ConnectorMarks({ connectors }: { connectors: Connector[] | undefined }) {
  if (!connectors?.length) return <span className="text-faint">{NONE}</span>;
  const text = connectors
    .map((connector) => `${connectorName(connector)}: ${connector.status ?? 'unknown'}`)
    .join(', ');
  return (
    <span className="inline-flex items-center gap-1" title={text} role="img" aria-label={text}>
      {connectors.slice(0, 8).map((connector) => (
        <Mark key={`${connector.evseId}/${connector.connectorId}`} tone={connectorTone(connector)} />
      ))}
    </span>
  );
}

function closeText(row: Connection): string {
  if (row.status === 'online') return '';
  return [row.closeCode, row.closeReason].filter(Boolean).join(' ');
}

export const CONNECTION_COLUMNS: Column<Connection>[] = [
  {
    id: 'station',
    header: 'Station',
    width: 'minmax(9rem,16rem)',
    sortable: true,
    cell: (row) => <StationLink identity={row.identity} />,
  },
  { id: 'status', header: 'Status', width: '6.5rem', sortable: true, cell: (row) => <StationStatus row={row} /> },
  {
    id: 'connectors',
    header: 'Connectors',
    width: '6rem',
    cell: (row) => <ConnectorMarks connectors={connectorsOf(row)} />,
  },
  { id: 'protocol', header: 'OCPP', width: '4.5rem', cell: (row) => formatProtocol(row.protocol) },
  { id: 'profile', header: 'Profile', width: '4.5rem', align: 'right', cell: (row) => row.securityProfile ?? NONE },
  {
    id: 'address',
    header: 'Address',
    width: 'minmax(8rem,12rem)',
    mono: true,
    cell: (row) => <span className="text-muted">{row.remoteAddress ?? NONE}</span>,
  },
  {
    id: 'since',
    header: 'Connected',
    width: '10.5rem',
    sortable: true,
    cell: (row) => <DateTime at={row.connectedAt} />,
  },
  {
    id: 'last',
    header: 'Last message',
    width: '7.5rem',
    align: 'right',
    sortable: true,
    cell: (row) => <Age at={row.lastMessageAt} />,
  },
  {
    id: 'messages',
    header: 'Messages',
    width: '6.5rem',
    align: 'right',
    sortable: true,
    cell: (row) => formatCount(row.messageCount),
  },
  {
    id: 'errors',
    header: 'Errors',
    width: '5.5rem',
    align: 'right',
    sortable: true,
    cell: (row) => <span className={row.errorCount ? 'text-bad' : 'text-faint'}>{formatCount(row.errorCount)}</span>,
  },
  {
    id: 'reason',
    header: 'Closed with',
    width: 'minmax(7rem,1fr)',
    cell: (row) => <span className="text-muted">{closeText(row)}</span>,
  },
];

export function compactConnection(row: Connection): React.ReactNode {
  return (
    <div className="flex flex-col">
      <div className="flex items-center gap-2">
        <span className="min-w-0 flex-1 truncate">
          <StationLink identity={row.identity} />
        </span>
        <ConnectorMarks connectors={connectorsOf(row)} />
        <StationStatus row={row} />
      </div>
      <div className="flex gap-2 text-xs text-muted">
        <span>{formatProtocol(row.protocol)}</span>
        <span className="min-w-0 flex-1 truncate">{closeText(row) || row.remoteAddress}</span>
        <span>{formatCount(row.messageCount)} messages</span>
        <span className="w-12 text-right">
          <Age at={row.lastMessageAt ?? row.disconnectedAt} />
        </span>
      </div>
    </div>
  );
}
