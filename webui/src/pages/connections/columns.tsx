import type { Connection } from '@/api/types';
import { Age } from '@/components/age';
import type { Column } from '@/components/data-grid';
import { StationLink } from '@/components/station-link';
import { Status } from '@/components/status';
import { formatCount, formatLatency, formatProtocol, NONE } from '@/lib/format';
import { ConnectorMarks } from '@/stations/connector-marks';
import { closeText, problemsOf } from '@/stations/problems';
import { StationStatus } from '@/stations/station-status';
import { isPending, type Slot } from './slots';

/** Column -> what the server sorts by. */
export const SORT_KEYS: Record<string, string> = {
  station: 'identity',
  status: 'status',
  since: 'connectedAt',
  last: 'lastMessageAt',
  messages: 'messageCount',
  errors: 'errorCount',
};

/** What is wrong, or why it is gone; the rest in the title. */
function Trouble({ row }: { row: Connection }) {
  const [worst, ...others] = problemsOf(row);
  if (!worst) return <span className="text-muted">{closeText(row)}</span>;
  return (
    <span title={[worst, ...others].map(({ text }) => text).join('\n')}>
      <Status tone={worst.tone}>{worst.text}</Status>
      {others.length > 0 && <span className="pl-1.5 text-xs text-muted">+{others.length}</span>}
    </span>
  );
}

function cell(show: (row: Connection) => React.ReactNode): Column<Slot>['cell'] {
  return (slot) => (isPending(slot) ? null : show(slot));
}

const STATION: Column<Slot> = {
  id: 'station',
  header: 'Station',
  width: 'minmax(8rem,11rem)',
  sortable: true,
  cell: (slot) =>
    isPending(slot) ? (
      <span className="inline-block h-2 w-24 rounded-sm bg-line align-middle" />
    ) : (
      <StationLink identity={slot.identity} gateway={slot.gateway} />
    ),
};

const GATEWAY: Column<Slot> = {
  id: 'gateway',
  header: 'Gateway',
  width: 'minmax(5rem,6rem)',
  cell: cell((row) => row.gateway),
};

const REST: Column<Slot>[] = [
  { id: 'status', header: 'Status', width: '6rem', sortable: true, cell: cell((row) => <StationStatus row={row} />) },
  {
    id: 'connectors',
    header: 'Connectors',
    width: '6.75rem',
    cell: cell((row) => <ConnectorMarks connectors={row.connectors} />),
  },
  {
    id: 'problem',
    header: 'Problem',
    width: 'minmax(10rem,1fr)',
    cell: cell((row) => <Trouble row={row} />),
  },
  { id: 'protocol', header: 'OCPP', width: '3.75rem', cell: cell((row) => formatProtocol(row.protocol)) },
  {
    id: 'profile',
    header: <abbr title="Security profile">Sec.</abbr>,
    width: '3rem',
    align: 'right',
    cell: cell((row) => row.securityProfile ?? NONE),
  },
  {
    id: 'address',
    header: 'Address',
    width: 'minmax(8.5rem,10rem)',
    mono: true,
    cell: cell((row) => <span className="text-muted">{row.remoteAddress ?? NONE}</span>),
  },
  {
    id: 'since',
    header: 'Connected',
    width: '6rem',
    align: 'right',
    sortable: true,
    cell: cell((row) => <Age at={row.connectedAt} />),
  },
  {
    id: 'last',
    header: 'Last message',
    width: '7rem',
    align: 'right',
    sortable: true,
    cell: cell((row) => <Age at={row.lastMessageAt} />),
  },
  {
    id: 'latency',
    header: 'Latency',
    width: '5rem',
    align: 'right',
    cell: cell((row) => formatLatency(row.avgLatencyMs)),
  },
  {
    id: 'messages',
    header: 'Messages',
    width: '6rem',
    align: 'right',
    sortable: true,
    cell: cell((row) => formatCount(row.messageCount)),
  },
  {
    id: 'errors',
    header: 'Errors',
    width: '5rem',
    align: 'right',
    sortable: true,
    cell: cell((row) => (
      <span className={row.errorCount ? 'text-bad' : 'text-faint'}>{formatCount(row.errorCount)}</span>
    )),
  },
];

const COLUMNS = [STATION, ...REST];
const WITH_GATEWAY = [STATION, GATEWAY, ...REST];

export function connectionColumns(severalGateways: boolean): readonly Column<Slot>[] {
  return severalGateways ? WITH_GATEWAY : COLUMNS;
}

export function compactConnection(slot: Slot): React.ReactNode {
  if (isPending(slot)) return <span className="inline-block h-2 w-24 rounded-sm bg-line" />;
  const worst = problemsOf(slot)[0];
  return (
    <div className="flex flex-col">
      <div className="flex items-center gap-2">
        <span className="min-w-0 flex-1 truncate">
          <StationLink identity={slot.identity} gateway={slot.gateway} />
        </span>
        <ConnectorMarks connectors={slot.connectors} />
        <StationStatus row={slot} />
      </div>
      <div className="flex gap-2 text-xs text-muted">
        <span>{formatProtocol(slot.protocol)}</span>
        <span className="min-w-0 flex-1 truncate">
          {worst ? <Status tone={worst.tone}>{worst.text}</Status> : closeText(slot) || slot.remoteAddress}
        </span>
        <span>{formatCount(slot.messageCount)} msg</span>
        <span className="w-12 text-right">
          <Age at={slot.lastMessageAt ?? slot.disconnectedAt} />
        </span>
      </div>
    </div>
  );
}
