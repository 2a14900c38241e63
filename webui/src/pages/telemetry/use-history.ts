import { useEffect, useMemo, useState } from 'react';
import { get } from '@/api/http';
import type { Telemetry } from '@/api/types';
import { useNow } from '@/lib/use-now';
import { samplesOf, useTelemetry } from '@/stream/telemetry-store';

export const RANGES = {
  '5 min': 300_000,
  '15 min': 900_000,
  '1 h': 3_600_000,
  '6 h': 21_600_000,
  '24 h': 86_400_000,
} as const;
export type RangeName = keyof typeof RANGES;

const MOST_POINTS = 450;

export type Point = Telemetry & { time: number };

export function pointsOf(samples: readonly Telemetry[], from: number): Point[] {
  const points = samples
    .map((sample) => ({ ...sample, time: Date.parse(sample.timestamp) }))
    .filter(({ time }) => time >= from)
    .sort((a, b) => a.time - b.time);
  const step = Math.ceil(points.length / MOST_POINTS);
  return step <= 1 ? points : points.filter((_, index) => index % step === 0);
}

/** The server's history for a range, with live samples after it. */
export function useHistory(range: RangeName) {
  const [history, setHistory] = useState<Telemetry[]>([]);
  const [error, setError] = useState<string | null>(null);
  const { recent } = useTelemetry();
  const now = useNow(2000);
  const span = RANGES[range];

  useEffect(() => {
    const abort = new AbortController();
    const since = new Date(Date.now() - span).toISOString();
    get<unknown>('telemetry/history', { range: span > RANGES['1 h'] ? '24h' : '60m', since }, abort.signal)
      .then((answer) => {
        setHistory(samplesOf(answer));
        setError(null);
      })
      .catch((reason: unknown) => {
        if (!abort.signal.aborted) setError(reason instanceof Error ? reason.message : String(reason));
      });
    return () => abort.abort();
  }, [span]);

  const points = useMemo(() => {
    const last = history.at(-1)?.timestamp ?? '';
    return pointsOf([...history, ...recent.filter((sample) => sample.timestamp > last)], now - span);
  }, [history, recent, now, span]);
  return { points, error, from: now - span, to: now };
}
