import type { UnknownStation } from '@/api/types';
import { Age } from '@/components/age';
import { type Column, DataGrid } from '@/components/data-grid';
import { Empty } from '@/components/layout';
import { DateTime } from '@/components/time';
import { formatCount, NONE } from '@/lib/format';

const COLUMNS: Column<UnknownStation>[] = [
  { id: 'identity', header: 'Identity', width: 'minmax(9rem,18rem)', mono: true, cell: (row) => row.identity },
  { id: 'gateway', header: 'Gateway', width: 'minmax(5rem,9rem)', cell: (row) => row.gateway },
  {
    id: 'address',
    header: 'Last address',
    width: 'minmax(9rem,14rem)',
    mono: true,
    cell: (row) => <span className="text-muted">{row.remoteAddress ?? NONE}</span>,
  },
  { id: 'count', header: 'Tries', width: '5rem', align: 'right', cell: (row) => formatCount(row.count) },
  { id: 'first', header: 'First', width: '10.5rem', cell: (row) => <DateTime at={row.firstSeen} /> },
  { id: 'last', header: 'Last', width: '10.5rem', cell: (row) => <DateTime at={row.lastSeen} /> },
  { id: 'ago', header: 'Ago', width: 'minmax(5rem,1fr)', cell: (row) => <Age at={row.lastSeen} /> },
];

function compact(row: UnknownStation): React.ReactNode {
  return (
    <div className="flex flex-col">
      <div className="flex items-center gap-2">
        <span className="min-w-0 flex-1 truncate font-mono text-xs">{row.identity}</span>
        <span>{formatCount(row.count)} tries</span>
      </div>
      <div className="flex gap-2 text-xs text-muted">
        <span className="min-w-0 flex-1 truncate">{row.remoteAddress ?? row.gateway}</span>
        <Age at={row.lastSeen} />
      </div>
    </div>
  );
}

/** Who knocks and is on no list: stations to add, or somebody who should not knock. */
export function UnknownStations({ stations }: { stations: UnknownStation[] | undefined }) {
  return (
    <DataGrid
      label="Unknown stations"
      rows={stations ?? []}
      columns={COLUMNS}
      rowKey={(row) => `${row.gateway}/${row.identity}`}
      rowVersion={(row) => row}
      compact={compact}
      empty={<Empty>{stations && 'None. Every station that tried to connect is known to its gateway.'}</Empty>}
    />
  );
}
