import { describe, expect, it } from 'vitest';
import {
  formatAge,
  formatBytes,
  formatCompact,
  formatCount,
  formatDuration,
  formatEnergy,
  formatFull,
  formatLatency,
  formatPercent,
  formatPower,
  formatQuantity,
  formatTime,
  NONE,
} from './format';

describe('formatters', () => {
  it.each([
    [0, '0 ms'],
    [0.012, '12 µs'],
    [0.423, '0.42 ms'],
    [7.25, '7.3 ms'],
    [18.4, '18 ms'],
    [1240, '1.24 s'],
    [null, NONE],
  ])('latency %s', (value, text) => expect(formatLatency(value)).toBe(text));

  it.each([
    [0, '0 s'],
    [65_000, '1 min 5 s'],
    [3 * 3_600_000, '3 h'],
    [90_000_000, '1 d 1 h'],
    [-1, NONE],
  ])('duration %s', (value, text) => expect(formatDuration(value)).toBe(text));

  it.each([
    [230, 'V', '230 V'],
    [16.25, 'A', '16.3 A'],
    [49_270, 'W', '49.27 kW'],
    [44, 'Percent', '44 %'],
    [undefined, 'W', NONE],
  ])('quantity %s %s', (value, unit, text) => expect(formatQuantity(value, unit)).toBe(text));

  it('shows energy and power in thousands', () => {
    expect([formatEnergy(8400), formatEnergy(undefined)]).toEqual(['8.40 kWh', NONE]);
    expect([formatPower(10_940), formatPower(null)]).toEqual(['10.9 kW', NONE]);
  });

  it('keeps ages to one unit and never negative', () => {
    expect(formatAge(59_999)).toBe('59 s');
    expect(formatAge(-5000)).toBe('0 s');
    expect(formatAge(86_400_000 * 3)).toBe('3 d');
  });

  it('counts, bytes, percent', () => {
    expect(formatCount(1234567)).toBe('1,234,567');
    expect(formatCount(Number.NaN)).toBe(NONE);
    expect(formatBytes(1536)).toBe('1.5 KiB');
    expect(formatBytes(512)).toBe('512 B');
    expect(formatPercent(0)).toBe('0 %');
    expect(formatPercent(12.34)).toBe('12.3 %');
    expect(formatCompact(12_400)).toBe('12.4k');
  });

  it('shows times of day in UTC', () => {
    expect(formatTime('2026-01-31T14:03:07.123Z', 'UTC')).toBe('14:03:07.123');
    expect(formatFull('2026-01-31T14:03:07.123Z', 'UTC')).toBe('2026-01-31 14:03:07.123');
    expect(formatTime('yesterday', 'UTC')).toBe(NONE);
    expect(formatTime(undefined, 'UTC')).toBe(NONE);
  });
});
