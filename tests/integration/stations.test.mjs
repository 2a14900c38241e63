// What stations are at the moment, from real sessions in all versions; the same after a restart of the dashboard.
import assert from 'node:assert/strict';
import fs from 'node:fs';
import path from 'node:path';
import test from 'node:test';
import { System, privateDirectory, until } from './harness.mjs';

const at = '2026-01-31T12:00:00.000Z';
const v2Sample = (wh) => [{ timestamp: at, sampledValue: [{ value: wh }, { value: 7, measurand: 'Power.Active.Import', unitOfMeasure: { unit: 'kW' } }] }];

/** A station of 1.6 with a fault, an open transaction and one that ended. */
async function drive16(system) {
  const station = await system.station('CP16');
  await station.call('BootNotification', { chargePointVendor: 'Example', chargePointModel: 'One', chargePointSerialNumber: 'S-16', firmwareVersion: '1.6.1' });
  await station.call('StatusNotification', { connectorId: 1, errorCode: 'NoError', status: 'Charging', timestamp: at });
  await station.call('StatusNotification', { connectorId: 2, errorCode: 'GroundFailure', status: 'Faulted' });
  const { transactionId } = await station.call('StartTransaction', { connectorId: 1, idTag: 'TAG', meterStart: 1000, timestamp: at });
  const sampledValue = [{ value: '2500' }, { value: '3600', measurand: 'Power.Active.Import', unit: 'W' }, { value: '55', measurand: 'SoC', unit: 'Percent' }];
  await station.call('MeterValues', { connectorId: 1, transactionId, meterValue: [{ timestamp: at, sampledValue }] });
  const over = await station.call('StartTransaction', { connectorId: 2, idTag: 'TAG', meterStart: 5, timestamp: at });
  await station.call('StopTransaction', { transactionId: over.transactionId, meterStop: 6, timestamp: at });
  await station.call('FirmwareStatusNotification', { status: 'Downloading' });
  return { station, transactionId };
}

async function drive2(system, protocol, identity) {
  const station = await system.station(identity, { protocol });
  await station.call('BootNotification', {
    reason: 'PowerUp',
    chargingStation: { vendorName: 'Example', model: 'Two', serialNumber: `S-${identity}`, firmwareVersion: '2.0' },
  });
  await station.call('StatusNotification', { timestamp: at, connectorStatus: 'Occupied', evseId: 1, connectorId: 1 });
  const availability = { component: { name: 'Connector', evse: { id: 2, connectorId: 1 } }, variable: { name: 'AvailabilityState' }, actualValue: 'Unavailable' };
  await station.call('NotifyEvent', {
    generatedAt: at,
    seqNo: 0,
    eventData: [{ eventId: 1, timestamp: at, trigger: 'Delta', eventNotificationType: 'HardWiredNotification', ...availability }],
  });
  const event = (eventType, seqNo, chargingState, wh) =>
    station.call('TransactionEvent', {
      eventType, seqNo, timestamp: at, triggerReason: 'Authorized', transactionInfo: { transactionId: `t-${identity}`, chargingState },
      evse: { id: 1, connectorId: 1 }, idToken: { idToken: 'CARD', type: 'ISO14443' }, meterValue: v2Sample(wh),
    });
  await event('Started', 0, 'EVConnected', 1000);
  await event('Updated', 1, 'Charging', 1750);
  return { station, end: () => event('Ended', 2, 'Idle', 1800) };
}

const detail = async (user, identity) => {
  const station = await user.get(`/api/connections/${identity}`);
  const { connectors, activeTransactions, boot, problems, transactions, firmware, lastError, sessions, connectsLastHour } = station;
  return { connectors, activeTransactions, boot, problems, transactions, firmware, lastError, sessions, connectsLastHour };
};

