import { useCallback } from 'react';
import { useSearchParams } from 'react-router';

export type Change = Record<string, string | null | undefined>;

/** The address holds what a page shows. Empty values leave it; `push` makes a step that "back" undoes. */
export function useUrlState(): [URLSearchParams, (change: Change, push?: boolean) => void] {
  const [params, setParams] = useSearchParams();
  const change = useCallback(
    (values: Change, push = false) =>
      setParams(
        (previous) => {
          const next = new URLSearchParams(previous);
          for (const [name, value] of Object.entries(values)) {
            if (value) next.set(name, value);
            else next.delete(name);
          }
          return next;
        },
        { replace: !push },
      ),
    [setParams],
  );
  return [params, change];
}
