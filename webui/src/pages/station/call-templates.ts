import type { Json } from '@/api/types';

type Templates = Record<string, Json>;

/** What operators send most, each with a payload to begin with. Any other action can be typed. */
const V16: Templates = {
  ChangeAvailability: { connectorId: 0, type: 'Operative' },
  ChangeConfiguration: { key: 'HeartbeatInterval', value: '300' },
  ClearCache: {},
  GetCompositeSchedule: { connectorId: 1, duration: 3600 },
  GetConfiguration: { key: ['HeartbeatInterval'] },
  GetLocalListVersion: {},
  RemoteStartTransaction: { connectorId: 1, idTag: '' },
  RemoteStopTransaction: { transactionId: 0 },
  Reset: { type: 'Soft' },
  TriggerMessage: { requestedMessage: 'StatusNotification' },
  UnlockConnector: { connectorId: 1 },
};

const HEARTBEAT_INTERVAL = { component: { name: 'OCPPCommCtrlr' }, variable: { name: 'HeartbeatInterval' } };

const V2: Templates = {
  ChangeAvailability: { operationalStatus: 'Operative' },
  ClearCache: {},
  GetBaseReport: { requestId: 1, reportBase: 'SummaryInventory' },
  GetCompositeSchedule: { evseId: 1, duration: 3600 },
  GetLocalListVersion: {},
  GetTransactionStatus: {},
  GetVariables: { getVariableData: [HEARTBEAT_INTERVAL] },
  RequestStartTransaction: { remoteStartId: 1, evseId: 1, idToken: { idToken: '', type: 'ISO14443' } },
  RequestStopTransaction: { transactionId: '' },
  Reset: { type: 'OnIdle' },
  SetVariables: { setVariableData: [{ ...HEARTBEAT_INTERVAL, attributeValue: '300' }] },
  TriggerMessage: { requestedMessage: 'StatusNotification' },
  UnlockConnector: { evseId: 1, connectorId: 1 },
};

export function templatesFor(protocol: string | undefined): Templates {
  return protocol === 'ocpp1.6' ? V16 : V2;
}

export function templateText(protocol: string | undefined, action: string): string {
  return JSON.stringify(templatesFor(protocol)[action] ?? {}, null, 2);
}

/** A CALL's payload is an object. Throws what is wrong with `text`, in words. */
export function parsePayload(text: string): Json {
  let value: unknown;
  try {
    value = JSON.parse(text.trim() || '{}');
  } catch (error) {
    throw new Error(`Not JSON: ${error instanceof Error ? error.message : String(error)}`);
  }
  if (!value || typeof value !== 'object' || Array.isArray(value)) throw new Error('The payload has to be an object.');
  return value as Json;
}
