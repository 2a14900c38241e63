import type { StreamItem } from './types';

const ENTER_MS = 2000;
const LEAVE_MS = 1000;
/** So that a clock that was set does not count as a lag for ever. */
const CREEP = 0.01;

function newestTime(items: readonly StreamItem[]): number {
  let newest = Number.NEGATIVE_INFINITY;
  for (const { data } of items) {
    if (!data || typeof data !== 'object' || !('timestamp' in data)) continue;
    const time = Date.parse(String(data.timestamp));
    if (time > newest) newest = time;
  }
  return newest;
}

/**
 * Tells whether events come late. The clocks of server and browser differ, so that what counts is how much later they come
 * than the quickest ones did.
 */
export class LagMeter {
  private usual = Number.POSITIVE_INFINITY;
  private measuredAt = 0;
  lagging = false;

  /** True when `lagging` changed. */
  measure(items: readonly StreamItem[], now: number): boolean {
    const newest = newestTime(items);
    if (newest === Number.NEGATIVE_INFINITY) return false;
    const delay = now - newest;
    this.usual = Math.min(delay, this.usual + Math.max(0, now - this.measuredAt) * CREEP);
    this.measuredAt = now;
    const late = delay - this.usual;
    const before = this.lagging;
    this.lagging = late > (before ? LEAVE_MS : ENTER_MS);
    return this.lagging !== before;
  }
}
