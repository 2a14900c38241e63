import type { SecurityEvent } from '@/api/types';
import { Age } from '@/components/age';
import type { Column } from '@/components/data-grid';
import { StationLink } from '@/components/station-link';
import { SeverityLabel } from '@/components/status';
import { DateTime } from '@/components/time';
import { formatCount, NONE } from '@/lib/format';
import { categoryText } from './categories';
import type { SourceGroup } from './group';

function times(count: number | undefined): string {
  return count && count > 1 ? `×${formatCount(count)}` : '';
}

export const EVENT_COLUMNS: Column<SecurityEvent>[] = [
  { id: 'time', header: 'Time', width: '10.5rem', cell: (row) => <DateTime at={row.timestamp} /> },
  { id: 'severity', header: 'Severity', width: '6rem', cell: (row) => <SeverityLabel severity={row.severity} /> },
  { id: 'category', header: 'Category', width: '9.5rem', cell: (row) => categoryText(row.category) },
  {
    id: 'station',
    header: 'Station',
    width: 'minmax(8rem,13rem)',
    cell: (row) =>
      row.identity ? (
        <StationLink identity={row.identity} gateway={row.gateway} />
      ) : (
        <span className="text-faint">{NONE}</span>
      ),
  },
  { id: 'address', header: 'Address', width: '11rem', mono: true, cell: (row) => row.remoteAddress ?? NONE },
  { id: 'count', header: 'Times', width: '4.5rem', align: 'right', cell: (row) => times(row.count) },
  {
    id: 'message',
    header: 'What happened',
    width: 'minmax(12rem,1fr)',
    cell: (row) => <span className="text-muted">{row.message}</span>,
  },
];

export const SOURCE_COLUMNS: Column<SourceGroup>[] = [
  { id: 'source', header: 'Source', width: 'minmax(9rem,16rem)', mono: true, cell: (row) => row.source },
  { id: 'severity', header: 'Worst', width: '6rem', cell: (row) => <SeverityLabel severity={row.worst} /> },
  { id: 'count', header: 'Events', width: '5.5rem', align: 'right', cell: (row) => formatCount(row.count) },
  { id: 'last', header: 'Last', width: '10.5rem', cell: (row) => <DateTime at={row.last} /> },
  {
    id: 'ago',
    header: 'Ago',
    width: '5rem',
    align: 'right',
    cell: (row) => (
      <span className="text-muted">
        <Age at={row.last} />
      </span>
    ),
  },
  {
    id: 'kinds',
    header: 'Categories',
    width: 'minmax(12rem,1fr)',
    cell: (row) => <span className="text-muted">{row.categories.map(categoryText).join(', ')}</span>,
  },
];

export function compactEvent(row: SecurityEvent): React.ReactNode {
  return (
    <div className="flex flex-col">
      <div className="flex items-center gap-2">
        <SeverityLabel severity={row.severity} />
        <span className="min-w-0 flex-1 truncate">
          {categoryText(row.category)} <span className="text-muted">{times(row.count)}</span>
        </span>
        <span className="text-xs text-muted">
          <DateTime at={row.timestamp} />
        </span>
      </div>
      <div className="truncate text-xs text-muted">
        {row.identity && <StationLink identity={row.identity} gateway={row.gateway} />} {row.message}
      </div>
    </div>
  );
}

export function compactSource(row: SourceGroup): React.ReactNode {
  return (
    <div className="flex flex-col">
      <div className="flex items-center gap-2">
        <span className="min-w-0 flex-1 truncate font-mono text-xs">{row.source}</span>
        <SeverityLabel severity={row.worst} />
        <span className="w-12 text-right">{formatCount(row.count)}</span>
      </div>
      <div className="flex gap-2 text-xs text-muted">
        <span className="min-w-0 flex-1 truncate">{row.categories.map(categoryText).join(', ')}</span>
        <Age at={row.last} />
      </div>
    </div>
  );
}
