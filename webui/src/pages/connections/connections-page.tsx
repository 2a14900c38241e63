import { useMemo, useRef } from 'react';
import { useNavigate, useSearchParams } from 'react-router';
import type { Connection } from '@/api/types';
import { Chip, Segments, Select, TextField } from '@/components/controls';
import { DataGrid, type Sort } from '@/components/data-grid';
import { Empty, Problem, Toolbar } from '@/components/layout';
import { stationPath } from '@/components/station-link';
import { useShortcuts } from '@/components/use-shortcuts';
import { formatCount } from '@/lib/format';
import { problemsOf } from '@/lib/problems';
import { useDebounced } from '@/lib/use-debounced';
import { useNow } from '@/lib/use-now';
import { useTelemetry } from '@/stream/telemetry-store';
import { CONNECTION_COLUMNS, compactConnection, SORT_KEYS } from './columns';
import { useConnections } from './use-connections';

const STATUSES = [
  { value: 'all', label: 'All' },
  { value: 'online', label: 'Online' },
  { value: 'offline', label: 'Offline' },
  { value: 'evicted', label: 'Evicted' },
] as const;
type StatusFilter = (typeof STATUSES)[number]['value'];

function keyOf(row: Connection): string {
  return `${row.gateway}/${row.identity}`;
}

function useParam(name: string): [string, (value: string) => void] {
  const [params, setParams] = useSearchParams();
  const set = (value: string) =>
    setParams(
      (previous) => {
        if (value) previous.set(name, value);
        else previous.delete(name);
        return previous;
      },
      { replace: true },
    );
  return [params.get(name) ?? '', set];
}

function parseSort(text: string): Sort {
  const descending = text.startsWith('-');
  const column = text.replace(/^-/, '');
  return column in SORT_KEYS ? { column, descending } : { column: 'station', descending: false };
}

export default function ConnectionsPage() {
  const navigate = useNavigate();
  const [status, setStatus] = useParam('status');
  const [protocol, setProtocol] = useParam('protocol');
  const [gateway, setGateway] = useParam('gateway');
  const [search, setSearch] = useParam('q');
  const [sortText, setSort] = useParam('sort');
  const [problems, setProblems] = useParam('problems');
  const [selected, setSelected] = useParam('at');
  const searchInput = useRef<HTMLInputElement>(null);
  const { gateways } = useTelemetry();
  const now = useNow(5000);
  const sort = parseSort(sortText);
  const query = useDebounced(search);
  const { rows, total, error, loadMore, refresh } = useConnections({
    status: status || 'all',
    protocol,
    gateway,
    q: query,
    sort: `${sort.descending ? '-' : ''}${SORT_KEYS[sort.column] ?? 'identity'}`,
  });
  const shown = useMemo(
    () => (problems ? rows.filter((row) => problemsOf(row, now).length > 0) : rows),
    [rows, problems, now],
  );
  useShortcuts({ '/': () => searchInput.current?.focus() });

  function onSort(column: string) {
    const descending = sort.column === column ? !sort.descending : false;
    setSort(`${descending ? '-' : ''}${column}`);
  }

  return (
    <>
      <Toolbar label="Connections">
        <TextField
          ref={searchInput}
          type="search"
          aria-label="Search by identity"
          placeholder="Identity"
          className="w-56 font-mono text-xs phone:w-full"
          value={search}
          onChange={(event) => setSearch(event.target.value)}
        />
        <Segments<StatusFilter>
          label="Status"
          value={(status || 'all') as StatusFilter}
          options={STATUSES}
          onChange={(value) => setStatus(value === 'all' ? '' : value)}
        />
        <Select aria-label="Protocol" value={protocol} onChange={(event) => setProtocol(event.target.value)}>
          <option value="">Any version</option>
          <option value="ocpp1.6">OCPP 1.6</option>
          <option value="ocpp2.0.1">OCPP 2.0.1</option>
          <option value="ocpp2.1">OCPP 2.1</option>
        </Select>
        {Object.keys(gateways).length > 1 && (
          <Select aria-label="Gateway" value={gateway} onChange={(event) => setGateway(event.target.value)}>
            <option value="">Any gateway</option>
            {Object.keys(gateways).map((name) => (
              <option key={name}>{name}</option>
            ))}
          </Select>
        )}
        <Chip pressed={problems !== ''} onClick={() => setProblems(problems ? '' : '1')}>
          Only problems
        </Chip>
        <span className="ml-auto text-xs text-muted">
          {problems ? `${formatCount(shown.length)} of ` : ''}
          {formatCount(total)} stations
        </span>
      </Toolbar>
      {error && error.status !== 0 && <Problem onRetry={refresh}>{error.message}</Problem>}
      <DataGrid
        label="Connections"
        rows={shown}
        columns={CONNECTION_COLUMNS}
        rowKey={keyOf}
        rowVersion={(row) => row}
        compact={compactConnection}
        selected={selected}
        onSelect={(row) => {
          if (keyOf(row) === selected) navigate(stationPath(row.identity));
          else setSelected(keyOf(row));
        }}
        onOpen={(row) => navigate(stationPath(row.identity))}
        sort={sort}
        onSort={onSort}
        onNearEnd={loadMore}
        empty={<Empty>{total === undefined ? '' : 'No station matches.'}</Empty>}
      />
    </>
  );
}
