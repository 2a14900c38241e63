import type { Connection } from '@/api/types';
import { Status } from '@/components/status';
import { useNow } from '@/lib/use-now';
import { STALE_MS } from './problems';

export function StationStatus({ row }: { row: Connection }) {
  const now = useNow(5000);
  if (row.status === 'online') {
    const last = row.lastMessageAt ? Date.parse(row.lastMessageAt) : null;
    const stale = last !== null && now - last > STALE_MS;
    return stale ? (
      <Status tone="warn">stale</Status>
    ) : (
      <Status tone="ok" quiet>
        online
      </Status>
    );
  }
  return <Status tone={row.status === 'evicted' ? 'warn' : 'idle'}>{row.status}</Status>;
}
