import type { Connection, Connector, StationProblem } from '@/api/types';
import type { Tone } from '@/components/status';
import { connectorName } from './connectors';

/** What is wrong with a station, as the server finds it, in words. */
export interface Problem {
  kind: StationProblem;
  text: string;
  tone: Tone;
  /** Since when, in ms; null where that isn't known. */
  since: number | null;
}

/** A station that says nothing for so long, heartbeats included, is stale. */
export const STALE_MS = 15 * 60_000;

export const PROBLEM_NAMES: Record<StationProblem, string> = {
  faulted: 'Faulted',
  offline: 'Offline',
  slow: 'Slow',
  errors: 'Errors',
  flapping: 'Flapping',
};

/** The worst first. */
export const PROBLEM_ORDER = Object.keys(PROBLEM_NAMES) as StationProblem[];

function stamp(text: string | null | undefined): number | null {
  return text ? Date.parse(text) : null;
}

/** Why the last connection ended: the code and what was said; empty while it lasts. */
export function closeText(connection: Connection): string {
  if (connection.status === 'online') return '';
  return [connection.closeCode, connection.closeReason].filter(Boolean).join(' ');
}

function faultOf(connectors: Connector[] | undefined): Connector | undefined {
  return connectors?.find(({ status }) => status === 'Faulted');
}

function faulted(connection: Connection): Problem {
  const connector = faultOf(connection.connectors);
  const error = connector?.errorCode && connector.errorCode !== 'NoError' ? `: ${connector.errorCode}` : '';
  const text = connector ? `${connectorName(connector)} faulted${error}` : 'faulted';
  return { kind: 'faulted', text, tone: 'bad', since: stamp(connector?.timestamp) };
}

function offline(connection: Connection): Problem {
  const word = connection.status === 'evicted' ? 'evicted' : 'offline';
  const why = closeText(connection);
  return {
    kind: 'offline',
    text: why ? `${word}: ${why}` : word,
    tone: 'idle',
    since: stamp(connection.disconnectedAt),
  };
}

function describe(kind: StationProblem, connection: Connection): Problem {
  switch (kind) {
    case 'faulted':
      return faulted(connection);
    case 'offline':
      return offline(connection);
    case 'slow':
      return { kind, text: 'slow answers', tone: 'warn', since: null };
    case 'errors':
      return { kind, text: 'errors lately', tone: 'warn', since: null };
    case 'flapping':
      return { kind, text: 'connects again and again', tone: 'warn', since: stamp(connection.connectedAt) };
  }
}

export function problemsOf(connection: Connection): Problem[] {
  const kinds = connection.problems ?? [];
  return PROBLEM_ORDER.filter((kind) => kinds.includes(kind)).map((kind) => describe(kind, connection));
}
