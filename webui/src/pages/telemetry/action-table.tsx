import { useMemo, useState } from 'react';
import { Link } from 'react-router';
import type { ActionFigures } from '@/api/types';
import { useResource } from '@/api/use-resource';
import { Empty } from '@/components/layout';
import { cx } from '@/lib/class-names';
import { formatCount, formatLatency, formatPercent } from '@/lib/format';
import { quoteValue } from '@/messages/filter';

type Key = 'action' | 'count' | 'errors' | 'avgMs' | 'p50' | 'p90' | 'p99';

const COLUMNS: readonly { key: Key; text: string; show: (row: ActionFigures) => string }[] = [
  { key: 'count', text: 'Count', show: (row) => formatCount(row.count) },
  { key: 'errors', text: 'Errors', show: (row) => formatCount(row.errors) },
  { key: 'avgMs', text: 'Mean', show: (row) => formatLatency(row.avgMs) },
  { key: 'p50', text: 'p50', show: (row) => formatLatency(row.p50) },
  { key: 'p90', text: 'p90', show: (row) => formatLatency(row.p90) },
  { key: 'p99', text: 'p99', show: (row) => formatLatency(row.p99) },
];

/** Names go up, figures down. */
export function sorted(rows: readonly ActionFigures[], key: Key): ActionFigures[] {
  if (key === 'action') return rows.toSorted((a, b) => a.action.localeCompare(b.action));
  return rows.toSorted((a, b) => (b[key] ?? -1) - (a[key] ?? -1) || a.action.localeCompare(b.action));
}

interface HeadProps {
  name: Key;
  by: Key;
  onSort: (key: Key) => void;
  children: React.ReactNode;
}

function Head({ name, by, onSort, children }: HeadProps) {
  const direction = name === 'action' ? 'ascending' : 'descending';
  return (
    <th
      scope="col"
      aria-sort={by === name ? direction : undefined}
      className={cx('px-2 font-normal first:pl-3', name !== 'action' && 'text-right')}
    >
      <button type="button" className={cx('hover:text-ink', by === name && 'text-ink')} onClick={() => onSort(name)}>
        {by === name && <span aria-hidden="true">{name === 'action' ? '↑ ' : '↓ '}</span>}
        {children}
      </button>
    </th>
  );
}

function Row({ row, most }: { row: ActionFigures; most: number }) {
  return (
    <tr className="h-[26px] border-b border-line/60 hover:bg-panel">
      <th scope="row" className="px-2 pl-3 text-left font-normal">
        <Link
          className="hover:text-accent hover:underline"
          to={`/messages?filter=${encodeURIComponent(`action:${quoteValue(row.action)}`)}`}
        >
          {row.action}
        </Link>
      </th>
      {COLUMNS.map(({ key, show }) => (
        <td key={key} className={cx('px-2 text-right', key === 'errors' && (row.errors ? 'text-bad' : 'text-faint'))}>
          {show(row)}
        </td>
      ))}
      <td className="w-full px-3 phone:hidden">
        <span className="flex items-center gap-2">
          <span className="h-1.5 flex-1 bg-line" aria-hidden="true">
            <span className="block h-full bg-accent/75" style={{ width: `${(row.count / most) * 100}%` }} />
          </span>
          <span className="w-16 text-right text-xs text-muted">
            {row.errors > 0 ? `${formatPercent((row.errors / row.count) * 100)}` : ''}
          </span>
        </span>
      </td>
    </tr>
  );
}

/** What stations ask for, how often, and how long the answers take. */
export function ActionTable({ gateway }: { gateway: string }) {
  const { data } = useResource<ActionFigures[]>('telemetry/actions', { gateway }, 5000);
  const [by, setBy] = useState<Key>('count');
  const rows = useMemo(() => sorted(data ?? [], by), [data, by]);
  const most = Math.max(1, ...rows.map(({ count }) => count));
  return (
    <section aria-labelledby="actions" className="col-span-full min-w-0">
      <h2 id="actions" className="flex h-8 items-center border-b bg-panel px-3 text-xs font-semibold text-muted">
        Actions
      </h2>
      {data?.length === 0 && <Empty>No CALLs yet.</Empty>}
      {rows.length > 0 && (
        <div className="overflow-x-auto">
          <table className="w-full whitespace-nowrap">
            <thead>
              <tr className="h-7 border-b text-left text-xs text-muted">
                <Head name="action" by={by} onSort={setBy}>
                  Action
                </Head>
                {COLUMNS.map(({ key, text }) => (
                  <Head key={key} name={key} by={by} onSort={setBy}>
                    {text}
                  </Head>
                ))}
                <th scope="col" className="px-3 font-normal phone:hidden">
                  <span className="flex justify-between">
                    <span>Share</span>
                    <span>with an error</span>
                  </span>
                </th>
              </tr>
            </thead>
            <tbody>
              {rows.map((row) => (
                <Row key={row.action} row={row} most={most} />
              ))}
            </tbody>
          </table>
        </div>
      )}
    </section>
  );
}
