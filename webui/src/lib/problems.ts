import type { Connection } from '@/api/types';
import type { Tone } from '@/components/status';
import { connectorsOf } from '@/stations/connector-tracker';

export interface Problem {
  text: string;
  tone: Tone;
  weight: number;
  since: number | null;
}

/** A station that says nothing for so long, heartbeats included, is stale. */
export const STALE_MS = 15 * 60_000;
const SLOW_AVERAGE_MS = 500;
const FLAPPING_CONNECTS = 10;

const FAULTS = new Set(['Faulted', 'Unavailable']);

function stamp(text: string | null | undefined): number | null {
  return text ? Date.parse(text) : null;
}

function offline(connection: Connection): Problem | null {
  if (connection.status === 'online') return null;
  const reason = connection.closeReason || (connection.closeCode ? `close code ${connection.closeCode}` : '');
  const since = stamp(connection.disconnectedAt);
  return { text: reason ? `offline: ${reason}` : 'offline', tone: 'idle', weight: 3, since };
}

function faulted(connection: Connection): Problem | null {
  const bad = connectorsOf(connection)?.find((connector) => FAULTS.has(connector.status ?? ''));
  if (!bad) return null;
  const where = bad.connectorId ?? bad.evseId ?? '';
  const error = bad.errorCode && bad.errorCode !== 'NoError' ? ` ${bad.errorCode}` : '';
  const tone = bad.status === 'Faulted' ? 'bad' : 'warn';
  return {
    text: `connector ${where} ${bad.status}${error}`,
    tone,
    weight: tone === 'bad' ? 5 : 2,
    since: stamp(bad.timestamp),
  };
}

function stale(connection: Connection, now: number): Problem | null {
  const last = stamp(connection.lastMessageAt);
  if (connection.status !== 'online' || last === null || now - last < STALE_MS) return null;
  return { text: 'connected, but silent', tone: 'warn', weight: 4, since: last };
}

function flapping(connection: Connection): Problem | null {
  if ((connection.connects ?? 0) < FLAPPING_CONNECTS || connection.status !== 'online') return null;
  return { text: `${connection.connects} connects`, tone: 'warn', weight: 1, since: stamp(connection.connectedAt) };
}

function slow(connection: Connection): Problem | null {
  if ((connection.avgLatencyMs ?? 0) < SLOW_AVERAGE_MS) return null;
  return {
    text: `slow: ${Math.round(connection.avgLatencyMs ?? 0)} ms on average`,
    tone: 'warn',
    weight: 2,
    since: null,
  };
}

/** What is wrong with a station, the worst first. */
export function problemsOf(connection: Connection, now: number): Problem[] {
  return [faulted(connection), stale(connection, now), offline(connection), slow(connection), flapping(connection)]
    .filter((problem) => problem !== null)
    .sort((a, b) => b.weight - a.weight);
}
