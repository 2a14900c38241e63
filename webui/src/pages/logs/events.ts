import type { ErrorEvent, LogLine, SystemEvent } from '@/api/types';

/** Error and system events as lines of the log: one place where everything that happened stands in order. */
export function lineOfError(event: ErrorEvent): LogLine {
  const sent = event.raw ?? (typeof event.payload === 'string' ? event.payload : JSON.stringify(event.payload));
  const about = [event.identity, event.method, event.messageId].filter(Boolean).join(' ');
  return {
    id: `errors-${event.id}`,
    gateway: event.gateway,
    process: 'gateway',
    level: 'warning',
    topic: event.category,
    message: [about, event.message, sent].filter(Boolean).join(': '),
    timestamp: event.timestamp,
  };
}

export function lineOfSystem(event: SystemEvent): LogLine {
  return {
    id: `system-${event.id}`,
    gateway: event.gateway,
    process: 'gateway',
    level: event.category === 'LOST' || event.category === 'BACKPRESSURE' ? 'warning' : 'info',
    topic: event.category,
    message: [event.identity, event.message].filter(Boolean).join(': '),
    timestamp: event.timestamp,
  };
}
