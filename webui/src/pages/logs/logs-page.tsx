import { Download, Pause, Play, WrapText } from 'lucide-react';
import { useEffect, useMemo, useRef, useState } from 'react';
import { useSearchParams } from 'react-router';
import type { LogLevel, LogLine } from '@/api/types';
import { Button, IconButton, Segments, Select, TextField } from '@/components/controls';
import { Empty, Problem, Toolbar } from '@/components/layout';
import { useShortcuts } from '@/components/use-shortcuts';
import { cx } from '@/lib/class-names';
import { saveFile } from '@/lib/clipboard';
import { formatCount, formatFull } from '@/lib/format';
import { useSettings } from '@/lib/settings';
import { LEVELS, type LogFilter, passes } from './log-filter';
import { LogList } from './log-list';
import { useLogs } from './use-logs';

const LEVEL_OPTIONS = LEVELS.map((level) => ({ value: level, label: level }));

export default function LogsPage() {
  const [params, setParams] = useSearchParams();
  const { timeZone } = useSettings();
  const [wrap, setWrap] = useState(() => matchMedia('(width < 48rem)').matches);
  const [frozen, setFrozen] = useState<readonly LogLine[] | null>(null);
  const searchInput = useRef<HTMLInputElement>(null);
  const { lines, error } = useLogs();
  const filter: LogFilter = {
    level: (params.get('level') as LogLevel | null) ?? 'info',
    process: params.get('process') ?? '',
    text: params.get('q') ?? '',
  };
  const source = frozen ?? lines;
  const { level, process, text } = filter;
  const shown = useMemo(
    () => source.filter((line) => passes(line, { level, process, text })),
    [source, level, process, text],
  );
  const toggle = () => setFrozen((previous) => (previous ? null : lines));
  useShortcuts({ '/': () => searchInput.current?.focus(), ' ': toggle });
  useEffect(() => {
    if (frozen && lines.length === 0) setFrozen(null);
  }, [frozen, lines]);

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
  function save() {
    const text = shown.map(
      (line) => `${line.timestamp} ${line.process ?? 'gateway'} ${line.level} ${line.topic ?? ''}: ${line.message}\n`,
    );
    saveFile(`ocpp-board-${formatFull(Date.now(), 'UTC').replace(/[ :.]/g, '-')}.log`, 'text/plain', text);
  }

  return (
    <>
      <Toolbar label="Logs">
        <IconButton
          label={frozen ? 'Follow the newest (Space)' : 'Pause (Space)'}
          pressed={frozen !== null}
          onClick={toggle}
        >
          {frozen ? <Play className="size-4" /> : <Pause className="size-4" />}
        </IconButton>
        <TextField
          ref={searchInput}
          type="search"
          aria-label="Search in logs"
          placeholder="Search"
          className={cx('w-64 font-mono text-xs phone:flex-1')}
          value={filter.text}
          onChange={(event) => change('q', event.target.value)}
        />
        <Segments<LogLevel>
          label="Least level"
          value={filter.level}
          options={LEVEL_OPTIONS}
          onChange={(value) => change('level', value === 'info' ? '' : value)}
        />
        <Select aria-label="Process" value={filter.process} onChange={(event) => change('process', event.target.value)}>
          <option value="">Both processes</option>
          <option value="gateway">gateway</option>
          <option value="boardd">boardd</option>
        </Select>
        <IconButton label="Wrap long lines" pressed={wrap} onClick={() => setWrap(!wrap)}>
          <WrapText className="size-4" />
        </IconButton>
        <IconButton label="Save what is shown" onClick={save}>
          <Download className="size-4" />
        </IconButton>
        <span className="ml-auto text-xs text-muted">{formatCount(shown.length)} lines</span>
      </Toolbar>
      {error && <Problem>{error}</Problem>}
      {shown.length === 0 && <Empty>No log line passes.</Empty>}
      <LogList
        lines={shown}
        wrap={wrap}
        zone={timeZone}
        search={filter.text}
        following={frozen === null}
        onPause={() => setFrozen(lines)}
      />
      {frozen && (
        <Button
          look="solid"
          className="absolute right-5 bottom-10 z-20 phone:bottom-18"
          onClick={() => setFrozen(null)}
        >
          Follow ↓
        </Button>
      )}
    </>
  );
}
