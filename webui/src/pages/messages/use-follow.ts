import { type RefObject, useCallback, useEffect, useLayoutEffect, useRef, useState } from 'react';
import type { Row } from '@/messages/exchange';
import type { MessageView } from '@/messages/message-store';

interface Follow {
  rows: readonly Row[];
  following: boolean;
  /** Rows that came since the list was paused. */
  fresh: number;
  pause: () => void;
  resume: () => void;
  onScroll: () => void;
}

interface Frozen {
  rows: readonly Row[];
  appended: number;
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

/**
 * Keeps the newest row in sight. Scrolling up, or `pause`, freezes the list as it is, so that nothing moves under the
 * reader's eyes; going to the end, or `resume`, lets it run again.
 */
export function useFollow(view: MessageView, scroller: RefObject<HTMLDivElement | null>): Follow {
  const [frozen, setFrozen] = useState<Frozen | null>(null);
  const lastTop = useRef(0);
  const following = frozen === null;
  const rows = frozen?.rows ?? view.rows;

  const pause = useCallback(() => {
    setFrozen((previous) => previous ?? { rows: view.rows.slice(), appended: view.appended });
  }, [view]);
  const resume = useCallback(() => setFrozen(null), []);

  // biome-ignore lint/correctness/useExhaustiveDependencies: again after each change of the list
  useLayoutEffect(() => {
    const element = scroller.current;
    if (!element || !following) return;
    element.scrollTop = element.scrollHeight;
    lastTop.current = element.scrollTop;
  }, [view.version, following]);

  const intended = useScrollIntent(scroller);
  const onScroll = useCallback(() => {
    const element = scroller.current;
    if (!element) return;
    const top = element.scrollTop;
    const atEnd = top + element.clientHeight >= element.scrollHeight - 4;
    const upwards = top < lastTop.current - 1;
    lastTop.current = top;
    if (atEnd && !upwards) resume();
    else if (upwards && !atEnd && intended()) pause();
  }, [scroller, pause, resume, intended]);

  return { rows, following, fresh: frozen ? view.appended - frozen.appended : 0, pause, resume, onScroll };
}
