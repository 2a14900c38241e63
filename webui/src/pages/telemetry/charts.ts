import type { GatewayTelemetry } from '@/api/types';
import { formatBytes, formatCompact, formatLatency, formatPercent } from '@/lib/format';
import type { Point } from './use-history';

export interface Series {
  name: string;
  /** accent for the main line, others by dash and tone so that colour is not the only difference */
  look: Look;
  value: (point: Point) => number | null;
}

export const LOOKS = ['main', 'second', 'third', 'fourth'] as const;
export type Look = (typeof LOOKS)[number];

export interface ChartSpec {
  title: string;
  series: Series[];
  format: (value: number | null | undefined) => string;
  /** What the scale goes by; 10 if not told. */
  unit?: 1024;
  /** Where the scale ends, if it always ends there. */
  top?: number;
}

function look(index: number): Look {
  return LOOKS[index] ?? 'fourth';
}

const one = (name: string, value: Series['value']): Series[] => [{ name, look: 'main', value }];

interface PerProcess {
  of: (gateway: GatewayTelemetry) => number | undefined;
  /** The same of a lone gateway where samples are flat. */
  flat: Series['value'];
  board: Series['value'];
}

/** A line for each gateway and one for the dashboard's own process. */
function perProcess(names: readonly string[], { of, flat, board }: PerProcess): Series[] {
  const gateways = names.slice(0, LOOKS.length - 1).map((name, index) => ({
    name: names.length > 1 ? name : 'gateway',
    look: look(index === 0 ? 0 : index + 1),
    value: (point: Point) => {
      const own = point.gateways?.find((gateway) => gateway.name === name);
      return (own && of(own)) ?? (names.length === 1 ? flat(point) : null);
    },
  }));
  return [...gateways, { name: 'boardd', look: 'second', value: board }];
}

/** Of several gateways: of the fullest ring of each kind. */
function ringSeries(points: readonly Point[]): Series[] {
  const last = points.at(-1)?.ringFill ?? {};
  const used = Object.keys(last).filter((each) => (last[each] ?? 0) > 0);
  return used
    .toSorted((a, b) => (last[b] ?? 0) - (last[a] ?? 0))
    .slice(0, LOOKS.length)
    .map((ring, index) => ({
      name: ring,
      look: look(index),
      value: (point) => {
        const fill = point.ringFill?.[ring];
        return fill === undefined ? null : fill * 100;
      },
    }));
}

function trafficCharts(): ChartSpec[] {
  return [
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
  ];
}

function processCharts(names: readonly string[]): ChartSpec[] {
  return [
    {
      title: 'CPU',
      series: perProcess(names, {
        of: (gateway) => gateway.cpuPercent,
        flat: (p) => p.gatewayCpuPercent ?? null,
        board: (p) => p.board?.cpuPercent ?? p.boardCpuPercent ?? null,
      }),
      format: formatPercent,
    },
    {
      title: 'Memory',
      series: perProcess(names, {
        of: (gateway) => gateway.rss,
        flat: (p) => p.gatewayRss ?? null,
        board: (p) => p.board?.rss ?? p.boardRss ?? null,
      }),
      format: formatBytes,
      unit: 1024,
    },
    {
      title: 'Event loop lag',
      series: perProcess(names, {
        of: (gateway) => gateway.loopLagMs,
        flat: (p) => p.gatewayLoopLagMs ?? null,
        board: (p) => p.board?.loopLagMs ?? p.boardLoopLagMs ?? null,
      }),
      format: formatLatency,
    },
  ];
}

/** Every chart of the page, for the gateways with those names; those of custom metrics come last. */
export function chartsFor(points: readonly Point[], names: readonly string[]): ChartSpec[] {
  const custom = Object.keys(points.at(-1)?.custom ?? {}).sort();
  return [
    ...trafficCharts(),
    ...processCharts(names),
    {
      title: names.length > 1 ? 'Ring fill, the fullest' : 'Ring fill',
      series: ringSeries(points),
      format: formatPercent,
      top: 100,
    },
    ...custom.map(
      (name): ChartSpec => ({ title: name, series: one(name, (p) => p.custom?.[name] ?? null), format: formatCompact }),
    ),
  ].filter(({ series }) => series.length > 0);
}
