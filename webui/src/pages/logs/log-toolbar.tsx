import { Download, Pause, Play, WrapText } from 'lucide-react';
import type { RefObject } from 'react';
import type { LogLevel } from '@/api/types';
import { IconButton, Segments, Select, TextField } from '@/components/controls';
import { Toolbar } from '@/components/layout';
import { formatCount } from '@/lib/format';
import { LEVELS, type LogFilter } from './log-filter';

const LEVEL_OPTIONS = LEVELS.map((level) => ({ value: level, label: level }));

interface LogToolbarProps {
  filter: LogFilter;
  typed: string;
  paused: boolean;
  wrap: boolean;
  count: number;
  inputRef: RefObject<HTMLInputElement | null>;
  onType: (text: string) => void;
  onLevel: (level: LogLevel) => void;
  onProcess: (process: string) => void;
  onToggle: () => void;
  onWrap: () => void;
  onSave: () => void;
}

export function LogToolbar(props: LogToolbarProps) {
  const { filter, typed, paused, wrap, count } = props;
  return (
    <Toolbar label="Logs">
      <IconButton
        label={paused ? 'Follow the newest (Space)' : 'Pause (Space)'}
        pressed={paused}
        onClick={props.onToggle}
      >
        {paused ? <Play className="size-4" /> : <Pause className="size-4" />}
      </IconButton>
      <TextField
        ref={props.inputRef}
        type="search"
        aria-label="Search in logs"
        placeholder="Search"
        className="w-72 font-mono text-xs phone:w-auto phone:flex-1"
        value={typed}
        onChange={(event) => props.onType(event.target.value)}
      />
      <div className="flex items-center gap-2 phone:order-last phone:w-full">
        <Segments<LogLevel> label="Least level" value={filter.level} options={LEVEL_OPTIONS} onChange={props.onLevel} />
        <Select
          aria-label="Process"
          className="text-xs! phone:flex-1"
          value={filter.process}
          onChange={(event) => props.onProcess(event.target.value)}
        >
          <option value="">Both processes</option>
          <option value="gateway">gateway</option>
          <option value="boardd">boardd</option>
        </Select>
      </div>
      <span className="ml-auto text-xs whitespace-nowrap text-muted tabular-nums phone:hidden" data-testid="counts">
        {formatCount(count)} lines
      </span>
      <IconButton label="Wrap long lines" pressed={wrap} onClick={props.onWrap}>
        <WrapText className="size-4" />
      </IconButton>
      <IconButton label="Save what is shown" onClick={props.onSave}>
        <Download className="size-4" />
      </IconButton>
    </Toolbar>
  );
}
