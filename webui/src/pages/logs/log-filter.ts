import type { LogLevel, LogLine } from '@/api/types';

export const LEVELS: readonly LogLevel[] = ['error', 'warning', 'info', 'debug'];

export interface LogFilter {
  level: LogLevel;
  process: string;
  text: string;
}

export function isLevel(text: string): text is LogLevel {
  return (LEVELS as readonly string[]).includes(text);
}

export function rank(level: LogLevel): number {
  const at = LEVELS.indexOf(level);
  return at < 0 ? 2 : at;
}

export function passes(line: LogLine, filter: LogFilter): boolean {
  if (rank(line.level) > rank(filter.level)) return false;
  if (filter.process && (line.process ?? 'gateway') !== filter.process) return false;
  if (!filter.text) return true;
  const needle = filter.text.toLowerCase();
  return line.message.toLowerCase().includes(needle) || (line.topic ?? '').toLowerCase().includes(needle);
}

/** A line of a log file. */
export function textOf(line: LogLine): string {
  return `${line.timestamp} ${line.process ?? 'gateway'} ${line.level} ${line.topic ?? ''}: ${line.message}`;
}
