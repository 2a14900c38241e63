// Stations that nobody here wrote: ocpp-rpc's client in its strict mode, in all three versions of OCPP.
import assert from 'node:assert/strict';
import test from 'node:test';
import ocppRpc from 'ocpp-rpc';
import { System, cleanup, until } from './harness.mjs';
import { smallestRequest, stationActions, validators, versions } from './schemas.mjs';

async function connect(t, system, identity, version) {
  const station = new ocppRpc.RPCClient({
    endpoint: `ws://127.0.0.1:${system.gatewayPort}/ocpp`,
    identity,
    protocols: [version],
    strictMode: true,
    strictModeValidators: [validators['ocpp2.1']], // its own look for names that its schemas of 2.1 don't have
    reconnect: false,
    callTimeoutMs: 10_000,
  });
  station.on('strictValidationFailure', ({ error }) => (station.violation ??= error));
  cleanup(t, () => station.close({ force: true }));
  await station.connect();
  return station;
}

const now = () => new Date().toISOString();

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

test('full sessions of ocpp-rpc, strict, in every version', async (t) => {
  const system = await System.start(t);
  const user = await system.user();
  for (const version of versions) {
    await t.test(version, async (t) => {
      const identity = `RPC-${version}`;
      const station = await connect(t, system, identity, version);
      assert.equal(station.protocol, version);
      await (version === 'ocpp1.6' ? day16(station) : day2(station));
      const beat = await station.call('Heartbeat', {});
      assert.ok(Math.abs(Date.parse(beat.currentTime) - Date.now()) < 60_000);
      assert.equal(station.violation, undefined);
      const { code } = await station.close();
      assert.equal(code, 1000);

      const shown = await system.shows(user, `/api/connections/${identity}`, ({ status }) => status === 'offline');
      assert.equal(shown.protocol, version);
      assert.equal(shown.closeCode, 1000);
      const beats = await user.get(`/api/messages?identity=${identity}&method=Heartbeat`);
      assert.deepEqual(beats.map(({ type, direction }) => `${direction} ${type}`), ['OUT CALLRESULT', 'IN CALL']);
    });
  }
});

test('every action that a station may send gets a valid answer', async (t) => {
  const system = await System.start(t);
  const user = await system.user();
  for (const version of versions) {
    await t.test(`${version}: ${stationActions[version].length} CALLs`, async () => {
      const station = await system.station(`ALL-${version}`, { protocol: version });
      await station.boot();
      for (const action of stationActions[version]) {
        const payload = smallestRequest(version, action);
        validators[version].validate(`urn:${action}.req`, payload);
        validators[version].validate(`urn:${action}.conf`, await station.call(action, payload));
      }
    });
  }
  await t.test('ocpp2.1: NotifyPeriodicEventStream is a SEND, recorded and never answered', async () => {
    const station = await system.station('SEND-1', { protocol: 'ocpp2.1' });
    await station.boot();
    const before = station.frames.length;
    station.raw(JSON.stringify([6, 'send-1', 'NotifyPeriodicEventStream', { id: 1, pending: 0, basetime: now(), data: [{ t: 0, v: '1' }] }]));
    await station.call('Heartbeat');
    assert.equal(station.frames.length, before + 1, 'only the Heartbeat is answered');
    const [message] = await until('it is shown', async () => {
      const found = await user.get('/api/messages?identity=SEND-1&type=SEND');
      return found.length > 0 && found;
    });
    assert.equal(message.method, 'NotifyPeriodicEventStream');
    assert.equal(message.direction, 'IN');
  });
});
