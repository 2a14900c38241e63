import { Link } from 'react-router';
import type { Connection } from '@/api/types';
import { useResource } from '@/api/use-resource';
import { Empty, Section } from '@/components/layout';
import { StationLink } from '@/components/station-link';
import { Status } from '@/components/status';
import { formatAge } from '@/lib/format';
import { problemsOf } from '@/lib/problems';
import { useNow } from '@/lib/use-now';

const SHOWN = 20;

/** Stations that somebody should look at, the worst first. */
export function Attention() {
  const { data } = useResource<Connection[]>('connections', { status: 'all', limit: 1000 }, 5000);
  const now = useNow(5000);
  const found = (data ?? [])
    .map((connection) => ({ connection, problem: problemsOf(connection, now)[0] }))
    .filter((entry) => entry.problem !== undefined)
    .sort(
      (a, b) =>
        (b.problem?.weight ?? 0) - (a.problem?.weight ?? 0) || (b.problem?.since ?? 0) - (a.problem?.since ?? 0),
    );
  return (
    <Section
      title="Stations that need attention"
      className="min-h-40 flex-1"
      aside={
        <Link to="/connections?problems=1" className="text-accent hover:underline">
          {found.length > SHOWN ? `All ${found.length}` : 'Connections'}
        </Link>
      }
    >
      {data && found.length === 0 && <Empty>None. Every known station is connected and well.</Empty>}
      <ul className="min-h-0 flex-1 overflow-hidden">
        {found.slice(0, SHOWN).map(({ connection, problem }) => (
          <li
            key={`${connection.gateway}/${connection.identity}`}
            className="grid h-[26px] grid-cols-[minmax(0,1fr)_minmax(0,1.3fr)_3.5rem] items-center gap-2 border-b border-line/60 px-3 hover:bg-panel"
          >
            <span className="truncate">
              <StationLink identity={connection.identity} />
            </span>
            <span className="truncate" title={problem?.text}>
              <Status tone={problem?.tone ?? 'warn'}>{problem?.text}</Status>
            </span>
            <span className="text-right text-xs text-muted">
              {problem?.since ? formatAge(now - problem.since) : ''}
            </span>
          </li>
        ))}
      </ul>
    </Section>
  );
}
