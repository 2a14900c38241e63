import { formatBytes, formatCompact, formatLatency, formatPercent } from '@/lib/format';
import type { Point } from './use-history';

export interface Series {
  name: string;
  /** accent for the main line, others by dash and tone so that colour is not the only difference */
  look: 'main' | 'second' | 'third';
  value: (point: Point) => number | null;
}

export interface ChartSpec {
  title: string;
  series: Series[];
  format: (value: number | null | undefined) => string;
}

const one = (name: string, value: Series['value']): Series[] => [{ name, look: 'main', value }];

function perProcess(gateway: Series['value'], board: Series['value']): Series[] {
  return [
    { name: 'gateway', look: 'main', value: gateway },
    { name: 'boardd', look: 'second', value: board },
  ];
}

function ringSeries(names: readonly string[], points: readonly Point[]): Series[] {
  const first = names[0];
  const rings = Object.keys(points.at(-1)?.gateways?.find((gateway) => gateway.name === first)?.ringFill ?? {});
  const looks = ['main', 'second', 'third'] as const;
  return rings.slice(0, 3).map((ring, index) => ({
    name: ring,
    look: looks[index] ?? 'third',
    value: (point) => {
      const fill = point.gateways?.find((gateway) => gateway.name === first)?.ringFill?.[ring];
      return fill === undefined ? null : fill * 100;
    },
  }));
}

export function chartsFor(points: readonly Point[]): ChartSpec[] {
  const names = [...new Set(points.at(-1)?.gateways?.map(({ name }) => name) ?? [])];
  const custom = Object.keys(points.at(-1)?.custom ?? {});
  const fixed: ChartSpec[] = [
    { title: 'Messages per second', series: one('messages/s', (p) => p.messagesPerSecond), format: formatCompact },
    {
      title: 'Latency',
      series: [
        { name: 'p99', look: 'main', value: (p) => p.latency?.p99 ?? null },
        { name: 'p90', look: 'second', value: (p) => p.latency?.p90 ?? null },
        { name: 'p50', look: 'third', value: (p) => p.latency?.p50 ?? null },
      ],
      format: formatLatency,
    },
    { title: 'Stations connected', series: one('stations', (p) => p.connectionCount), format: formatCompact },
    { title: 'Error rate', series: one('errors', (p) => p.errorRate), format: formatPercent },
    {
      title: 'CPU',
      series: perProcess(
        (p) => p.gatewayCpuPercent ?? null,
        (p) => p.boardCpuPercent ?? null,
      ),
      format: formatPercent,
    },
    {
      title: 'Memory',
      series: perProcess(
        (p) => p.gatewayRss ?? null,
        (p) => p.boardRss ?? null,
      ),
      format: formatBytes,
    },
    {
      title: 'Event loop lag',
      series: perProcess(
        (p) => p.gatewayLoopLagMs ?? null,
        (p) => p.boardLoopLagMs ?? null,
      ),
      format: formatLatency,
    },
    { title: 'Ring fill', series: ringSeries(names, points), format: formatPercent },
  ];
  const own = custom.map(
    (name): ChartSpec => ({ title: name, series: one(name, (p) => p.custom?.[name] ?? null), format: formatCompact }),
  );
  return [...fixed, ...own].filter(({ series }) => series.length > 0);
}
