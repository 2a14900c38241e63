import { useCallback, useEffect, useRef, useState } from 'react';
import { get, type Query } from '@/api/http';
import type { ErrorEvent, LogLine, SystemEvent } from '@/api/types';
import { onStream } from '@/stream/hub';
import { lineOfError, lineOfSystem } from './events';
import type { LogFilter } from './log-filter';

const MOST = 20_000;
const PAGE = 1000;
const PUBLISH_EVERY_MS = 200;

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

interface Held {
  /** Oldest first. */
  lines: LogLine[];
  /** Where the page before it ends; undefined when there is none. */
  until: string | undefined;
}

const SOURCES: readonly ((query: Query, filter: LogFilter, signal: AbortSignal) => Promise<LogLine[]>)[] = [
  async (query, { process, level }, signal) =>
    (await get<{ logs: LogLine[] }>('logs', { ...query, process, level }, signal)).logs,
  async (query, { process }, signal) =>
    process === 'boardd' ? [] : (await get<{ events: ErrorEvent[] }>('errors', query, signal)).events.map(lineOfError),
  async (query, { process }, signal) =>
    process === 'boardd'
      ? []
      : (await get<{ events: SystemEvent[] }>('system-events', query, signal)).events.map(lineOfSystem),
];

/** A page of what the server holds of each source, before the given times. */
function fetchPage(filter: LogFilter, before: readonly Held[], signal: AbortSignal): Promise<Held[]> {
  return Promise.all(
    SOURCES.map(async (source, index) => {
      const until = before[index]?.until;
      if (before.length > 0 && until === undefined) return { lines: [], until };
      const lines = await source({ q: filter.text, limit: PAGE, until }, filter, signal);
      return { lines: lines.toReversed(), until: lines.length < PAGE ? undefined : lines.at(-1)?.timestamp };
    }),
  );
}

/** Collects what the stream brings, and hands it on a few times a second: merging takes as long for one line as for many. */
function useLiveLines(add: (lines: LogLine[]) => void): void {
  useEffect(() => {
    let fresh: LogLine[] = [];
    const timer = setInterval(() => {
      if (fresh.length > 0) add(fresh);
      fresh = [];
    }, PUBLISH_EVERY_MS);
    const ends = [
      onStream('log', (line) => fresh.push(line)),
      onStream('error-event', (event) => fresh.push(lineOfError(event))),
      onStream('system-event', (event) => fresh.push(lineOfSystem(event))),
    ];
    return () => {
      clearInterval(timer);
      for (const end of ends) end();
    };
  }, [add]);
}

/**
 * Log lines of both processes with the gateway's error and system events between them. The server is asked for what passes the
 * filter, so that lines are found that the page never saw; what is returned holds others, too.
 */
export function useLogs(filter: LogFilter) {
  const [lines, setLines] = useState<readonly LogLine[]>([]);
  const [error, setError] = useState<string | null>(null);
  const [loading, setLoading] = useState(true);
  const pages = useRef<{ held: Held[]; abort: AbortController }>({ held: [], abort: new AbortController() });
  const { level, process, text } = filter;
  const add = useCallback((more: LogLine[]) => setLines((previous) => mergeLines(previous, more)), []);
  useLiveLines(add);

  const load = useCallback(async () => {
    const { held, abort } = pages.current;
    setLoading(true);
    try {
      const page = await fetchPage({ level, process, text }, held, abort.signal);
      pages.current.held = page;
      add(page.flatMap((part) => part.lines));
      setError(null);
    } catch (reason) {
      if (abort.signal.aborted) return;
      setError(reason instanceof Error ? reason.message : String(reason));
    }
    setLoading(false);
  }, [level, process, text, add]);

  useEffect(() => {
    const mine = { held: [], abort: new AbortController() };
    pages.current = mine;
    void load();
    return () => mine.abort.abort();
  }, [load]);

  const loadOlder = useCallback(() => {
    if (!loading && pages.current.held.some(({ until }) => until !== undefined)) void load();
  }, [loading, load]);
  return { lines, error, loading, loadOlder };
}
