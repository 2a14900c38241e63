import { type RefObject, useCallback, useEffect, useLayoutEffect, useRef, useState } from 'react';
import type { Row } from '@/messages/exchange';
import type { MessageStore, MessageView } from '@/messages/message-store';
import { useNotePaused } from '@/stream/paused';

interface Follow {
  /** So many rows are shown, from the oldest. */
  count: number;
  following: boolean;
  /** Rows behind those that are shown. */
  fresh: number;
  pause: () => void;
  resume: () => void;
  onScroll: () => void;
}

const INTENT_EVENTS = ['wheel', 'touchmove', 'pointerdown', 'keydown'] as const;
const INTENT_MS = 1500;

/** Tells whether a scroll is somebody's doing: layout changes scroll too, and must not pause the list. */
function useScrollIntent(scroller: RefObject<HTMLDivElement | null>): () => boolean {
  const last = useRef(Number.NEGATIVE_INFINITY);
  useEffect(() => {
    const element = scroller.current;
    const note = () => {
      last.current = performance.now();
    };
    for (const name of INTENT_EVENTS) element?.addEventListener(name, note, { passive: true });
    return () => {
      for (const name of INTENT_EVENTS) element?.removeEventListener(name, note);
    };
  }, [scroller]);
  return useCallback(() => performance.now() - last.current < INTENT_MS, []);
}

interface FollowedList {
  scroller: RefObject<HTMLDivElement | null>;
  /** Has the list render what is seen after it was scrolled here. */
  sync: RefObject<(() => void) | null>;
  rowHeight: number;
}

/** A row that is seen, and where it was in the list. */
interface Anchor {
  row: Row;
  index: number;
}

/**
 * Keeps the newest row in sight. Scrolling up, or `pause`, ends the list at the row that is the last one then, and keeps what
 * is seen where it is when older rows come before it; going to the end, or `resume`, lets it run again.
 */
export function useFollow(store: MessageStore, view: MessageView, { scroller, sync, rowHeight }: FollowedList): Follow {
  const [end, setEnd] = useState<{ store: MessageStore; row: Row } | null>(null);
  const anchor = useRef<Anchor | null>(null);
  const lastTop = useRef(0);
  const { rows, version } = view;
  const paused = end?.store === store;
  const count = paused ? Math.min(rows.length, store.indexOf(end.row) + 1) : rows.length;
  useNotePaused(paused);

  const setAnchor = useCallback(() => {
    const index = Math.floor((scroller.current?.scrollTop ?? 0) / rowHeight);
    const row = store.view().rows[index];
    anchor.current = row ? { row, index } : null;
  }, [store, scroller, rowHeight]);

  const pause = useCallback(() => {
    const row = store.view().rows.at(-1);
    if (!row) return;
    store.hold = true;
    setAnchor();
    setEnd((previous) => (previous?.store === store ? previous : { store, row }));
  }, [store, setAnchor]);
  const resume = useCallback(() => {
    store.hold = false;
    setEnd(null);
  }, [store]);
  useEffect(
    () => () => {
      store.hold = false;
    },
    [store],
  );

  // biome-ignore lint/correctness/useExhaustiveDependencies: again after each change of the list
  useLayoutEffect(() => {
    const element = scroller.current;
    if (!element) return;
    if (!paused) element.scrollTop = element.scrollHeight;
    else if (anchor.current) {
      // by how far it moved: the list may have been scrolled since
      const index = store.indexOf(anchor.current.row);
      element.scrollTop += (index - anchor.current.index) * rowHeight;
      anchor.current.index = index;
    }
    lastTop.current = element.scrollTop;
    sync.current?.();
  }, [version, store, paused, rowHeight]);

  // a wheel that turns counts at once: until the scroll is reported, a busy list would have been at its end again
  useEffect(() => {
    const element = scroller.current;
    if (!element) return;
    const onWheel = ({ deltaY }: WheelEvent) => {
      const atEnd = element.scrollTop + element.clientHeight >= element.scrollHeight - 4;
      if (deltaY < 0 && element.scrollTop > 0) pause();
      else if (deltaY > 0 && atEnd) resume();
    };
    element.addEventListener('wheel', onWheel, { passive: true });
    return () => element.removeEventListener('wheel', onWheel);
  }, [scroller, pause, resume]);

  const intended = useScrollIntent(scroller);
  const onScroll = useCallback(() => {
    const element = scroller.current;
    if (!element) return;
    const top = element.scrollTop;
    const atEnd = top + element.clientHeight >= element.scrollHeight - 4;
    const moved = top - lastTop.current;
    lastTop.current = top;
    if (moved > 1 && atEnd && intended()) resume();
    else if (moved < -1 && !atEnd && intended()) pause();
    setAnchor();
  }, [scroller, pause, resume, intended, setAnchor]);

  return { count, following: !paused, fresh: rows.length - count, pause, resume, onScroll };
}
