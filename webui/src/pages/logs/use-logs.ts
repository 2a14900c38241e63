import { useEffect, useState } from 'react';
import type { get as httpGet } from '@/api/http';
import type { LogLine } from '@/api/types';
import { onStream, onStreamBatch } from '@/stream/hub';

const MOST = 20_000;

/** Both kinds of lines by time; the same line never twice. */
export function mergeLines(a: readonly LogLine[], b: readonly LogLine[]): LogLine[] {
  const seen = new Set<string>();
  return [...a, ...b]
    .filter((line) => {
      const key = `${line.process ?? ''}/${line.id}`;
      if (seen.has(key)) return false;
      seen.add(key);
      return true;
    })
    .sort((x, y) => (x.timestamp < y.timestamp ? -1 : x.timestamp > y.timestamp ? 1 : 0))
    .slice(-MOST);
}

export function useLogs(get: typeof httpGet): { lines: readonly LogLine[]; error: string | null } {
  const [lines, setLines] = useState<readonly LogLine[]>([]);
  const [error, setError] = useState<string | null>(null);
  useEffect(() => {
    let fresh: LogLine[] = [];
    const end = onStream('log', (line) => fresh.push(line));
    const endBatch = onStreamBatch(() => {
      if (fresh.length === 0) return;
      const batch = fresh;
      fresh = [];
      setLines((previous) => mergeLines(previous, batch));
    });
    const abort = new AbortController();
    get<{ logs: LogLine[] }>('logs', { limit: 1000 }, abort.signal)
      .then(({ logs }) => setLines((previous) => mergeLines(logs.toReversed(), previous)))
      .catch((reason: unknown) => {
        if (!abort.signal.aborted) setError(reason instanceof Error ? reason.message : String(reason));
      });
    return () => {
      end();
      endBatch();
      abort.abort();
    };
  }, [get]);
  return { lines, error };
}
