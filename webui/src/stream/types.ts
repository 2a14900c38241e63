import type {
  ConnectionEvent,
  ErrorEvent,
  GatewayState,
  LogLine,
  OcppMessage,
  SecurityEvent,
  SystemEvent,
  Telemetry,
} from '@/api/types';

/** What each event of /api/stream carries. */
export interface StreamEvents {
  connected: Record<string, unknown>;
  message: OcppMessage;
  telemetry: Telemetry;
  security: SecurityEvent;
  log: LogLine;
  connection: ConnectionEvent;
  'error-event': ErrorEvent;
  'system-event': SystemEvent;
  gateway: { name: string; state: GatewayState };
  lost: { topic: string; gateway?: string; count: number };
  skipped: { topic: string; count: number };
}

export type StreamEventName = keyof StreamEvents;

export interface StreamItem {
  name: string;
  data: unknown;
}

/**
 * `live` needs bytes in the last heartbeats; it is `lagging` while events come later than they use to. `waiting` has the time
 * of the next try; `signed-out` ends the stream until somebody logs in; `refused` ends it for good.
 */
export type StreamState =
  | { phase: 'idle' }
  | { phase: 'connecting'; attempt: number }
  | { phase: 'live'; since: number; lagging: boolean }
  | { phase: 'waiting'; attempt: number; retryAt: number; reason: string }
  | { phase: 'signed-out' }
  | { phase: 'refused'; reason: string };

export interface StreamListener {
  onItems: (items: StreamItem[]) => void;
  onState: (state: StreamState) => void;
}

export type ToWorker =
  | { kind: 'open'; url: string }
  | { kind: 'close'; url: string }
  | { kind: 'retry' }
  | { kind: 'leave' };
export type FromWorker =
  | { kind: 'items'; url: string; items: StreamItem[] }
  | { kind: 'state'; url: string; state: StreamState };
