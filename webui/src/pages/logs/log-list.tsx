import { useVirtualizer } from '@tanstack/react-virtual';
import { useLayoutEffect, useRef } from 'react';
import type { LogLevel, LogLine } from '@/api/types';
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

interface LogListProps {
  lines: readonly LogLine[];
  wrap: boolean;
  zone: TimeZone;
  search: string;
  following: boolean;
  onPause: () => void;
}

function Marked({ text, search }: { text: string; search: string }) {
  const at = search ? text.toLowerCase().indexOf(search.toLowerCase()) : -1;
  if (at < 0) return text;
  return (
    <>
      {text.slice(0, at)}
      <mark>{text.slice(at, at + search.length)}</mark>
      {text.slice(at + search.length)}
    </>
  );
}

/** A terminal: newest line at the bottom; scrolling up pauses. */
export function LogList({ lines, wrap, zone, search, following, onPause }: LogListProps) {
  const scroller = useRef<HTMLDivElement>(null);
  const lastTop = useRef(0);
  const virtualizer = useVirtualizer({
    count: lines.length,
    getScrollElement: () => scroller.current,
    estimateSize: () => LINE_HEIGHT,
    overscan: 20,
  });

  // biome-ignore lint/correctness/useExhaustiveDependencies: again after each line
  useLayoutEffect(() => {
    const element = scroller.current;
    if (!element || !following) return;
    element.scrollTop = element.scrollHeight;
    lastTop.current = element.scrollTop;
  }, [lines, following, wrap]);

  function onScroll() {
    const element = scroller.current;
    if (!element) return;
    const upwards = element.scrollTop < lastTop.current - 1;
    const atEnd = element.scrollTop + element.clientHeight >= element.scrollHeight - 4;
    lastTop.current = element.scrollTop;
    if (following && upwards && !atEnd) onPause();
  }

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
              ref={wrap ? virtualizer.measureElement : undefined}
              className={cx(
                'absolute top-0 left-0 flex min-w-full gap-3 px-3 hover:bg-panel',
                wrap ? 'w-full' : 'whitespace-pre',
              )}
              style={{ transform: `translateY(${item.start}px)` }}
            >
              <span className="shrink-0 text-faint">{formatTime(line.timestamp, zone)}</span>
              <span className="w-14 shrink-0 text-muted phone:hidden">{line.process ?? 'gateway'}</span>
              <span className={cx('w-14 shrink-0', LEVEL_LOOKS[line.level])}>{line.level}</span>
              <span className="w-36 shrink-0 truncate text-muted phone:hidden">{line.topic}</span>
              <span className={wrap ? 'min-w-0 break-words' : ''}>
                <Marked text={line.message} search={search} />
              </span>
            </div>
          );
        })}
      </div>
    </div>
  );
}
