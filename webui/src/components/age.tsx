import { formatAge, formatFull, NONE } from '@/lib/format';
import { useSettings } from '@/lib/settings';
import { useNow } from '@/lib/use-now';

/** 12 min, counting on; the time itself in its title. */
export function Age({ at }: { at: string | null | undefined }) {
  const now = useNow(1000);
  const { timeZone } = useSettings();
  if (!at) return <>{NONE}</>;
  return <span title={formatFull(at, timeZone)}>{formatAge(now - Date.parse(at))}</span>;
}
