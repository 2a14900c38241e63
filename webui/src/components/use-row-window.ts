import { type RefObject, useCallback, useEffect, useLayoutEffect, useRef, useState } from 'react';
import { flushSync } from 'react-dom';

/** Rows above and below what is seen, for the frames in which scrolling is ahead of rendering. */
const OVERSCAN = 8;
/** What is left out while the list is scrolled fast comes once it rests so long. */
const REST_MS = 50;

export interface RowWindow {
  from: number;
  to: number;
  /** The row that each element of the page shows, or -1: each is used again, for the row that is as many further. */
  slots: readonly number[];
  /** Scrolled by more than half a page in a frame: faster than anybody reads. */
  fast: boolean;
  /** After the list was scrolled by the page itself: renders what is seen now before the browser paints. */
  sync: () => void;
  /** Scrolls no further than needed. */
  show: (index: number) => void;
}

interface Seen {
  first: number;
  rows: number;
  fast: boolean;
}

/** The row from `from` on whose number is that of the slot, as often as `pool` is taken away. */
function indexOfSlot(slot: number, from: number, pool: number): number {
  return from + ((slot - (from % pool) + pool) % pool);
}

function measure(element: HTMLElement | null, height: number, before: Seen, byHand: boolean): Seen {
  if (!element) return before;
  const first = Math.floor(element.scrollTop / height);
  const rows = Math.ceil(element.clientHeight / height) + 1;
  if (first === before.first && rows === before.rows) return before;
  return { first, rows, fast: byHand && 2 * Math.abs(first - before.first) > rows };
}

/** While the list is scrolled fast, elements that are not needed keep the rows that they have: to change them costs a frame's time. */
function useSlots(from: number, to: number, pool: number, fast: boolean): readonly number[] {
  const shown = useRef<readonly number[]>([]);
  shown.current = Array.from({ length: pool }, (_, slot) => {
    const index = indexOfSlot(slot, from, pool);
    if (index < to) return index;
    return fast ? (shown.current[slot] ?? -1) : -1;
  });
  return shown.current;
}

/**
 * Which of `count` rows of one height are seen. Rows are as high as told, so that no measuring is needed, and a list that
 * grows is never painted before its new rows.
 */
export function useRowWindow(
  scroller: RefObject<HTMLElement | null>,
  count: number,
  height: number,
  header: number,
): RowWindow {
  const [seen, setSeen] = useState<Seen>({ first: 0, rows: 0, fast: false });
  const sync = useCallback(
    (event?: Event) => setSeen((previous) => measure(scroller.current, height, previous, event?.type === 'scroll')),
    [scroller, height],
  );

  // biome-ignore lint/correctness/useExhaustiveDependencies: a list that got shorter was scrolled by the browser
  useLayoutEffect(() => sync(), [sync, count]);
  useEffect(() => {
    const element = scroller.current;
    if (!element) return;
    const onScroll = (event: Event) => flushSync(() => sync(event));
    const observer = new ResizeObserver(() => sync());
    element.addEventListener('scroll', onScroll, { passive: true });
    observer.observe(element);
    return () => {
      element.removeEventListener('scroll', onScroll);
      observer.disconnect();
    };
  }, [scroller, sync]);

  useEffect(() => {
    if (!seen.fast) return;
    const timer = setTimeout(() => setSeen((previous) => ({ ...previous, fast: false })), REST_MS);
    return () => clearTimeout(timer);
  }, [seen]);

  const show = useCallback(
    (index: number) => {
      const element = scroller.current;
      if (!element) return;
      const above = index * height;
      const below = above + height + header - element.clientHeight;
      if (element.scrollTop > above) element.scrollTop = above;
      else if (element.scrollTop < below) element.scrollTop = below;
      sync();
    },
    [scroller, height, header, sync],
  );

  const overscan = seen.fast ? 0 : OVERSCAN;
  const from = Math.max(0, Math.min(seen.first, count - 1) - overscan);
  const to = Math.min(count, seen.first + seen.rows + overscan);
  const slots = useSlots(from, to, seen.rows + 2 * OVERSCAN, seen.fast);
  return { from, to, slots, fast: seen.fast, sync, show };
}
