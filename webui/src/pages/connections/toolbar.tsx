import type { RefObject } from 'react';
import type { StationProblem } from '@/api/types';
import { Chip, Segments, Select } from '@/components/controls';
import { Toolbar } from '@/components/layout';
import { SearchField } from '@/components/search-field';
import type { Change } from '@/lib/use-url-state';
import { PROBLEM_NAMES, PROBLEM_ORDER } from '@/stations/problems';

const STATUSES = [
  { value: 'all', label: 'All' },
  { value: 'online', label: 'Online' },
  { value: 'offline', label: 'Offline' },
  { value: 'evicted', label: 'Evicted' },
] as const;
type StatusFilter = (typeof STATUSES)[number]['value'];

export interface Filters {
  q: string;
  status: string;
  protocol: string;
  gateway: string;
  /** Empty, "any", or a kind of problem. */
  problems: string;
}

interface ToolbarProps {
  filters: Filters;
  gateways: readonly string[];
  onChange: (change: Change) => void;
  searchRef: RefObject<HTMLInputElement | null>;
  children: React.ReactNode;
}

function ProblemFilter({ value, onChange }: { value: string; onChange: (value: string) => void }) {
  return (
    <>
      <Chip pressed={value !== ''} onClick={() => onChange(value ? '' : 'any')}>
        Only problems
      </Chip>
      {value !== '' && (
        <Select aria-label="Kind of problem" value={value} onChange={(event) => onChange(event.target.value)}>
          <option value="any">Any problem</option>
          {PROBLEM_ORDER.map((kind: StationProblem) => (
            <option key={kind} value={kind}>
              {PROBLEM_NAMES[kind]}
            </option>
          ))}
        </Select>
      )}
    </>
  );
}

export function ConnectionsToolbar({ filters, gateways, onChange, searchRef, children }: ToolbarProps) {
  return (
    <Toolbar label="Connections">
      <SearchField
        ref={searchRef}
        label="Search by identity"
        placeholder="Identity"
        className="w-56 font-mono text-xs phone:w-full"
        value={filters.q}
        onSearch={(q) => onChange({ q })}
      />
      <Segments<StatusFilter>
        label="Status"
        value={(filters.status || 'all') as StatusFilter}
        options={STATUSES}
        onChange={(value) => onChange({ status: value === 'all' ? '' : value })}
      />
      <ProblemFilter value={filters.problems} onChange={(problems) => onChange({ problems })} />
      <Select
        aria-label="Protocol"
        value={filters.protocol}
        onChange={(event) => onChange({ protocol: event.target.value })}
      >
        <option value="">Any version</option>
        <option value="ocpp1.6">OCPP 1.6</option>
        <option value="ocpp2.0.1">OCPP 2.0.1</option>
        <option value="ocpp2.1">OCPP 2.1</option>
      </Select>
      {gateways.length > 1 && (
        <Select
          aria-label="Gateway"
          value={filters.gateway}
          onChange={(event) => onChange({ gateway: event.target.value })}
        >
          <option value="">Any gateway</option>
          {gateways.map((name) => (
            <option key={name}>{name}</option>
          ))}
        </Select>
      )}
      {children}
    </Toolbar>
  );
}
