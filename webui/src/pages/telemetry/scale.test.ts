import { describe, expect, it } from 'vitest';
import { timeTicks, valueTicks } from './scale';

describe('the ticks of values', () => {
  it.each([
    [285, [0, 100, 200, 300]],
    [45, [0, 20, 40, 60]],
    [100, [0, 50, 100]],
    [0.45, [0, 0.2, 0.4, 0.6]],
    [1.72, [0, 0.5, 1, 1.5, 2]],
    [4, [0, 1, 2, 3, 4]],
    [0.3, [0, 0.1, 0.2, 0.3]],
  ])('up to %s', (most, ticks) => expect(valueTicks(most)).toEqual(ticks));

  it('are round in bytes, too', () => {
    const mib = 1024 ** 2;
    expect(valueTicks(71.5 * mib, 1024)).toEqual([0, 32 * mib, 64 * mib, 96 * mib]);
    expect(valueTicks(3 * 1024 * mib, 1024)).toEqual([0, 1024 * mib, 2048 * mib, 3072 * mib]);
    expect(valueTicks(5000, 1024)).toEqual([0, 2048, 4096, 6144]);
  });

  it('are at 0 and 1 where there is nothing', () => {
    for (const most of [0, -1, Number.NaN]) expect(valueTicks(most)).toEqual([0, 1]);
  });

  it('never are many, and hold the value', () => {
    for (let most = 1e-4; most < 1e12; most *= 1.37) {
      for (const unit of [10, 1024] as const) {
        const ticks = valueTicks(most, unit);
        expect(ticks.length).toBeLessThan(6);
        expect(ticks.at(-1)).toBeGreaterThanOrEqual(most * 0.999999);
        expect(ticks.at(-2)).toBeLessThan(most);
      }
    }
  });
});

describe('the ticks of time', () => {
  const clock = (time: number) => new Date(time).toISOString().slice(11, 19);
  const from = Date.UTC(2026, 0, 31, 12, 3, 47);

  it.each([
    [60_000, ['12:03:50', '12:04:00', '12:04:10', '12:04:20', '12:04:30', '12:04:40']],
    [300_000, ['12:04:00', '12:05:00', '12:06:00', '12:07:00', '12:08:00']],
    [900_000, ['12:05:00', '12:10:00', '12:15:00']],
    [86_400_000, ['18:00:00', '00:00:00', '06:00:00', '12:00:00']],
  ])('over %s ms', (length, times) => expect(timeTicks(from, from + length).map(clock)).toEqual(times));

  it('are round on the clock that is shown', () => {
    const offset = 5.5 * 3_600_000;
    for (const time of timeTicks(from, from + 86_400_000, offset)) expect((time + offset) % 21_600_000).toBe(0);
  });
});
