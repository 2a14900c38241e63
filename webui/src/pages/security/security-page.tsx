import { useCallback, useEffect, useMemo, useState } from 'react';
import { useSearchParams } from 'react-router';
import type { SecurityEvent, Severity } from '@/api/types';
import { useResource } from '@/api/use-resource';
import { Segments, Select, TextField } from '@/components/controls';
import { type Column, DataGrid } from '@/components/data-grid';
import { Empty, Problem, Toolbar } from '@/components/layout';
import { StationLink } from '@/components/station-link';
import { SeverityLabel } from '@/components/status';
import { DateTime } from '@/components/time';
import { formatCount, NONE } from '@/lib/format';
import { useDebounced } from '@/lib/use-debounced';
import { onStream } from '@/stream/hub';
import { groupBySource, type SourceGroup } from './group';
import { SecurityDetail } from './security-detail';
import { Timeline } from './timeline';

const CATEGORIES = ['AUTH_FAILED', 'RATE_LIMIT', 'ANOMALY', 'PROTOCOL_VIOLATION', 'POLICY_REJECTION'] as const;
const SEVERITIES: readonly Severity[] = ['low', 'medium', 'high', 'critical'];

export function categoryText(category: string): string {
  const text = category.toLowerCase().replaceAll('_', ' ');
  return text.charAt(0).toUpperCase() + text.slice(1);
}

const COLUMNS: Column<SecurityEvent>[] = [
  { id: 'time', header: 'Time', width: '10.5rem', cell: (row) => <DateTime at={row.timestamp} /> },
  { id: 'severity', header: 'Severity', width: '6rem', cell: (row) => <SeverityLabel severity={row.severity} /> },
  { id: 'category', header: 'Category', width: '10rem', cell: (row) => categoryText(row.category) },
  {
    id: 'station',
    header: 'Station',
    width: 'minmax(8rem,13rem)',
    cell: (row) =>
      row.identity ? <StationLink identity={row.identity} /> : <span className="text-faint">{NONE}</span>,
  },
  { id: 'address', header: 'Address', width: '11rem', mono: true, cell: (row) => row.remoteAddress ?? NONE },
  {
    id: 'message',
    header: 'What happened',
    width: 'minmax(12rem,1fr)',
    cell: (row) => <span className="text-muted">{row.message}</span>,
  },
];

const GROUP_COLUMNS: Column<SourceGroup>[] = [
  { id: 'source', header: 'Source', width: 'minmax(9rem,16rem)', mono: true, cell: (row) => row.source },
  { id: 'count', header: 'Events', width: '6rem', align: 'right', cell: (row) => formatCount(row.count) },
  { id: 'severity', header: 'Worst', width: '6rem', cell: (row) => <SeverityLabel severity={row.worst} /> },
  { id: 'last', header: 'Last', width: '10.5rem', cell: (row) => <DateTime at={row.last} /> },
  {
    id: 'kinds',
    header: 'Categories',
    width: 'minmax(12rem,1fr)',
    cell: (row) => <span className="text-muted">{row.categories.map(categoryText).join(', ')}</span>,
  },
];

function compact(row: SecurityEvent): React.ReactNode {
  return (
    <div className="flex flex-col">
      <div className="flex items-center gap-2">
        <SeverityLabel severity={row.severity} />
        <span className="min-w-0 flex-1 truncate">{categoryText(row.category)}</span>
        <span className="text-xs text-muted">
          <DateTime at={row.timestamp} />
        </span>
      </div>
      <div className="truncate text-xs text-muted">
        {row.identity && <StationLink identity={row.identity} />} {row.message}
      </div>
    </div>
  );
}

function compactGroup(row: SourceGroup): React.ReactNode {
  return (
    <div className="flex items-center gap-2">
      <span className="min-w-0 flex-1 truncate font-mono text-xs">{row.source}</span>
      <SeverityLabel severity={row.worst} />
      <span className="w-12 text-right">{formatCount(row.count)}</span>
    </div>
  );
}

function useEvents(category: string, severity: string, identity: string) {
  const query = { category, severity, identity, limit: 1000 };
  const resource = useResource<{ events: SecurityEvent[]; totalCount: number }>('security-events', query, 30_000);
  const [fresh, setFresh] = useState<SecurityEvent[]>([]);
  const passes = useCallback(
    (event: SecurityEvent) =>
      (!category || event.category === category) &&
      (!severity || event.severity === severity) &&
      (!identity || event.identity === identity),
    [category, severity, identity],
  );
  useEffect(() => onStream('security', (event) => setFresh((previous) => [event, ...previous].slice(0, 1000))), []);
  const events = useMemo(() => {
    const known = new Set(resource.data?.events.map(({ id }) => id));
    return [...fresh.filter((event) => passes(event) && !known.has(event.id)), ...(resource.data?.events ?? [])];
  }, [fresh, resource.data, passes]);
  return { ...resource, events };
}

type View = 'events' | 'sources';
const VIEWS = [
  { value: 'events', label: 'Events' },
  { value: 'sources', label: 'By source' },
] as const;

export default function SecurityPage() {
  const [params, setParams] = useSearchParams();
  const category = params.get('category') ?? '';
  const severity = params.get('severity') ?? '';
  const station = params.get('station') ?? '';
  const view = (params.get('view') ?? 'events') as View;
  const selected = params.get('e');
  const { events, error, data, refresh } = useEvents(category, severity, useDebounced(station));
  const groups = useMemo(() => groupBySource(events), [events]);
  const chosen = events.find(({ id }) => id === selected);

  function change(name: string, value: string) {
    setParams(
      (previous) => {
        if (value) previous.set(name, value);
        else previous.delete(name);
        return previous;
      },
      { replace: true },
    );
  }

  return (
    <>
      <Toolbar label="Security events">
        <Segments<View>
          label="View"
          value={view}
          options={VIEWS}
          onChange={(value) => change('view', value === 'events' ? '' : value)}
        />
        <Select aria-label="Category" value={category} onChange={(event) => change('category', event.target.value)}>
          <option value="">Any category</option>
          {CATEGORIES.map((name) => (
            <option key={name} value={name}>
              {categoryText(name)}
            </option>
          ))}
        </Select>
        <Select aria-label="Severity" value={severity} onChange={(event) => change('severity', event.target.value)}>
          <option value="">Any severity</option>
          {SEVERITIES.map((name) => (
            <option key={name}>{name}</option>
          ))}
        </Select>
        <TextField
          type="search"
          aria-label="Station"
          placeholder="Station"
          className="w-48 font-mono text-xs"
          value={station}
          onChange={(event) => change('station', event.target.value)}
        />
        <span className="ml-auto text-xs text-muted">{formatCount(data?.totalCount)} events</span>
      </Toolbar>
      {error && error.status !== 0 && <Problem onRetry={refresh}>{error.message}</Problem>}
      <Timeline events={events} />
      {view === 'events' ? (
        <DataGrid
          label="Security events"
          rows={events}
          columns={COLUMNS}
          rowKey={(row) => row.id}
          compact={compact}
          selected={selected}
          onSelect={(row) => change('e', row.id)}
          empty={<Empty>{data ? 'No security events.' : ''}</Empty>}
        />
      ) : (
        <DataGrid
          label="Security events by source"
          rows={groups}
          columns={GROUP_COLUMNS}
          rowKey={(row) => row.source}
          rowVersion={(row) => row.count}
          compact={compactGroup}
          empty={<Empty>{data ? 'No security events.' : ''}</Empty>}
        />
      )}
      {chosen && <SecurityDetail event={chosen} onClose={() => change('e', '')} />}
    </>
  );
}
