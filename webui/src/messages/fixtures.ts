import type { OcppMessage } from '@/api/types';

const START = Date.parse('2026-01-31T12:00:00.000Z');

export function call(sequence: number, fields: Partial<OcppMessage> = {}): OcppMessage {
  return {
    id: `default-${sequence}`,
    identity: 'CP-01',
    gateway: 'default',
    direction: 'IN',
    type: 'CALL',
    method: 'Heartbeat',
    messageId: `m${sequence}`,
    params: {},
    timestamp: new Date(START + sequence).toISOString(),
    protocol: 'ocpp1.6',
    ...fields,
  };
}

/** The answer to a CALL, `later` records after it. */
export function answer(to: OcppMessage, later = 1, fields: Partial<OcppMessage> = {}): OcppMessage {
  const sequence = Number(to.id.split('-')[1]) + later;
  return {
    ...to,
    id: `default-${sequence}`,
    direction: to.direction === 'IN' ? 'OUT' : 'IN',
    type: 'CALLRESULT',
    params: undefined,
    payload: {},
    timestamp: new Date(START + sequence).toISOString(),
    latencyMs: 0.4,
    ...fields,
  };
}
