import { useCallback, useEffect, useRef, useState } from 'react';
import { ApiError, getWithHeaders, type Query } from '@/api/http';
import type { Connection } from '@/api/types';
import { isSignedOut } from '@/api/use-resource';
import { onStream } from '@/stream/hub';
import { blockAround, place, type Slot } from './slots';

const REFRESH_MS = 2000;
/** Sorting a very long list costs the server something. */
const SLOW_REFRESH_MS = 5000;
const LONG = 5000;
/** While somebody drags the scroll bar, what flies by is not asked for. */
const SETTLE_MS = 60;

interface Loaded {
  key: string;
  slots: Slot[];
  total: number | undefined;
}

function totalOf(headers: Headers, rows: Connection[]): number {
  const given = headers.get('X-Total-Count');
  return given === null ? rows.length : Number(given);
}

/** Asks again when a station comes or goes, and every few seconds for the counters. */
function useRefreshing(refresh: () => void, every: number): void {
  useEffect(() => {
    let timer: ReturnType<typeof setTimeout> | undefined;
    const ask = () => {
      if (!document.hidden) refresh();
    };
    const end = onStream('connection', () => {
      timer ??= setTimeout(() => {
        timer = undefined;
        ask();
      }, every / 4);
    });
    const regularly = setInterval(ask, every);
    return () => {
      end();
      clearTimeout(timer);
      clearInterval(regularly);
    };
  }, [refresh, every]);
}

/** The server searches, sorts and pages; only the rows on screen are asked for, in their place among all. */
export function useConnections(query: Query) {
  const key = JSON.stringify(query);
  const [loaded, setLoaded] = useState<Loaded>({ key: '', slots: [], total: undefined });
  const [error, setError] = useState<ApiError>();
  const [round, setRound] = useState(0);
  const [range, setRange] = useState({ key, ...blockAround(0, 0) });
  const busy = useRef(false);
  const refresh = useCallback(() => setRound((n) => (busy.current ? n : n + 1)), []);
  const { offset, limit } = range.key === key ? range : blockAround(0, 0);
  const isNew = loaded.key !== key;

  // biome-ignore lint/correctness/useExhaustiveDependencies: `key` stands for the query, `round` for another try
  useEffect(() => {
    const abort = new AbortController();
    busy.current = true;
    const load = () =>
      getWithHeaders<Connection[]>('connections', { ...query, offset, limit }, abort.signal)
        .then(({ data, headers }) => {
          const total = totalOf(headers, data);
          setLoaded((last) => ({ key, total, slots: place(last.key === key ? last.slots : [], offset, data, total) }));
          setError(undefined);
        })
        .catch((reason: unknown) => {
          if (abort.signal.aborted || isSignedOut(reason)) return;
          setError(reason instanceof ApiError ? reason : new ApiError(0, String(reason)));
        })
        .finally(() => {
          if (!abort.signal.aborted) busy.current = false;
        });
    const timer = setTimeout(() => void load(), isNew ? 0 : SETTLE_MS);
    return () => {
      clearTimeout(timer);
      abort.abort();
      busy.current = false;
    };
  }, [key, offset, limit, round]);

  useRefreshing(refresh, (loaded.total ?? 0) > LONG ? SLOW_REFRESH_MS : REFRESH_MS);

  const onRange = useCallback(
    (from: number, to: number) => {
      const block = blockAround(from, to - 1);
      setRange((previous) =>
        previous.key === key && previous.offset === block.offset && previous.limit === block.limit
          ? previous
          : { key, ...block },
      );
    },
    [key],
  );
  return { slots: loaded.slots, total: loaded.total, error, loading: isNew, refresh, onRange };
}
