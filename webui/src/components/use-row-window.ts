import { type RefObject, useCallback, useEffect, useLayoutEffect, useState } from 'react';
import { flushSync } from 'react-dom';

/** Rows above and below what is seen, for the frames in which scrolling is ahead of rendering. */
const OVERSCAN = 8;

export interface RowWindow {
  from: number;
  to: number;
  /** Rows at most: elements of the page are used again for another row when as many further. */
  pool: number;
  /** After the list was scrolled by the page itself: renders what is seen now before the browser paints. */
  sync: () => void;
  /** Scrolls no further than needed. */
  show: (index: number) => void;
}

interface Seen {
  first: number;
  rows: number;
}

function measure(element: HTMLElement | null, height: number): Seen {
  if (!element) return { first: 0, rows: 0 };
  return { first: Math.floor(element.scrollTop / height), rows: Math.ceil(element.clientHeight / height) + 1 };
}

function same(a: Seen, b: Seen): Seen {
  return a.first === b.first && a.rows === b.rows ? a : b;
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
  const [seen, setSeen] = useState<Seen>({ first: 0, rows: 0 });
  const sync = useCallback(
    () => setSeen((previous) => same(previous, measure(scroller.current, height))),
    [scroller, height],
  );

  // biome-ignore lint/correctness/useExhaustiveDependencies: a list that got shorter was scrolled by the browser
  useLayoutEffect(sync, [sync, count]);
  useEffect(() => {
    const element = scroller.current;
    if (!element) return;
    const onScroll = () => flushSync(sync);
    const observer = new ResizeObserver(sync);
    element.addEventListener('scroll', onScroll, { passive: true });
    observer.observe(element);
    return () => {
      element.removeEventListener('scroll', onScroll);
      observer.disconnect();
    };
  }, [scroller, sync]);

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

  const from = Math.max(0, Math.min(seen.first, count - 1) - OVERSCAN);
  const to = Math.min(count, seen.first + seen.rows + OVERSCAN);
  return { from, to, pool: seen.rows + 2 * OVERSCAN, sync, show };
}
