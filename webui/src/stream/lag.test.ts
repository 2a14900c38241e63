import { expect, it } from 'vitest';
import { LagMeter } from './lag';

const START = Date.parse('2026-01-31T12:00:00.000Z');

function item(time: number) {
  return [{ name: 'message', data: { timestamp: new Date(time).toISOString() } }];
}

it('takes a difference between the clocks for no lag', () => {
  const meter = new LagMeter();
  for (let second = 0; second < 60; second += 1) {
    expect(meter.measure(item(START + second * 1000), START + second * 1000 + 3_600_000)).toBe(false);
  }
  expect(meter.lagging).toBe(false);
});

it('tells once that events come late, and once that they are in time again', () => {
  const meter = new LagMeter();
  meter.measure(item(START), START + 5);
  expect(meter.measure(item(START + 1000), START + 3500)).toBe(true);
  expect(meter.lagging).toBe(true);
  expect(meter.measure(item(START + 2000), START + 3600)).toBe(false);
  expect(meter.measure(item(START + 3600), START + 3700)).toBe(true);
  expect(meter.lagging).toBe(false);
});

it('gets used to a clock that was set', () => {
  const meter = new LagMeter();
  meter.measure(item(START), START);
  for (let second = 1; second < 900; second += 1)
    meter.measure(item(START + second * 1000 - 5000), START + second * 1000);
  expect(meter.lagging).toBe(false);
});

it('knows nothing from events without a time', () => {
  expect(new LagMeter().measure([{ name: 'connected', data: {} }], START)).toBe(false);
});
