import { useEffect, useState } from 'react';
import { get } from '@/api/http';
import type { ErrorEvent, LogLine, SystemEvent } from '@/api/types';
import { onStream, onStreamBatch } from '@/stream/hub';
import { lineOfError, lineOfSystem } from './events';

const MOST = 20_000;

/** Both by time; the same line never twice. */
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

async function held(signal: AbortSignal): Promise<LogLine[]> {
  const query = { limit: 1000 };
  const [logs, errors, system] = await Promise.all([
    get<{ logs: LogLine[] }>('logs', query, signal),
    get<{ events: ErrorEvent[] }>('errors', query, signal),
    get<{ events: SystemEvent[] }>('system-events', query, signal),
  ]);
  const lines = [...logs.logs, ...errors.events.map(lineOfError), ...system.events.map(lineOfSystem)];
  return lines.toReversed();
}

/** Log lines of both processes with the gateway's error and system events between them. */
export function useLogs(): { lines: readonly LogLine[]; error: string | null } {
  const [lines, setLines] = useState<readonly LogLine[]>([]);
  const [error, setError] = useState<string | null>(null);
  useEffect(() => {
    let fresh: LogLine[] = [];
    const abort = new AbortController();
    const ends = [
      onStream('log', (line) => fresh.push(line)),
      onStream('error-event', (event) => fresh.push(lineOfError(event))),
      onStream('system-event', (event) => fresh.push(lineOfSystem(event))),
      onStreamBatch(() => {
        if (fresh.length === 0) return;
        const batch = fresh;
        fresh = [];
        setLines((previous) => mergeLines(previous, batch));
      }),
    ];
    held(abort.signal)
      .then((older) => setLines((previous) => mergeLines(older, previous)))
      .catch((reason: unknown) => {
        if (!abort.signal.aborted) setError(reason instanceof Error ? reason.message : String(reason));
      });
    return () => {
      abort.abort();
      for (const end of ends) end();
    };
  }, []);
  return { lines, error };
}
