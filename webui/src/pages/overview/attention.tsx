import { Link } from 'react-router';
import type { Connection, Overview, StationProblem } from '@/api/types';
import { Empty, Section } from '@/components/layout';
import { StationLink } from '@/components/station-link';
import { Status } from '@/components/status';
import { formatAge, formatCount } from '@/lib/format';
import { useNow } from '@/lib/use-now';
import { PROBLEM_NAMES, PROBLEM_ORDER, problemsOf } from '@/stations/problems';

function Count({ kind, count }: { kind: StationProblem; count: number }) {
  return (
    <Link
      to={`/connections?problems=${kind}`}
      className="flex flex-col items-center border-r py-1 last:border-r-0 hover:bg-panel"
    >
      <span className={count > 0 ? 'font-medium' : 'text-faint'}>{formatCount(count)}</span>
      <span className="text-2xs text-muted">{PROBLEM_NAMES[kind]}</span>
    </Link>
  );
}

function Line({ station, now }: { station: Connection; now: number }) {
  const [worst, ...others] = problemsOf(station);
  return (
    <li className="grid h-[26px] shrink-0 grid-cols-[minmax(0,1fr)_minmax(0,1.5fr)_3rem] items-center gap-2 border-b border-line/60 px-3 hover:bg-panel">
      <span className="truncate">
        <StationLink identity={station.identity} gateway={station.gateway} />
      </span>
      <span className="truncate" title={[worst, ...others].map((problem) => problem?.text).join('\n')}>
        <Status tone={worst?.tone ?? 'warn'}>{worst?.text}</Status>
      </span>
      <span className="text-right text-xs text-muted">
        {worst?.since && worst.since < now ? formatAge(now - worst.since) : ''}
      </span>
    </li>
  );
}

/** Stations that somebody should look at, the worst first, and how many there are of each kind. */
export function Attention({ overview }: { overview: Overview | undefined }) {
  const now = useNow(5000);
  const counts = overview?.attention;
  // the list is up to a second old: some of them may be well again
  const stations = overview?.attentionStations?.filter((station) => problemsOf(station).length > 0);
  return (
    <Section
      title="Stations that need attention"
      className="min-h-40 flex-1 phone:min-h-0 phone:flex-none"
      aside={
        <Link to="/connections?problems=any" className="text-accent hover:underline">
          All with problems
        </Link>
      }
    >
      {counts && (
        <div className="grid shrink-0 grid-cols-5 border-b">
          {PROBLEM_ORDER.map((kind) => (
            <Count key={kind} kind={kind} count={counts[kind] ?? 0} />
          ))}
        </div>
      )}
      {stations?.length === 0 && <Empty>None. Every known station is connected and well.</Empty>}
      <ul className="min-h-0 flex-1 overflow-auto phone:max-h-[13rem]">
        {stations?.map((station) => (
          <Line key={`${station.gateway}/${station.identity}`} station={station} now={now} />
        ))}
      </ul>
    </Section>
  );
}
