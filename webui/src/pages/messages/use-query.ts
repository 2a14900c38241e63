import { useCallback, useEffect, useRef, useState } from 'react';
import { useSearchParams } from 'react-router';
import { useDebounced } from '@/lib/use-debounced';
import type { MessageQuery } from '@/messages/feed';
import { isUnfinished } from '@/messages/filter';
import { rememberFilter } from '@/messages/filter-history';

type Change = Partial<Record<'filter' | 'since' | 'until' | 'm', string>>;

/** What the address asks for, and how to change it: an empty text takes a parameter out. */
export function useAddress() {
  const [params, setParams] = useSearchParams();
  const change = useCallback(
    (values: Change) =>
      setParams(
        (previous) => {
          for (const [name, value] of Object.entries(values)) {
            if (value) previous.set(name, value);
            else previous.delete(name);
          }
          return previous;
        },
        { replace: true },
      ),
    [setParams],
  );
  const read = (name: string) => params.get(name) ?? '';
  const query: MessageQuery = { filter: read('filter'), since: read('since'), until: read('until') };
  return { query, change };
}

/** The text of the filter box, which goes into the address once nobody types, and follows it otherwise. */
export function useFilterText(inAddress: string, change: (values: Change) => void) {
  const [text, setText] = useState(inAddress);
  const settled = useDebounced(text, 300);
  const written = useRef(inAddress);

  function write(filter: string) {
    if (filter === written.current) return;
    written.current = filter;
    change({ filter });
  }

  // biome-ignore lint/correctness/useExhaustiveDependencies: only the settled text writes the address
  useEffect(() => {
    if (!isUnfinished(settled)) write(settled.trim());
  }, [settled]);

  useEffect(() => {
    if (inAddress === written.current) return;
    written.current = inAddress;
    setText(inAddress);
  }, [inAddress]);
  return { text, setText, commit: () => write(text.trim()) };
}

const LOOKED_AT_MS = 5000;

/** A filter that was looked at for a while is offered again. */
export function useRememberFilter(filter: string): void {
  useEffect(() => {
    const timer = setTimeout(() => rememberFilter(filter), LOOKED_AT_MS);
    return () => clearTimeout(timer);
  }, [filter]);
}
