// Stations that nobody here wrote: ocpp-rpc's client in its strict mode, in all three versions of OCPP.
import assert from 'node:assert/strict';
import test from 'node:test';
import { System, until } from './harness.mjs';
import { connect, day, now } from './rpc_sessions.mjs';
import { smallestRequest, stationActions, validators, versions } from './schemas.mjs';

test('full sessions of ocpp-rpc, strict, in every version', async (t) => {
  const system = await System.start(t);
  const user = await system.user();
  for (const version of versions) {
    await t.test(version, async (t) => {
      const identity = `RPC-${version}`;
      const station = await connect(t, system, identity, version);
      assert.equal(station.protocol, version);
      await day(station);
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
