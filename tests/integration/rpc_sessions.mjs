// Sessions of stations that nobody here wrote: ocpp-rpc's client.
import assert from 'node:assert/strict';
import ocppRpc from 'ocpp-rpc';
import { cleanup } from './harness.mjs';
import { validators } from './schemas.mjs';

/** A client of ocpp-rpc that is strict about what it gets. `wsOpts` are those of ws. */
export async function connect(t, system, identity, version, wsOpts = {}) {
  const station = new ocppRpc.RPCClient({
    endpoint: `ws://127.0.0.1:${system.gatewayPort}/ocpp`,
    identity,
    protocols: [version],
    strictMode: true,
    strictModeValidators: [validators['ocpp2.1']], // its own look for names that its schemas of 2.1 don't have
    reconnect: false,
    callTimeoutMs: 10_000,
    wsOpts,
  });
  station.on('strictValidationFailure', ({ error }) => (station.violation ??= error));
  cleanup(t, () => station.close({ force: true }));
  await station.connect();
  return station;
}

export const now = () => new Date().toISOString();

async function day16(station) {
  const boot = await station.call('BootNotification', { chargePointVendor: 'Example', chargePointModel: 'One' });
  assert.equal(boot.status, 'Accepted');
  await station.call('StatusNotification', { connectorId: 1, errorCode: 'NoError', status: 'Preparing' });
  assert.equal((await station.call('Authorize', { idTag: 'TAG1' })).idTagInfo.status, 'Accepted');
  const { transactionId, idTagInfo } = await station.call('StartTransaction', { connectorId: 1, idTag: 'TAG1', meterStart: 0, timestamp: now() });
  assert.equal(idTagInfo.status, 'Accepted');
  assert.ok(Number.isInteger(transactionId) && transactionId > 0);
  await station.call('MeterValues', { connectorId: 1, transactionId, meterValue: [{ timestamp: now(), sampledValue: [{ value: '12.5' }] }] });
  await station.call('StopTransaction', { transactionId, meterStop: 20, timestamp: now(), idTag: 'TAG1' });
  await station.call('StatusNotification', { connectorId: 1, errorCode: 'NoError', status: 'Available' });
}

async function day2(station) {
  const boot = await station.call('BootNotification', { reason: 'PowerUp', chargingStation: { model: 'One', vendorName: 'Example' } });
  assert.equal(boot.status, 'Accepted');
  await station.call('StatusNotification', { timestamp: now(), connectorStatus: 'Occupied', evseId: 1, connectorId: 1 });
  const idToken = { idToken: 'TAG1', type: 'ISO14443' };
  assert.equal((await station.call('Authorize', { idToken })).idTokenInfo.status, 'Accepted');
  const transaction = (eventType, triggerReason, seqNo, more = {}) =>
    station.call('TransactionEvent', { eventType, timestamp: now(), triggerReason, seqNo, transactionInfo: { transactionId: 'T1' }, ...more });
  assert.equal((await transaction('Started', 'Authorized', 0, { idToken, evse: { id: 1 } })).idTokenInfo.status, 'Accepted');
  await transaction('Updated', 'MeterValuePeriodic', 1, { meterValue: [{ timestamp: now(), sampledValue: [{ value: 12.5 }] }] });
  await transaction('Ended', 'EVDeparted', 2);
  await station.call('StatusNotification', { timestamp: now(), connectorStatus: 'Available', evseId: 1, connectorId: 1 });
}

/** What a station does on a day with one transaction, in its version. */
export const day = (station) => (station.protocol === 'ocpp1.6' ? day16(station) : day2(station));
