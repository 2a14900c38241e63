import { useVirtualizer } from '@tanstack/react-virtual';
import { memo, useLayoutEffect, useRef } from 'react';
import type { LogLevel, LogLine } from '@/api/types';
import { Highlighted } from '@/components/highlighted';
import { cx } from '@/lib/class-names';
import { formatTime } from '@/lib/format';
import type { TimeZone } from '@/lib/settings';

const LEVEL_LOOKS: Record<LogLevel, string> = {
  error: 'text-bad font-semibold',
  warning: 'text-warn font-semibold',
  info: 'text-muted',
  debug: 'text-faint',
};
const LINE_HEIGHT = 20;
const NEAR_PX = 400;

interface LogListProps {
  lines: readonly LogLine[];
  wrap: boolean;
  zone: TimeZone;
  search: string;
  following: boolean;
  onPause: () => void;
  onResume: () => void;
  onNearStart: () => void;
}

interface LineProps {
  line: LogLine;
  zone: TimeZone;
  search: string;
  wrap: boolean;
}

const Line = memo(function Line({ line, zone, search, wrap }: LineProps) {
  return (
    <>
      <span className="shrink-0 text-faint">{formatTime(line.timestamp, zone)}</span>
      <span className="w-14 shrink-0 text-muted">{line.process ?? 'gateway'}</span>
      <span className={cx('w-14 shrink-0', LEVEL_LOOKS[line.level])}>{line.level}</span>
      <span className="w-36 shrink-0 truncate text-muted phone:w-24" title={line.topic}>
        {line.topic}
      </span>
      <span className={wrap ? 'min-w-0 break-words whitespace-pre-wrap phone:basis-full phone:pb-1' : ''}>
        <Highlighted text={line.message} needle={search.toLowerCase()} />
      </span>
    </>
  );
});

/** Keeps the end in sight while following, and in place what is seen when older lines come before it. */
function useScrollPosition({ lines, following, wrap, onPause, onResume, onNearStart }: LogListProps) {
  const scroller = useRef<HTMLDivElement>(null);
  const before = useRef({ top: 0, height: 0, first: '' });

  // biome-ignore lint/correctness/useExhaustiveDependencies: again after each line
  useLayoutEffect(() => {
    const element = scroller.current;
    if (!element) return;
    const first = lines[0]?.id ?? '';
    const { top, height, first: firstBefore } = before.current;
    if (following) element.scrollTop = element.scrollHeight;
    else if (first !== firstBefore && height > 0) element.scrollTop = top + element.scrollHeight - height;
    before.current = { top: element.scrollTop, height: element.scrollHeight, first };
  }, [lines, following, wrap]);

  function onScroll() {
    const element = scroller.current;
    if (!element) return;
    const moved = element.scrollTop - before.current.top;
    const atEnd = element.scrollTop + element.clientHeight >= element.scrollHeight - 4;
    before.current.top = element.scrollTop;
    before.current.height = element.scrollHeight;
    if (following && moved < -1 && !atEnd) onPause();
    else if (!following && moved > 1 && atEnd) onResume();
    if (element.scrollTop < NEAR_PX && element.scrollHeight > element.clientHeight) onNearStart();
  }
  return { scroller, onScroll };
}

/** A terminal: newest line at the bottom; scrolling up pauses, scrolling to the end goes on. */
export function LogList(props: LogListProps) {
  const { lines, wrap, zone, search } = props;
  const { scroller, onScroll } = useScrollPosition(props);
  const virtualizer = useVirtualizer({
    count: lines.length,
    getScrollElement: () => scroller.current,
    estimateSize: () => LINE_HEIGHT,
    overscan: 20,
  });
  return (
    <div
      ref={scroller}
      onScroll={onScroll}
      role="log"
      aria-label="Log lines"
      aria-live="off"
      tabIndex={0}
      className="scroll-stable min-h-0 flex-1 py-1 font-mono text-xs leading-5"
    >
      <div className="relative min-w-full" style={{ height: virtualizer.getTotalSize() }}>
        {virtualizer.getVirtualItems().map((item) => {
          const line = lines[item.index];
          if (!line) return null;
          return (
            <div
              key={item.key}
              data-index={item.index}
              data-level={line.level}
              ref={wrap ? virtualizer.measureElement : undefined}
              className={cx(
                'absolute left-0 flex min-w-full gap-3 px-3 hover:bg-panel',
                wrap ? 'w-full phone:flex-wrap phone:gap-y-0' : 'whitespace-pre',
              )}
              style={{ top: item.start }}
            >
              <Line line={line} zone={zone} search={search} wrap={wrap} />
            </div>
          );
        })}
      </div>
    </div>
  );
}
