/** Where a chart's lines and times stand: at round numbers. */
import type { Series } from './charts';
import type { Point } from './use-history';

/** Of a decimal scale, and of one of bytes, which goes by powers of two. */
const DECIMAL = [1, 2, 5, 10];
const BINARY = [1, 2, 4, 8, 16, 32, 64, 128, 256, 512, 1024];
const MOST_STEPS = 4;

/** From 0 to the first round number that is not below `most`, in at most four equal steps. */
export function valueTicks(most: number, unit: 10 | 1024 = 10): number[] {
  if (!(most > 0)) return [0, 1];
  const power = unit ** Math.floor(Math.log(most / MOST_STEPS) / Math.log(unit));
  const factor = (unit === 10 ? DECIMAL : BINARY).find((each) => each * power * MOST_STEPS >= most) ?? unit;
  const step = factor * power;
  const count = Math.ceil(most / step - 1e-9);
  return Array.from({ length: count + 1 }, (_, n) => Number((n * step).toPrecision(12)));
}

export function largest(points: readonly Point[], series: readonly Pick<Series, 'value'>[]): number {
  let most = 0;
  for (const point of points) for (const { value } of series) most = Math.max(most, value(point) ?? 0);
  return most;
}

const [SECOND, MINUTE, HOUR] = [1000, 60_000, 3_600_000];
const TIME_STEPS = [
  ...[1, 2, 5, 10, 15, 30].map((n) => n * SECOND),
  ...[1, 2, 5, 10, 15, 30].map((n) => n * MINUTE),
  ...[1, 2, 3, 6, 12, 24].map((n) => n * HOUR),
];
const MOST_TIMES = 6;

/** Round times between two; `offset` is what the clock shown is ahead of UTC, in ms. */
export function timeTicks(from: number, to: number, offset = 0): number[] {
  const step = TIME_STEPS.find((each) => (to - from) / each <= MOST_TIMES) ?? 24 * HOUR;
  const ticks = [];
  for (let time = Math.ceil((from + offset) / step) * step - offset; time <= to; time += step) ticks.push(time);
  return ticks;
}
