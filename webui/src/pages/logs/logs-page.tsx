import { useEffect, useMemo, useRef, useState } from 'react';
import { useSearchParams } from 'react-router';
import type { LogLevel, LogLine } from '@/api/types';
import { Button } from '@/components/controls';
import { Empty, Problem } from '@/components/layout';
import { useShortcuts } from '@/components/use-shortcuts';
import { saveFile } from '@/lib/clipboard';
import { formatCount } from '@/lib/format';
import { readStorage, useSettings, writeStorage } from '@/lib/settings';
import { useDebounced } from '@/lib/use-debounced';
import { useNotePaused } from '@/stream/paused';
import { isLevel, type LogFilter, passes, textOf } from './log-filter';
import { LogList } from './log-list';
import { LogToolbar } from './log-toolbar';
import { useLogs } from './use-logs';

const WRAP_KEY = 'ocpp-board.wrap-logs';

/** The filter of the address; the search goes there once nobody types. */
function useLogFilter() {
  const [params, setParams] = useSearchParams();
  const [typed, setTyped] = useState(params.get('q') ?? '');
  const settled = useDebounced(typed, 300);
  const level = params.get('level') ?? '';
  const filter: LogFilter = {
    level: isLevel(level) ? level : 'info',
    process: params.get('process') ?? '',
    text: settled.trim(),
  };
  function change(name: string, value: string) {
    setParams(
      (previous) => {
        if (value) previous.set(name, value);
        else previous.delete(name);
        return previous;
      },
      { replace: true },
    );
  }
  // biome-ignore lint/correctness/useExhaustiveDependencies: only the settled text writes the address
  useEffect(() => {
    if ((params.get('q') ?? '') !== filter.text) change('q', filter.text);
  }, [filter.text]);
  return { filter, typed, setTyped, change };
}

function useWrap() {
  const [wrap, setWrap] = useState(() => {
    const kept = readStorage(WRAP_KEY);
    return kept === null ? matchMedia('(width < 48rem)').matches : kept === 'yes';
  });
  function toggle() {
    writeStorage(WRAP_KEY, wrap ? 'no' : 'yes');
    setWrap(!wrap);
  }
  return [wrap, toggle] as const;
}

function save(lines: readonly LogLine[]) {
  const name = `ocpp-board-${new Date().toISOString().replace(/[:.]/g, '-')}.log`;
  saveFile(
    name,
    'text/plain',
    lines.map((line) => `${textOf(line)}\n`),
  );
}

/** Lines up to the one that was the last when it was paused, and how many came since. */
function useStandstill(lines: readonly LogLine[]) {
  const [end, setEnd] = useState<LogLine | null>(null);
  useNotePaused(end !== null);
  const shown = useMemo(() => {
    if (!end) return lines;
    const after = lines.findIndex(({ timestamp }) => timestamp > end.timestamp);
    return after < 0 ? lines : lines.slice(0, after);
  }, [lines, end]);
  return {
    shown,
    paused: end !== null,
    fresh: lines.length - shown.length,
    pause: () => setEnd((previous) => previous ?? lines.at(-1) ?? null),
    resume: () => setEnd(null),
  };
}

export default function LogsPage() {
  const { timeZone } = useSettings();
  const { filter, typed, setTyped, change } = useLogFilter();
  const [wrap, toggleWrap] = useWrap();
  const searchInput = useRef<HTMLInputElement>(null);
  const { lines, error, loading, loadOlder } = useLogs(filter);
  const { level, process, text } = filter;
  const passing = useMemo(
    () => lines.filter((line) => passes(line, { level, process, text })),
    [lines, level, process, text],
  );
  const { shown, paused, fresh, pause, resume } = useStandstill(passing);
  const toggle = paused ? resume : pause;
  useShortcuts({ '/': () => searchInput.current?.focus(), ' ': toggle });

  return (
    <>
      <LogToolbar
        filter={filter}
        typed={typed}
        paused={paused}
        wrap={wrap}
        count={shown.length}
        inputRef={searchInput}
        onType={setTyped}
        onLevel={(value: LogLevel) => change('level', value === 'info' ? '' : value)}
        onProcess={(value) => change('process', value)}
        onToggle={toggle}
        onWrap={toggleWrap}
        onSave={() => save(shown)}
      />
      {error && <Problem>{error}</Problem>}
      {shown.length === 0 && <Empty>{loading ? 'Searching what is held' : 'No log line passes.'}</Empty>}
      <div className="relative flex min-h-0 flex-1 flex-col">
        <LogList
          lines={shown}
          wrap={wrap}
          zone={timeZone}
          search={text}
          following={!paused}
          onPause={pause}
          onResume={resume}
          onNearStart={loadOlder}
        />
        {paused && (
          <Button
            look="solid"
            className="absolute right-5 bottom-3 z-20 tabular-nums"
            onClick={resume}
            data-testid="resume"
          >
            {fresh > 0 ? `${formatCount(fresh)} new` : 'Paused'} ↓
          </Button>
        )}
      </div>
    </>
  );
}
