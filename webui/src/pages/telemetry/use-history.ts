import { useEffect, useMemo, useState } from 'react';
import { get } from '@/api/http';
import type { Telemetry } from '@/api/types';
import { isSignedOut } from '@/api/use-resource';
import { samplesOf, useTelemetry } from '@/stream/telemetry-store';
import { RANGES, type RangeName, type Zoom } from './ranges';

const MOST_POINTS = 300;
const POLL_MS = 4000;

export type Point = Telemetry & { time: number };

/** Samples within from..to, in order, not more than a chart has pixels for. */
export function pointsOf(samples: readonly Telemetry[], from: number, to: number): Point[] {
  const points = samples
    .map((sample) => ({ ...sample, time: Date.parse(sample.timestamp) }))
    .filter(({ time }) => time >= from && time <= to)
    .sort((a, b) => a.time - b.time);
  const step = Math.ceil(points.length / MOST_POINTS);
  return step <= 1 ? points : points.filter((_, index) => index % step === 0);
}

/** Adds what is newer than the last one. */
export function append(samples: readonly Telemetry[], newer: readonly Telemetry[]): Telemetry[] {
  const last = samples.at(-1)?.timestamp ?? '';
  return [...samples, ...newer.filter(({ timestamp }) => timestamp > last)];
}

async function fetchHistory(span: number, gateway: string, signal: AbortSignal, since?: string): Promise<Telemetry[]> {
  const query = {
    range: span > RANGES['1 h'] && !since ? '24h' : '60m',
    since: since ?? new Date(Date.now() - span).toISOString(),
    gateway,
  };
  return samplesOf(await get<unknown>('telemetry/history', query, signal));
}

/** What the server holds of the range; one gateway's series is asked for again and again, as the stream has it not. */
function useSamples(span: number, gateway: string) {
  const [samples, setSamples] = useState<Telemetry[]>([]);
  const [error, setError] = useState<string | null>(null);
  useEffect(() => {
    const abort = new AbortController();
    let newest: string | undefined;
    const ask = async () => {
      try {
        const answer = await fetchHistory(span, gateway, abort.signal, newest);
        setSamples((known) => (newest ? append(known, answer) : answer));
        newest = answer.at(-1)?.timestamp ?? newest;
        setError(null);
      } catch (reason) {
        if (abort.signal.aborted || isSignedOut(reason)) return;
        setError(reason instanceof Error ? reason.message : String(reason));
      }
    };
    void ask();
    const timer = gateway ? setInterval(() => void ask(), POLL_MS) : undefined;
    return () => {
      abort.abort();
      clearInterval(timer);
    };
  }, [span, gateway]);
  return { samples, error };
}

/** The server's history for a range, with live samples after it. */
export function useHistory(range: RangeName, gateway: string, zoom: Zoom | null) {
  const span = RANGES[range];
  const { samples, error } = useSamples(span, gateway);
  const { recent } = useTelemetry();
  const all = useMemo(() => (gateway ? samples : append(samples, recent)), [samples, recent, gateway]);
  // the newest sample moves the time, but no more often than a chart has points
  const step = span / MOST_POINTS;
  const newest = Date.parse(all.at(-1)?.timestamp ?? '') || Date.now();
  const end = Math.ceil(newest / step) * step;
  const [from, to] = zoom ? [zoom.from, zoom.to] : [end - span, end];
  // biome-ignore lint/correctness/useExhaustiveDependencies: what came since is drawn at the next step
  const points = useMemo(() => pointsOf(all, from, to), [samples, from, to]);
  return useMemo(() => ({ points, error, from, to }), [points, error, from, to]);
}
