import { type RefObject, useCallback, useEffect, useRef, useState } from 'react';
import { type Filter, serverQuery } from '@/messages/filter';
import { liveMessages, loadOlder } from '@/messages/live';

/** A filter that shows less than this is worth another page of history. */
const FEW = 60;

/**
 * Fetches older messages when somebody scrolls to the beginning, and as long as a filter shows few rows, a handful of pages.
 */
export function useOlder(filter: Filter, scroller: RefObject<HTMLDivElement | null>, version: number) {
  const [note, setNote] = useState('');
  const state = useRef<{ cursor: string | null; done: boolean; busy: boolean; pages: number }>({
    cursor: null,
    done: false,
    busy: false,
    pages: 0,
  });

  // biome-ignore lint/correctness/useExhaustiveDependencies: another filter begins anew
  useEffect(() => {
    state.current = { cursor: null, done: false, busy: false, pages: 0 };
    setNote('');
  }, [filter.text]);

  const load = useCallback(async () => {
    const mine = state.current;
    if (mine.busy || mine.done || filter.errors.length > 0) return;
    mine.busy = true;
    mine.pages += 1;
    setNote('Fetching older messages');
    try {
      const { cursor } = await loadOlder(serverQuery(filter), mine.cursor);
      mine.cursor = cursor;
      mine.done = cursor === null;
    } catch {
      mine.done = true;
    }
    mine.busy = false;
    if (state.current === mine) setNote('');
  }, [filter]);

  // biome-ignore lint/correctness/useExhaustiveDependencies: looked at again after each change of the list
  useEffect(() => {
    if (filter.terms.length > 0 && state.current.pages < 4 && liveMessages.view().rows.length < FEW) void load();
  }, [filter, version, load]);

  const onScroll = useCallback(() => {
    const element = scroller.current;
    if (element && element.scrollTop < 40 && element.scrollHeight > element.clientHeight) void load();
  }, [scroller, load]);

  return { note, onScroll };
}
