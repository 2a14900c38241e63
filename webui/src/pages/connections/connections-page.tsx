import { useEffect, useRef } from 'react';
import { useNavigate } from 'react-router';
import type { UnknownStation } from '@/api/types';
import { useResource } from '@/api/use-resource';
import { Segments } from '@/components/controls';
import { DataGrid, type Sort } from '@/components/data-grid';
import { Empty, Problem } from '@/components/layout';
import { stationPath } from '@/components/station-link';
import { useShortcuts } from '@/components/use-shortcuts';
import { formatCount } from '@/lib/format';
import { useUrlState } from '@/lib/use-url-state';
import { useTelemetry } from '@/stream/telemetry-store';
import { compactConnection, connectionColumns, SORT_KEYS } from './columns';
import { isPending, placeOf, type Slot, slotKey } from './slots';
import { ConnectionsToolbar, type Filters } from './toolbar';
import { UnknownStations } from './unknown-stations';
import { useConnections } from './use-connections';

function parseSort(text: string): Sort {
  const descending = text.startsWith('-');
  const column = text.replace(/^-/, '');
  return column in SORT_KEYS ? { column, descending } : { column: 'station', descending: false };
}

function filtersOf(params: URLSearchParams): Filters {
  const value = (name: string) => params.get(name) ?? '';
  return {
    q: value('q'),
    status: value('status'),
    protocol: value('protocol'),
    gateway: value('gateway'),
    problems: value('problems'),
  };
}

/** A row may be chosen before it is here: the choice goes over to the station that turns out to be there. */
function useResolvedSelection(
  selected: string | null,
  slots: readonly Slot[],
  onResolved: (key: string) => void,
): string | null {
  const at = placeOf(selected);
  const slot = at === null ? undefined : slots[at];
  const resolved = slot && !isPending(slot) ? slotKey(slot) : selected;
  useEffect(() => {
    if (resolved !== null && resolved !== selected) onResolved(resolved);
  });
  return resolved;
}

export default function ConnectionsPage() {
  const navigate = useNavigate();
  const [params, change] = useUrlState();
  const filters = filtersOf(params);
  const sort = parseSort(params.get('sort') ?? '');
  const view = params.get('view') === 'unknown' ? 'unknown' : 'stations';
  const searchInput = useRef<HTMLInputElement>(null);
  const scroller = useRef<HTMLDivElement>(null);
  const gateways = Object.keys(useTelemetry().gateways);
  const query = {
    status: filters.status || 'all',
    protocol: filters.protocol,
    gateway: filters.gateway,
    problems: filters.problems,
    q: filters.q.trim(),
    sort: `${sort.descending ? '-' : ''}${SORT_KEYS[sort.column] ?? 'identity'}`,
  };
  const { slots, total, error, loading, refresh, onRange } = useConnections(query);
  const unknown = useResource<UnknownStation[]>('unknown-stations', { gateway: filters.gateway }, 10_000).data;
  const queryKey = JSON.stringify(query);
  useShortcuts({ '/': () => searchInput.current?.focus() });
  const selected = useResolvedSelection(params.get('at'), slots, (at) => change({ at }));

  // biome-ignore lint/correctness/useExhaustiveDependencies: another list begins at its top
  useEffect(() => {
    scroller.current?.scrollTo({ top: 0 });
  }, [queryKey]);

  function open(slot: Slot) {
    if (!isPending(slot)) navigate(stationPath(slot.identity, gateways.length > 1 ? slot.gateway : undefined));
  }

  return (
    <>
      <ConnectionsToolbar filters={filters} gateways={gateways} onChange={change} searchRef={searchInput}>
        <span className="ml-auto text-xs text-muted" role="status">
          {view === 'stations' && total !== undefined && `${formatCount(total)} stations`}
        </span>
        <Segments
          label="View"
          value={view}
          options={[
            { value: 'stations', label: 'Stations' },
            { value: 'unknown', label: `Unknown${unknown?.length ? ` ${formatCount(unknown.length)}` : ''}` },
          ]}
          onChange={(value) => change({ view: value === 'stations' ? '' : value })}
        />
      </ConnectionsToolbar>
      {error && error.status !== 0 && <Problem onRetry={refresh}>{error.message}</Problem>}
      {view === 'unknown' ? (
        <UnknownStations stations={unknown} />
      ) : (
        <DataGrid
          label="Connections"
          scrollRef={scroller}
          rows={slots}
          columns={connectionColumns(gateways.length > 1)}
          rowKey={slotKey}
          rowVersion={(row) => row}
          compact={compactConnection}
          selected={selected}
          onSelect={(row) => (slotKey(row) === selected ? open(row) : change({ at: slotKey(row) }))}
          onOpen={open}
          sort={sort}
          onSort={(column) => {
            const descending = sort.column === column ? !sort.descending : false;
            change({ sort: `${descending ? '-' : ''}${column}` });
          }}
          onRange={onRange}
          empty={<Empty>{total === undefined || loading ? '' : 'No station matches.'}</Empty>}
        />
      )}
    </>
  );
}
