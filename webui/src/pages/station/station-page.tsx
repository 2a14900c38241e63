import { Link } from 'react-router';
import type { StationDetail } from '@/api/types';
import { useResource } from '@/api/use-resource';
import { Empty, Problem } from '@/components/layout';
import { Status } from '@/components/status';
import { useShortcuts } from '@/components/use-shortcuts';
import { useUrlState } from '@/lib/use-url-state';
import { quoteValue } from '@/messages/filter';
import { problemsOf } from '@/stations/problems';
import { StationStatus } from '@/stations/station-status';
import { Connectors } from './connectors';
import { SessionStrip, type StripWindow } from './session-strip';
import { StationActions } from './station-actions';
import { LastError, StationFacts } from './station-facts';
import { StationFigures } from './station-figures';
import { StationMessages } from './station-messages';
import { Transactions } from './transactions';
import { useStationMessages } from './use-station-messages';

function Unknown({ identity }: { identity: string }) {
  return (
    <Empty>
      No gateway knows a station {identity}.{' '}
      <Link className="text-accent hover:underline" to="/connections">
        All connections
      </Link>
    </Empty>
  );
}

function Header({ identity, station }: { identity: string; station: StationDetail | undefined }) {
  const problems = station ? problemsOf(station).filter(({ kind }) => kind !== 'offline') : [];
  return (
    <header className="flex min-h-10 shrink-0 flex-wrap items-center gap-x-3 gap-y-1 border-b bg-panel px-3 py-1">
      <Link to="/connections" className="text-muted hover:text-ink hover:underline">
        Connections
      </Link>
      <span className="text-faint" aria-hidden="true">
        /
      </span>
      <h1 className="min-w-0 truncate font-mono text-sm font-semibold" title={identity}>
        {identity}
      </h1>
      {station && <StationStatus row={station} />}
      {problems.map(({ kind, text, tone }) => (
        <Status key={kind} tone={tone}>
          {text}
        </Status>
      ))}
      <div className="ml-auto flex flex-wrap items-center gap-2">
        {station && <StationActions station={station} />}
        <Link
          to={`/messages?filter=${encodeURIComponent(`station:${quoteValue(identity)}`)}`}
          className="pl-1 text-accent hover:underline"
        >
          Open in Messages
        </Link>
      </div>
    </header>
  );
}

export default function StationPage() {
  const [params, change] = useUrlState();
  const identity = params.get('id') ?? '';
  const gateway = params.get('gateway');
  const selected = params.get('m');
  const path = identity ? `connections/${encodeURIComponent(identity)}` : null;
  const { data, error, refresh } = useResource<StationDetail>(path, { gateway }, 2000);
  const station = data?.identity === identity ? data : undefined;
  const view = useStationMessages(identity, station?.messages);
  const closeMessage = () => change({ m: null });
  useShortcuts({ Escape: closeMessage });

  if (!identity) return <Empty>No station was named. Choose one under Connections.</Empty>;
  if (error?.status === 404) return <Unknown identity={identity} />;
  return (
    <>
      <Header identity={identity} station={station} />
      {error && error.status !== 0 && <Problem onRetry={refresh}>{error.message}</Problem>}
      <div className="grid min-h-0 flex-1 grid-cols-[22rem_minmax(0,1fr)] divide-x divide-line phone:block phone:overflow-auto">
        <div className="min-h-0 overflow-auto">
          {station && (
            <>
              <Connectors connectors={station.connectors ?? []} />
              <Transactions transactions={station.transactions ?? []} />
              <StationFacts station={station} />
              <LastError error={station.lastError} />
            </>
          )}
        </div>
        <div className="flex min-h-0 min-w-0 flex-col phone:h-[36rem] phone:border-t">
          {station && (
            <>
              <StationFigures station={station} />
              <SessionStrip
                station={station}
                window={(params.get('sessions') as StripWindow) === '24h' ? '24h' : '1h'}
                onWindow={(value) => change({ sessions: value === '1h' ? '' : value })}
              />
            </>
          )}
          <StationMessages identity={identity} view={view} selected={selected} onSelect={(m) => change({ m })} />
        </div>
      </div>
    </>
  );
}
