import { useCallback, useEffect, useState } from 'react';
import { useStore } from '@/lib/store';
import { ApiError, getWithHeaders, type Query, withQuery } from './http';
import { sessionStore } from './session';

/** The login that opens over the page says it already. */
export function isSignedOut(reason: unknown): boolean {
  return reason instanceof ApiError && reason.status === 401;
}

export interface Resource<T> {
  data: T | undefined;
  total: number | undefined;
  error: ApiError | undefined;
  loading: boolean;
  refresh: () => void;
}

interface Loaded<T> {
  url: string;
  data: T;
  total: number | undefined;
}

function totalOf(headers: Headers): number | undefined {
  const value = headers.get('X-Total-Count');
  return value === null ? undefined : Number(value);
}

/**
 * GETs `path` when it or its query changes, and every `every` ms while the page is visible. The last answer stays on
 * screen while the next one is under way. A null path asks nothing. While the session has ended nothing is asked; after the
 * next login everything is.
 */
export function useResource<T>(path: string | null, query?: Query, every = 0): Resource<T> {
  const url = path === null ? null : withQuery(path, query);
  const [loaded, setLoaded] = useState<Loaded<T>>();
  const [error, setError] = useState<ApiError>();
  const [loading, setLoading] = useState(false);
  const [round, setRound] = useState(0);
  const signedIn = useStore(sessionStore).phase === 'in';
  const refresh = useCallback(() => setRound((n) => n + 1), []);

  // biome-ignore lint/correctness/useExhaustiveDependencies: `round` asks for another round
  useEffect(() => {
    if (url === null || !signedIn) return;
    const abort = new AbortController();
    setLoading(true);
    getWithHeaders<T>(url, undefined, abort.signal)
      .then(({ data, headers }) => {
        setLoaded({ url, data, total: totalOf(headers) });
        setError(undefined);
      })
      .catch((reason: unknown) => {
        if (abort.signal.aborted || isSignedOut(reason)) return;
        setError(reason instanceof ApiError ? reason : new ApiError(0, String(reason)));
      })
      .finally(() => {
        if (!abort.signal.aborted) setLoading(false);
      });
    return () => abort.abort();
  }, [url, round, signedIn]);

  useEffect(() => {
    if (url === null || every <= 0) return;
    const timer = setInterval(() => {
      if (!document.hidden) refresh();
    }, every);
    return () => clearInterval(timer);
  }, [url, every, refresh]);

  return { data: loaded?.data, total: loaded?.total, error, loading, refresh };
}
