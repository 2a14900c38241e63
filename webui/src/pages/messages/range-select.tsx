import { X } from 'lucide-react';
import { IconButton, Select } from '@/components/controls';
import { formatClock, formatDateTime } from '@/lib/format';
import { type TimeZone, useSettings } from '@/lib/settings';

const RANGES = [
  ['', 'Any time'],
  ['5m', 'Last 5 min'],
  ['15m', 'Last 15 min'],
  ['1h', 'Last hour'],
  ['1d', 'Last 24 h'],
] as const;

interface RangeSelectProps {
  since: string;
  until: string;
  onChange: (range: { since: string; until: string }) => void;
}

function isRelative(since: string, until: string): boolean {
  return until === '' && RANGES.some(([value]) => value === since);
}

/** Times are in the address as the API takes them: so long ago, RFC 3339, or milliseconds since 1970. */
function timeOf(text: string): string | number {
  return /^\d+$/.test(text) ? Number(text) : text;
}

function fixedRange(since: string, until: string, zone: TimeZone): string {
  const from = since && formatDateTime(timeOf(since), zone);
  if (until === '') return `since ${from}`;
  const to = formatDateTime(timeOf(until), zone);
  if (from === '') return `until ${to}`;
  return `${from} – ${from.slice(0, 10) === to.slice(0, 10) ? formatClock(timeOf(until), zone) : to}`;
}

/** The last so many minutes; or a range that a link brought, which can be left. */
export function RangeSelect({ since, until, onChange }: RangeSelectProps) {
  const { timeZone } = useSettings();
  if (!isRelative(since, until)) {
    return (
      <span
        className="inline-flex h-6 shrink-0 items-center gap-1 rounded-md border border-accent bg-tint pl-2 text-xs whitespace-nowrap text-accent phone:h-8"
        data-testid="range"
      >
        {fixedRange(since, until, timeZone)}
        <IconButton
          label="Leave this range"
          className="h-6 phone:h-8"
          onClick={() => onChange({ since: '', until: '' })}
        >
          <X className="size-3.5" />
        </IconButton>
      </span>
    );
  }
  return (
    <Select
      aria-label="Time range"
      className="h-6! shrink-0 text-xs! phone:h-8!"
      value={since}
      onChange={(event) => onChange({ since: event.target.value, until: '' })}
    >
      {RANGES.map(([value, label]) => (
        <option key={value} value={value}>
          {label}
        </option>
      ))}
    </Select>
  );
}
