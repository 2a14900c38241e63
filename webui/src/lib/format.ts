import type { TimeZone } from './settings';

/** What stands where nothing is known. */
export const NONE = '–';

const integer = new Intl.NumberFormat('en-US');

export function formatCount(value: number | null | undefined): string {
  return value === null || value === undefined || !Number.isFinite(value) ? NONE : integer.format(Math.round(value));
}

/** Three significant digits at most: 0.42, 7.3, 128, 12.4k. For axes and narrow places. */
export function formatCompact(value: number | null | undefined): string {
  if (value === null || value === undefined || !Number.isFinite(value)) return NONE;
  const size = Math.abs(value);
  if (size >= 1e9) return `${(value / 1e9).toFixed(1)}G`;
  if (size >= 1e6) return `${(value / 1e6).toFixed(1)}M`;
  if (size >= 1e4) return `${(value / 1e3).toFixed(1)}k`;
  if (size >= 100 || Number.isInteger(value)) return String(Math.round(value));
  return size >= 10 ? value.toFixed(1) : value.toFixed(2);
}

export function formatRate(value: number | null | undefined): string {
  if (value === null || value === undefined || !Number.isFinite(value)) return NONE;
  if (value === 0) return '0';
  return value >= 100 ? formatCount(value) : value.toFixed(1);
}

/** A unit that keeps the number short: 12 µs, 0.42 ms, 18 ms, 1.24 s. */
export function formatLatency(ms: number | null | undefined): string {
  if (ms === null || ms === undefined || !Number.isFinite(ms)) return NONE;
  if (ms === 0) return '0 ms';
  if (ms < 0.1) return `${Math.round(ms * 1000)} µs`;
  if (ms < 1) return `${ms.toFixed(2)} ms`;
  if (ms < 10) return `${ms.toFixed(1)} ms`;
  if (ms < 1000) return `${Math.round(ms)} ms`;
  return `${(ms / 1000).toFixed(2)} s`;
}

export function formatPercent(value: number | null | undefined): string {
  if (value === null || value === undefined || !Number.isFinite(value)) return NONE;
  if (value === 0) return '0 %';
  return value < 10 ? `${value.toFixed(2)} %` : `${value.toFixed(1)} %`;
}

export function formatBytes(bytes: number | null | undefined): string {
  if (bytes === null || bytes === undefined || !Number.isFinite(bytes)) return NONE;
  const units = ['B', 'KiB', 'MiB', 'GiB'];
  let value = bytes;
  let unit = 0;
  while (value >= 1024 && unit < units.length - 1) {
    value /= 1024;
    unit += 1;
  }
  return `${unit === 0 || value >= 100 ? Math.round(value) : value.toFixed(1)} ${units[unit]}`;
}

const SCALED = new Set(['W', 'Wh', 'VA', 'VAh', 'var', 'varh']);

/** 49.3 kW, 230 V, 44 %: what is measured in thousands goes to the unit's thousand. */
export function formatQuantity(value: number | null | undefined, unit = ''): string {
  if (value === null || value === undefined || !Number.isFinite(value)) return NONE;
  if (unit === 'Percent') return `${formatCompact(value)} %`;
  if (SCALED.has(unit) && Math.abs(value) >= 1000) return `${(value / 1000).toFixed(2)} k${unit}`;
  const digits = Number.isInteger(value) || Math.abs(value) >= 100 ? 0 : 1;
  return `${value.toFixed(digits)} ${unit}`.trim();
}

export function formatEnergy(wh: number | null | undefined): string {
  return wh === null || wh === undefined ? NONE : `${(wh / 1000).toFixed(2)} kWh`;
}

export function formatPower(w: number | null | undefined): string {
  return w === null || w === undefined ? NONE : `${(w / 1000).toFixed(1)} kW`;
}

/** Two units at most: 4 s, 12 min 5 s, 3 h 20 min, 5 d 2 h. */
export function formatDuration(ms: number | null | undefined): string {
  if (ms === null || ms === undefined || !Number.isFinite(ms) || ms < 0) return NONE;
  const seconds = Math.floor(ms / 1000);
  if (seconds < 60) return `${seconds} s`;
  const minutes = Math.floor(seconds / 60);
  if (minutes < 60) return seconds % 60 ? `${minutes} min ${seconds % 60} s` : `${minutes} min`;
  const hours = Math.floor(minutes / 60);
  if (hours < 24) return minutes % 60 ? `${hours} h ${minutes % 60} min` : `${hours} h`;
  const days = Math.floor(hours / 24);
  return hours % 24 ? `${days} d ${hours % 24} h` : `${days} d`;
}

/** One unit, for table cells: 4 s, 12 min, 3 h, 5 d. */
export function formatAge(ms: number | null | undefined): string {
  if (ms === null || ms === undefined || !Number.isFinite(ms)) return NONE;
  const seconds = Math.max(0, Math.floor(ms / 1000));
  if (seconds < 60) return `${seconds} s`;
  if (seconds < 3600) return `${Math.floor(seconds / 60)} min`;
  if (seconds < 86400) return `${Math.floor(seconds / 3600)} h`;
  return `${Math.floor(seconds / 86400)} d`;
}

function pad(value: number, width = 2): string {
  return String(value).padStart(width, '0');
}

interface Parts {
  date: string;
  time: string;
  ms: string;
}

function partsOf(timestamp: string | number, zone: TimeZone): Parts | null {
  const date = new Date(timestamp);
  if (Number.isNaN(date.getTime())) return null;
  const utc = zone === 'UTC';
  const [year, month, day] = utc
    ? [date.getUTCFullYear(), date.getUTCMonth() + 1, date.getUTCDate()]
    : [date.getFullYear(), date.getMonth() + 1, date.getDate()];
  const [hours, minutes, seconds] = utc
    ? [date.getUTCHours(), date.getUTCMinutes(), date.getUTCSeconds()]
    : [date.getHours(), date.getMinutes(), date.getSeconds()];
  return {
    date: `${year}-${pad(month)}-${pad(day)}`,
    time: `${pad(hours)}:${pad(minutes)}:${pad(seconds)}`,
    ms: pad(date.getUTCMilliseconds(), 3),
  };
}

type Timestamp = string | number | null | undefined;

/** 14:03:07.123 */
export function formatTime(timestamp: Timestamp, zone: TimeZone): string {
  const parts = timestamp === null || timestamp === undefined ? null : partsOf(timestamp, zone);
  return parts ? `${parts.time}.${parts.ms}` : NONE;
}

/** 14:03:07 */
export function formatClock(timestamp: Timestamp, zone: TimeZone): string {
  const parts = timestamp === null || timestamp === undefined ? null : partsOf(timestamp, zone);
  return parts ? parts.time : NONE;
}

/** 2026-01-31 14:03:07 */
export function formatDateTime(timestamp: Timestamp, zone: TimeZone): string {
  const parts = timestamp === null || timestamp === undefined ? null : partsOf(timestamp, zone);
  return parts ? `${parts.date} ${parts.time}` : NONE;
}

/** 2026-01-31 14:03:07.123 */
export function formatFull(timestamp: Timestamp, zone: TimeZone): string {
  const parts = timestamp === null || timestamp === undefined ? null : partsOf(timestamp, zone);
  return parts ? `${parts.date} ${parts.time}.${parts.ms}` : NONE;
}

/** ocpp2.0.1 -> 2.0.1 */
export function formatProtocol(protocol: string | undefined): string {
  return protocol ? protocol.replace(/^ocpp/, '') : NONE;
}