test('the picture of a station', async (t) => {
  const system = await System.start(t, { options: { 'board.flapping_connects': 3 } });
  let user = await system.user();
  const { station, transactionId } = await drive16(system);
  const v201 = await drive2(system, 'ocpp2.0.1', 'CP201');
  await drive2(system, 'ocpp2.1', 'CP21');
  await assert.rejects(station.call('NoSuchAction', {}), { code: 'NotImplemented' });
  await system.shows(user, '/api/connections/CP16', ({ lastError }) => lastError !== null);
  await system.shows(user, '/api/connections/CP21', ({ transactions }) => transactions[0]?.chargingState === 'Charging');

  await t.test('in 1.6', async () => {
    const seen = await detail(user, 'CP16');
    assert.deepEqual(seen.connectors[0], { connectorId: 1, status: 'Charging', errorCode: 'NoError', timestamp: at });
    assert.equal(seen.connectors[1].status, 'Faulted');
    assert.equal(seen.connectors[1].errorCode, 'GroundFailure');
    const { timestamp, ...boot } = seen.boot;
    assert.deepEqual(boot, { vendor: 'Example', model: 'One', serialNumber: 'S-16', firmwareVersion: '1.6.1', status: 'Accepted' });
    assert.equal(seen.activeTransactions, 1);
    const [{ meterValues, ...transaction }] = seen.transactions;
    assert.deepEqual(transaction, {
      transactionId: String(transactionId), connectorId: 1, idToken: 'TAG', startedAt: at, meterStart: 1000, energyWh: 1500, powerW: 3600, soc: 55,
    });
    assert.equal(meterValues.length, 3);
    assert.equal(seen.firmware.status, 'Downloading');
    assert.equal(seen.lastError.code, 'NotImplemented');
    assert.equal(seen.lastError.method, 'NoSuchAction');
    assert.deepEqual(seen.problems, ['faulted', 'errors']);
  });
  await t.test('in 2.0.1 and 2.1', async () => {
    for (const identity of ['CP201', 'CP21']) {
      const seen = await detail(user, identity);
      assert.deepEqual(seen.connectors, [
        { evseId: 1, connectorId: 1, status: 'Occupied', timestamp: at },
        { evseId: 2, connectorId: 1, status: 'Unavailable', timestamp: at },
      ]);
      assert.equal(seen.boot.serialNumber, `S-${identity}`);
      const [{ meterValues, ...transaction }] = seen.transactions;
      assert.deepEqual(transaction, {
        transactionId: `t-${identity}`, evseId: 1, connectorId: 1, idToken: 'CARD', startedAt: at, meterStart: 1000, energyWh: 750, powerW: 7000,
        chargingState: 'Charging',
      });
      assert.deepEqual(seen.problems, []);
    }
    await v201.end();
    await system.shows(user, '/api/connections/CP201', ({ activeTransactions }) => activeTransactions === 0);
  });
  await t.test('sessions, flapping, and who needs attention', async () => {
    for (let i = 0; i < 3; i++) {
      const flapping = await system.station('FLAP');
      flapping.close(1000);
      await until('it is closed', () => flapping.closed);
    }
    const flap = await system.shows(user, '/api/connections/FLAP', ({ sessions, status }) => sessions.length === 3 && status === 'offline' && sessions[0].disconnectedAt);
    assert.deepEqual(flap.problems, ['offline', 'flapping']);
    assert.equal(flap.connectsLastHour, 3);
    assert.equal(flap.connects, 3);
    assert.ok(flap.sessions.every(({ connectedAt, disconnectedAt, closeCode }) => connectedAt <= disconnectedAt && closeCode === 1000));
    const overview = await system.shows(user, '/api/overview', ({ attention, attentionStations }) => attention.flapping === 1 && attention.errors === 1 && attentionStations.length === 2);
    assert.deepEqual(overview.attention, { offline: 1, faulted: 1, flapping: 1, slow: 0, errors: 1 });
    assert.deepEqual(overview.attentionStations.map(({ identity }) => identity), ['CP16', 'FLAP']);
    const identities = async (problems) => (await user.get(`/api/connections?problems=${problems}`)).map(({ identity }) => identity);
    assert.deepEqual(await identities('any'), ['CP16', 'FLAP']);
    assert.deepEqual(await identities('faulted'), ['CP16']);
    assert.deepEqual(await identities('slow,offline'), ['FLAP']);
    assert.equal((await user.request('GET', '/api/connections?problems=tired')).status, 400);
  });
  await t.test('a restarted dashboard sees the same', async () => {
    const before = {};
    for (const identity of ['CP16', 'CP201', 'CP21', 'FLAP']) before[identity] = await detail(user, identity);
    await system.boardd.kill();
    await system.startDashboard();
    user = await system.user();
    await system.shows(user, '/api/overview', ({ board }) => !board.indexing);
    for (const [identity, seen] of Object.entries(before)) assert.deepEqual(await detail(user, identity), seen, identity);
  });
  await t.test('a station that boots again has no transaction left', async () => {
    const again = await system.station('CP21', { protocol: 'ocpp2.1' });
    await again.call('BootNotification', { reason: 'Watchdog', chargingStation: { vendorName: 'Example', model: 'Two' } });
    await system.shows(user, '/api/connections/CP21', ({ activeTransactions, boot }) => activeTransactions === 0 && boot.serialNumber === null);
  });
});

test('stations that the station file does not list', async (t) => {
  const file = path.join(privateDirectory(t), 'stations');
  fs.writeFileSync(file, 'KNOWN\n', { mode: 0o600 });
  const system = await System.start(t, { options: { 'gateway.stations': file } });
  const user = await system.user();
  assert.deepEqual(await user.get('/api/unknown-stations'), []);
  for (const identity of ['STRANGER', 'OTHER', 'STRANGER'])
    await assert.rejects(system.station(identity), { status: 404 });
  const list = await system.shows(user, '/api/unknown-stations', (seen) => seen.length === 2 && seen[0].identity === 'STRANGER');
  assert.deepEqual(list.map(({ identity, gateway, count }) => [identity, gateway, count]), [['STRANGER', 'default', 2], ['OTHER', 'default', 1]]);
  assert.match(list[0].remoteAddress, /^127\.0\.0\.1:\d+$/);
  assert.ok(list[0].firstSeen <= list[0].lastSeen);
  fs.writeFileSync(file, 'KNOWN\nOTHER\n', { mode: 0o600 });
  system.gateway.signal('SIGHUP');
  await until('OTHER is let in', () => system.station('OTHER'));
  await system.shows(user, '/api/unknown-stations', (seen) => seen.length === 1);
});
