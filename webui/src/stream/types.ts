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
 * `live` needs bytes in the last heartbeats; `waiting` has the time of the next try; `signed-out` ends the stream until
 * somebody logs in.
 */
export type StreamState =
  | { phase: 'idle' }
  | { phase: 'connecting'; attempt: number }
  | { phase: 'live'; since: number }
  | { phase: 'waiting'; attempt: number; retryAt: number; reason: string }
  | { phase: 'signed-out' };

export type ToWorker = { kind: 'start'; url: string } | { kind: 'retry' } | { kind: 'leave' };
export type FromWorker = { kind: 'items'; items: StreamItem[] } | { kind: 'state'; state: StreamState };
