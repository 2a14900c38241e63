import { useMemo } from 'react';
import type { SecurityEvent } from '@/api/types';
import { Chip, Segments, Select } from '@/components/controls';
import { DataGrid } from '@/components/data-grid';
import { Empty, Problem, Toolbar } from '@/components/layout';
import { SearchField } from '@/components/search-field';
import { useShortcuts } from '@/components/use-shortcuts';
import { formatCount } from '@/lib/format';
import { type Change, useUrlState } from '@/lib/use-url-state';
import { CATEGORIES, categoryText } from './categories';
import { compactEvent, compactSource, EVENT_COLUMNS, SOURCE_COLUMNS } from './columns';
import { groupBySource } from './group';
import { SEVERITIES } from './lanes';
import { SecurityDetail } from './security-detail';
import { Timeline } from './timeline';
import { type EventFilter, useEvents } from './use-events';

const VIEWS = [
  { value: 'events', label: 'Events' },
  { value: 'sources', label: 'By source' },
] as const;
type View = (typeof VIEWS)[number]['value'];

const SPANS = { '1h': 3_600_000, '6h': 21_600_000, '24h': 86_400_000 } as const;
type Span = keyof typeof SPANS;
const SPAN_OPTIONS = [
  { value: '1h', label: '1 h' },
  { value: '6h', label: '6 h' },
  { value: '24h', label: '24 h' },
] as const;

function spanOf(params: URLSearchParams): Span {
  const asked = params.get('span') ?? '';
  return asked in SPANS ? (asked as Span) : '1h';
}

interface FiltersProps {
  filter: EventFilter;
  onChange: (change: Change) => void;
}

function Filters({ filter, onChange }: FiltersProps) {
  return (
    <>
      <SearchField
        label="Search"
        placeholder="Station, address or text"
        className="w-52 phone:w-full"
        value={filter.q}
        onSearch={(q) => onChange({ q })}
      />
      <Select
        aria-label="Category"
        value={filter.category}
        onChange={(event) => onChange({ category: event.target.value })}
      >
        <option value="">Any category</option>
        {CATEGORIES.map((name) => (
          <option key={name} value={name}>
            {categoryText(name)}
          </option>
        ))}
      </Select>
      <Select
        aria-label="Severity"
        value={filter.severity}
        onChange={(event) => onChange({ severity: event.target.value })}
      >
        <option value="">Any severity</option>
        {SEVERITIES.map((name) => (
          <option key={name}>{name}</option>
        ))}
      </Select>
      {filter.source && (
        <Chip pressed onClick={() => onChange({ source: '' })}>
          from <span className="font-mono">{filter.source}</span> ✕
        </Chip>
      )}
      {filter.identity && (
        <Chip pressed onClick={() => onChange({ station: '' })}>
          station <span className="font-mono">{filter.identity}</span> ✕
        </Chip>
      )}
    </>
  );
}

function countText(shown: number, total: number | undefined): string {
  if (total === undefined) return '';
  return total > shown ? `newest ${formatCount(shown)} of ${formatCount(total)}` : `${formatCount(shown)} events`;
}

function filterOf(params: URLSearchParams): EventFilter {
  const value = (name: string) => params.get(name) ?? '';
  return {
    category: value('category'),
    severity: value('severity'),
    identity: value('station'),
    q: value('q'),
    source: value('source'),
  };
}

export default function SecurityPage() {
  const [params, change] = useUrlState();
  const filter = filterOf(params);
  const view: View = params.get('view') === 'sources' ? 'sources' : 'events';
  const span = spanOf(params);
  const selected = params.get('e');
  const { events, error, data, refresh } = useEvents({ ...filter, q: filter.q.trim() });
  const groups = useMemo(() => groupBySource(events), [events]);
  const chosen = events.find(({ id }) => id === selected);
  const close = () => change({ e: null });
  const empty = <Empty>{data ? 'No security events.' : ''}</Empty>;
  useShortcuts({ Escape: close });

  return (
    <>
      <Toolbar label="Security events">
        <Segments<View>
          label="View"
          value={view}
          options={VIEWS}
          onChange={(value) => change({ view: value === 'events' ? '' : value })}
        />
        <Segments<Span>
          label="Timeline of the last"
          value={span}
          options={SPAN_OPTIONS}
          onChange={(value) => change({ span: value === '1h' ? '' : value })}
        />
        <Filters filter={filter} onChange={change} />
        <span className="ml-auto text-xs text-muted" role="status">
          {countText(events.length, filter.source ? events.length : data?.totalCount)}
        </span>
      </Toolbar>
      {error && error.status !== 0 && <Problem onRetry={refresh}>{error.message}</Problem>}
      <Timeline
        events={events}
        span={SPANS[span]}
        severity={filter.severity}
        onSeverity={(severity) => change({ severity })}
      />
      {view === 'events' ? (
        <DataGrid<SecurityEvent>
          label="Security events"
          rows={events}
          columns={EVENT_COLUMNS}
          rowKey={(row) => row.id}
          compact={compactEvent}
          selected={selected}
          onSelect={(row) => change({ e: row.id })}
          empty={empty}
        />
      ) : (
        <DataGrid
          label="Security events by source"
          rows={groups}
          columns={SOURCE_COLUMNS}
          rowKey={(row) => row.source}
          rowVersion={(row) => row}
          compact={compactSource}
          onSelect={(row) => change({ view: '', source: row.source }, true)}
          empty={empty}
        />
      )}
      {chosen && <SecurityDetail event={chosen} onClose={close} />}
    </>
  );
}
