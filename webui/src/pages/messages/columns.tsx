import type { Column } from '@/components/data-grid';
import { StationLink } from '@/components/station-link';
import { Time } from '@/components/time';
import { formatCount } from '@/lib/format';
import { actionOf, directionOf, type Exchange, errorOf, first, outcomeOf, type Row } from '@/messages/exchange';
import { summaryOf } from '@/messages/summary';
import { Latency, OutcomeLabel } from './outcome';

function onExchange(cell: (exchange: Exchange) => React.ReactNode): (row: Row) => React.ReactNode {
  return (row) => (row.kind === 'exchange' ? cell(row) : null);
}

export function DirectionArrow({ exchange }: { exchange: Exchange }) {
  const incoming = directionOf(exchange) === 'IN';
  return (
    <span
      className={incoming ? 'text-muted' : 'font-medium text-accent'}
      title={incoming ? 'The station asked' : 'The gateway asked'}
    >
      {incoming ? 'in' : 'out'}
    </span>
  );
}

function summaryLine(exchange: Exchange): string {
  const error = errorOf(exchange);
  if (error) return error.description || error.code;
  return summaryOf(first(exchange));
}

const STATION: Column<Row> = {
  id: 'station',
  header: 'Station',
  width: 'minmax(8rem,13rem)',
  cell: onExchange((exchange) => <StationLink identity={first(exchange).identity} />),
};

export const MESSAGE_COLUMNS: Column<Row>[] = [
  {
    id: 'time',
    header: 'Time',
    width: '7rem',
    mono: true,
    fits: true,
    cell: onExchange(({ time }) => <Time at={time} />),
  },
  {
    id: 'direction',
    header: 'Dir',
    width: '2.75rem',
    fits: true,
    cell: onExchange((row) => <DirectionArrow exchange={row} />),
  },
  STATION,
  {
    id: 'action',
    header: 'Action',
    width: 'minmax(9rem,14rem)',
    cell: onExchange((row) => actionOf(row) || <span className="text-faint">unknown</span>),
  },
  {
    id: 'outcome',
    header: 'Outcome',
    width: '10.5rem',
    fits: true,
    late: true,
    cell: onExchange((row) => <OutcomeLabel exchange={row} />),
  },
  {
    id: 'latency',
    header: 'Latency',
    width: '8.5rem',
    fits: true,
    late: true,
    cell: onExchange((row) => <Latency exchange={row} />),
  },
  {
    id: 'summary',
    header: 'Content',
    width: 'minmax(10rem,1fr)',
    late: true,
    cell: onExchange((row) => <span className="text-muted">{summaryLine(row)}</span>),
  },
];

export const STATION_MESSAGE_COLUMNS = MESSAGE_COLUMNS.filter((column) => column.id !== 'station');

export function GapRow({ row }: { row: Row }) {
  if (row.kind === 'exchange') return null;
  const what =
    row.kind === 'lost'
      ? 'messages were overwritten before the dashboard read them'
      : 'messages were left out to keep this page readable; narrow the filter or look at one station to see all';
  return (
    <span className="truncate text-xs text-warn">
      {formatCount(row.count)} {what}
    </span>
  );
}

export function messageBanner(row: Row): React.ReactNode | null {
  return row.kind === 'exchange' ? null : <GapRow row={row} />;
}

export function compactMessage(row: Row): React.ReactNode {
  if (row.kind !== 'exchange') return <GapRow row={row} />;
  return (
    <div className="flex flex-col">
      <div className="flex items-baseline gap-2">
        <span className="min-w-0 truncate font-medium">{actionOf(row) || 'unknown'}</span>
        <span className="min-w-0 flex-1 truncate font-mono text-xs text-muted">{first(row).identity}</span>
        <span className="shrink-0 font-mono text-xs text-muted">
          <Time at={row.time} />
        </span>
      </div>
      <div className="flex items-baseline gap-2 text-xs">
        <DirectionArrow exchange={row} />
        <span className="min-w-0 flex-1 truncate text-muted">{summaryLine(row)}</span>
        <span className="shrink-0">
          <OutcomeLabel exchange={row} />
        </span>
      </div>
    </div>
  );
}

export function rowTone(row: Row): string | undefined {
  if (row.kind !== 'exchange') return 'bg-warn-tint';
  const outcome = outcomeOf(row, Date.now());
  return outcome === 'error' || outcome === 'timeout' ? 'bg-bad-tint' : undefined;
}

/** Tells the memoised row that its exchange changed. */
export function rowVersion(row: Row): unknown {
  if (row.kind !== 'exchange') return row.count;
  return `${row.call?.id}/${row.answer?.id}/${row.partial}`;
}
