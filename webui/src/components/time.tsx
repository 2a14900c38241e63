import { formatDateTime, formatFull, formatTime } from '@/lib/format';
import { useSettings } from '@/lib/settings';

type Stamp = string | number | null | undefined;

/** 14:03:07.123, with the date in its title. */
export function Time({ at }: { at: Stamp }) {
  const { timeZone } = useSettings();
  return <span title={formatFull(at, timeZone)}>{formatTime(at, timeZone)}</span>;
}

export function DateTime({ at }: { at: Stamp }) {
  const { timeZone } = useSettings();
  return <span title={formatFull(at, timeZone)}>{formatDateTime(at, timeZone)}</span>;
}
