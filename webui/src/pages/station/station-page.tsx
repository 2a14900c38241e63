import { useMemo, useState } from 'react';
import { Link, useNavigate, useSearchParams } from 'react-router';
import type { BootInfo, StationDetail } from '@/api/types';
import { useResource } from '@/api/use-resource';
import { DataGrid } from '@/components/data-grid';
import { Empty, Facts, Problem, Section } from '@/components/layout';
import { DateTime } from '@/components/time';
import { formatCount, formatLatency, formatProtocol, NONE } from '@/lib/format';
import { usePhone } from '@/lib/use-media';
import { first, type Row } from '@/messages/exchange';
import { quoteValue } from '@/messages/filter';
import type { MessageView } from '@/messages/message-store';
import { viewOf } from '@/stations/station-view';
import { Age, StationStatus } from '../connections/columns';
import { compactMessage, messageBanner, rowTone, rowVersion, STATION_MESSAGE_COLUMNS } from '../messages/columns';
import { DetailPane } from '../messages/detail-pane';
import { MessageDetail } from '../messages/message-detail';
import { Connectors } from './connectors';
import { SessionStrip } from './session-strip';
import { Transactions } from './transactions';
import { useStationMessages } from './use-station-messages';

function newestFirst(view: MessageView): Row[] {
  return view.rows.toReversed();
}

function latency(station: StationDetail): string {
  return formatLatency(station.avgLatencyMs);
}

function model(boot: BootInfo | null): string {
  return [boot?.vendor, boot?.model].filter(Boolean).join(' ') || NONE;
}

function StationFacts({ station, boot }: { station: StationDetail; boot: BootInfo | null }) {
  const closed = [station.closeCode, station.closeReason].filter(Boolean).join(' ');
  return (
    <Facts
      items={[
        ['Gateway', station.gateway],
        [
          'Address',
          <span key="a" className="font-mono text-xs">
            {station.remoteAddress ?? NONE}
          </span>,
        ],
        ['OCPP', formatProtocol(station.protocol)],
        ['Security profile', station.securityProfile ?? NONE],
        ['Model', model(boot)],
        ['Firmware', boot?.firmwareVersion ?? NONE],
        ['Serial number', boot?.serialNumber ?? NONE],
        ['Boot', station.bootStatus ?? boot?.status ?? NONE],
        ['Connected', <DateTime key="c" at={station.connectedAt} />],
        ['Disconnected', station.disconnectedAt ? <DateTime key="d" at={station.disconnectedAt} /> : NONE],
        ['Closed with', closed || NONE],
        ['Connects', formatCount(station.connects)],
      ]}
    />
  );
}

function StationFigures({ station }: { station: StationDetail }) {
  const figures: [string, React.ReactNode][] = [
    ['Messages', formatCount(station.messageCount)],
    [
      'Errors',
      <span key="e" className={station.errorCount ? 'text-bad' : ''}>
        {formatCount(station.errorCount)}
      </span>,
    ],
    ['Latency, mean', latency(station)],
    ['Last message', <Age key="l" at={station.lastMessageAt} />],
  ];
  return (
    <div className="grid shrink-0 grid-cols-4 gap-px border-b bg-line phone:grid-cols-2">
      {figures.map(([label, value]) => (
        <div key={label} className="bg-ground px-3 py-1.5">
          <div className="text-xs text-muted">{label}</div>
          <div className="text-base font-medium">{value}</div>
        </div>
      ))}
    </div>
  );
}

export default function StationPage() {
  const [params, setParams] = useSearchParams();
  const navigate = useNavigate();
  const phone = usePhone();
  const identity = params.get('id') ?? '';
  const {
    data: station,
    error,
    refresh,
  } = useResource<StationDetail>(identity ? `connections/${encodeURIComponent(identity)}` : null, undefined, 2000);
  const shownStation = station?.identity === identity ? station : undefined;
  const view = useStationMessages(identity, shownStation?.messages);
  const rows = useMemo(() => newestFirst(view), [view]);
  const told = useMemo(() => viewOf(view.rows), [view]);
  const [selected, setSelected] = useState<string | null>(null);
  const chosen = rows.find((row) => row.id === selected);

  if (!identity) return <Empty>No station was named. Choose one under Connections.</Empty>;
  if (error?.status === 404) {
    return (
      <Empty>
        No gateway knows a station {identity}.{' '}
        <button type="button" className="text-accent hover:underline" onClick={() => navigate('/connections')}>
          All connections
        </button>
      </Empty>
    );
  }
  return (
    <>
      <header className="flex min-h-10 shrink-0 flex-wrap items-center gap-x-3 border-b bg-panel px-3 py-1">
        <Link to="/connections" className="text-muted hover:text-ink hover:underline">
          Connections
        </Link>
        <span className="text-faint">/</span>
        <h1 className="font-mono text-sm font-semibold">{identity}</h1>
        {shownStation && <StationStatus row={shownStation} />}
        <div className="ml-auto flex items-center gap-2">
          <Link
            to={`/messages?filter=${encodeURIComponent(`station:${quoteValue(identity)}`)}`}
            className="text-accent hover:underline"
          >
            Open in Messages
          </Link>
        </div>
      </header>
      {error && error.status !== 0 && <Problem onRetry={refresh}>{error.message}</Problem>}
      <div className="grid min-h-0 flex-1 grid-cols-[20rem_minmax(0,1fr)] divide-x divide-line phone:block phone:overflow-auto">
        <div className="min-h-0 overflow-auto">
          {shownStation && (
            <>
              <Connectors connectors={shownStation.connectors ?? told.connectors} />
              <Transactions transactions={shownStation.transactions ?? told.transactions} />
              <Section title="Station">
                <StationFacts station={shownStation} boot={shownStation.boot ?? told.boot} />
              </Section>
            </>
          )}
        </div>
        <div className="flex min-h-0 min-w-0 flex-col phone:h-[36rem] phone:border-t">
          {shownStation && <StationFigures station={shownStation} />}
          <SessionStrip identity={identity} station={shownStation} />
          <DataGrid
            label={`Messages of ${identity}`}
            rows={rows}
            columns={STATION_MESSAGE_COLUMNS}
            rowKey={(row) => row.id}
            rowTone={rowTone}
            rowVersion={rowVersion}
            banner={messageBanner}
            compact={compactMessage}
            selected={selected}
            onSelect={(row) => row.kind === 'exchange' && setSelected(row.id)}
            onOpen={(row) => row.kind === 'exchange' && setParams({ id: identity, m: first(row).id })}
            empty={<Empty>No messages of this station are held.</Empty>}
          />
          {chosen?.kind === 'exchange' && (
            <DetailPane phone={phone}>
              <MessageDetail exchange={chosen} onClose={() => setSelected(null)} />
            </DetailPane>
          )}
        </div>
      </div>
    </>
  );
}
