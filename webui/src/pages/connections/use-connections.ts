import { useCallback, useEffect, useRef, useState } from 'react';
import { ApiError, getWithHeaders, type Query } from '@/api/http';
import type { Connection } from '@/api/types';
import { onStream } from '@/stream/hub';

const PAGE = 500;
const REFRESH_MS = 2000;

interface Loaded {
  key: string;
  rows: Connection[];
  total: number | undefined;
}

function totalOf(headers: Headers, rows: Connection[]): number {
  const given = headers.get('X-Total-Count');
  return given === null ? rows.length : Number(given);
}

async function fetchPages(query: Query, pages: number, signal: AbortSignal) {
  const { data, headers } = await getWithHeaders<Connection[]>(
    'connections',
    { ...query, limit: Math.min(1000, PAGE * pages) },
    signal,
  );
  const rows = [...data];
  const total = totalOf(headers, rows);
  while (rows.length < Math.min(total, PAGE * pages)) {
    const next = await getWithHeaders<Connection[]>(
      'connections',
      { ...query, limit: 1000, offset: rows.length },
      signal,
    );
    if (next.data.length === 0) break;
    rows.push(...next.data);
  }
  return { rows, total };
}

/**
 * The server searches, sorts and pages. Rows on screen are fetched again when a station comes or goes, and every few
 * seconds for the counters.
 */
export function useConnections(query: Query) {
  const key = JSON.stringify(query);
  const [loaded, setLoaded] = useState<Loaded>({ key: '', rows: [], total: undefined });
  const [error, setError] = useState<ApiError>();
  const [round, setRound] = useState(0);
  const [pages, setPages] = useState(1);
  const busy = useRef(false);
  const refresh = useCallback(() => setRound((n) => n + 1), []);

  // biome-ignore lint/correctness/useExhaustiveDependencies: another query begins with one page
  useEffect(() => setPages(1), [key]);

  // biome-ignore lint/correctness/useExhaustiveDependencies: `key` stands for the query, `round` for another try
  useEffect(() => {
    const abort = new AbortController();
    busy.current = true;
    fetchPages(query, pages, abort.signal)
      .then(({ rows, total }) => {
        setLoaded({ key, rows, total });
        setError(undefined);
      })
      .catch((reason: unknown) => {
        if (!abort.signal.aborted) setError(reason instanceof ApiError ? reason : new ApiError(0, String(reason)));
      })
      .finally(() => {
        if (!abort.signal.aborted) busy.current = false;
      });
    return () => abort.abort();
  }, [key, pages, round]);

  useEffect(() => {
    const often = () => {
      if (!document.hidden && !busy.current) refresh();
    };
    let timer: ReturnType<typeof setTimeout> | undefined;
    const end = onStream('connection', () => {
      timer ??= setTimeout(() => {
        timer = undefined;
        often();
      }, 500);
    });
    const regularly = setInterval(often, REFRESH_MS);
    return () => {
      end();
      clearTimeout(timer);
      clearInterval(regularly);
    };
  }, [refresh]);

  const loadMore = useCallback(() => {
    if (busy.current || loaded.total === undefined || loaded.rows.length >= loaded.total) return;
    setPages((n) => n + 1);
  }, [loaded]);

  return { rows: loaded.rows, total: loaded.total, error, loadMore, refresh };
}
