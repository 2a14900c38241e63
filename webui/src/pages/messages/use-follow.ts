import { type RefObject, useCallback, useLayoutEffect, useRef, useState } from 'react';
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

  const onScroll = useCallback(() => {
    const element = scroller.current;
    if (!element) return;
    const top = element.scrollTop;
    const atEnd = top + element.clientHeight >= element.scrollHeight - 4;
    const upwards = top < lastTop.current - 1;
    lastTop.current = top;
    if (atEnd && !upwards) resume();
    else if (upwards && !atEnd) pause();
  }, [scroller, pause, resume]);

  return { rows, following, fresh: frozen ? view.appended - frozen.appended : 0, pause, resume, onScroll };
}
