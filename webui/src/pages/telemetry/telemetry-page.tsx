import { useCallback, useDeferredValue, useMemo } from 'react';
import { Link } from 'react-router';
import { Button, Segments, Select } from '@/components/controls';
import { Empty, Problem, Toolbar } from '@/components/layout';
import { useShortcuts } from '@/components/use-shortcuts';
import { formatClock, formatDuration } from '@/lib/format';
import { useSettings } from '@/lib/settings';
import { useUrlState } from '@/lib/use-url-state';
import { useTelemetry } from '@/stream/telemetry-store';
import { ActionTable } from './action-table';
import { Chart } from './chart';
import { chartsFor } from './charts';
import { messagesPath, RANGES, type RangeName, rangeOf, type Zoom, zoomOf } from './ranges';
import { useHistory } from './use-history';

const OPTIONS = Object.keys(RANGES).map((name) => ({ value: name as RangeName, label: name }));

function ZoomedTo({ zoom, onOut }: { zoom: Zoom; onOut: () => void }) {
  const { timeZone } = useSettings();
  return (
    <>
      <span className="whitespace-nowrap">
        {formatClock(zoom.from, timeZone)} to {formatClock(zoom.to, timeZone)}
        <span className="pl-2 text-muted">{formatDuration(zoom.to - zoom.from)}</span>
      </span>
      <Button onClick={onOut}>Zoom out</Button>
    </>
  );
}

export default function TelemetryPage() {
  const [params, change] = useUrlState();
  const range = rangeOf(params);
  const zoom = useMemo(() => zoomOf(params), [params]);
  const gateways = Object.keys(useTelemetry().gateways);
  const gateway = params.get('gateway') ?? '';
  const history = useHistory(range, gateway, zoom);
  const { error, from, to } = history;
  // drawn between other work, chart by chart
  const drawn = useDeferredValue(history);
  const { points } = drawn;
  // not of the samples: those of the server's history name no gateways
  const names = gateway || gateways.join('\n');
  const charts = useMemo(() => chartsFor(points, names ? names.split('\n') : []), [points, names]);
  const onZoom = useCallback((next: Zoom) => change({ from: String(next.from), to: String(next.to) }, true), [change]);
  const zoomOut = () => change({ from: null, to: null });
  useShortcuts({ Escape: zoomOut });
  return (
    <>
      <Toolbar label="Telemetry">
        <Segments<RangeName>
          label="Range"
          value={range}
          options={OPTIONS}
          onChange={(value) => change({ range: value, from: null, to: null })}
        />
        {gateways.length > 1 && (
          <Select aria-label="Gateway" value={gateway} onChange={(event) => change({ gateway: event.target.value })}>
            <option value="">All gateways</option>
            {gateways.map((name) => (
              <option key={name}>{name}</option>
            ))}
          </Select>
        )}
        {zoom ? (
          <ZoomedTo zoom={zoom} onOut={zoomOut} />
        ) : (
          <span className="text-xs text-muted phone:hidden">Drag over a chart to zoom in</span>
        )}
        <Link to={messagesPath({ from, to })} className="ml-auto whitespace-nowrap text-accent hover:underline">
          Messages of this time
        </Link>
      </Toolbar>
      {error && <Problem>{error}</Problem>}
      <div className="grid min-h-0 flex-1 grid-cols-2 content-start overflow-auto phone:grid-cols-1 2xl:grid-cols-3">
        {points.length === 0 && (
          <div className="col-span-full">
            <Empty>
              {zoom ? 'No samples of this time are held.' : 'No samples yet. The first comes after two seconds.'}
            </Empty>
          </div>
        )}
        {charts.map((chart) => (
          <Chart key={chart.title} {...chart} points={points} from={drawn.from} to={drawn.to} onZoom={onZoom} />
        ))}
        <ActionTable gateway={gateway} />
      </div>
    </>
  );
}
