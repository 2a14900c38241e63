import { useMemo } from 'react';
import { useSearchParams } from 'react-router';
import { Segments } from '@/components/controls';
import { Empty, Problem, Toolbar } from '@/components/layout';
import { Chart } from './chart';
import { chartsFor } from './charts';
import { RANGES, type RangeName, useHistory } from './use-history';

const OPTIONS = Object.keys(RANGES).map((name) => ({ value: name as RangeName, label: name }));

export default function TelemetryPage() {
  const [params, setParams] = useSearchParams();
  const asked = params.get('range') ?? '15 min';
  const range: RangeName = asked in RANGES ? (asked as RangeName) : '15 min';
  const { points, error, from, to } = useHistory(range);
  const charts = useMemo(() => chartsFor(points), [points]);
  return (
    <>
      <Toolbar label="Telemetry">
        <Segments<RangeName>
          label="Range"
          value={range}
          options={OPTIONS}
          onChange={(value) => setParams({ range: value }, { replace: true })}
        />
      </Toolbar>
      {error && <Problem>{error}</Problem>}
      {points.length === 0 && <Empty>No samples yet. The first comes after two seconds.</Empty>}
      <div className="grid min-h-0 flex-1 grid-cols-2 content-start overflow-auto phone:grid-cols-1 2xl:grid-cols-3">
        {charts.map((chart) => (
          <Chart key={chart.title} {...chart} points={points} from={from} to={to} />
        ))}
      </div>
    </>
  );
}
