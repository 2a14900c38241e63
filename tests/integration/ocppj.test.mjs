// The rules of OCPP-J where two processes or several connections are needed to see them.
import assert from 'node:assert/strict';
import fs from 'node:fs';
import path from 'node:path';
import test from 'node:test';
import { System, exchange, until } from './harness.mjs';

const error = (code) => (thrown) => {
  assert.equal(thrown.code, code);
  assert.equal(typeof thrown.description, 'string');
  assert.ok(thrown.description.length <= 255);
  assert.deepEqual(typeof thrown.details, 'object');
  return true;
};

test('the newest connection of an identity wins and stays online', async (t) => {
  const system = await System.start(t);
  const user = await system.user();
  const old = await system.station('TWICE');
  await old.boot();
  const replacement = await system.station('TWICE');
  await until('the old one is closed', () => old.closed);
  await replacement.call('Heartbeat');
  await system.shows(user, '/api/connections/TWICE', ({ status }) => status === 'online');
  const { connectedClients } = await user.get('/api/overview');
  assert.equal(connectedClients, 1);
  const { events } = await system.shows(user, '/api/system-events?category=EVICTION', ({ events }) => events.length === 1);
  assert.equal(events[0].identity, 'TWICE');
});

test('the station chooses the version by its order of preference', async (t) => {
  const system = await System.start(t, { dashboard: false });
  for (const [offered, chosen] of [
    [['ocpp2.0.1', 'ocpp1.6'], 'ocpp2.0.1'],
    [['ocpp1.6', 'ocpp2.0.1'], 'ocpp1.6'],
    [['ocpp9', 'ocpp2.1'], 'ocpp2.1'],
  ]) {
    const station = await system.station('ORDER', { protocol: offered });
    assert.equal(station.socket.protocol, chosen);
    station.close();
    await until('it is closed', () => station.closed);
  }
});

test('what is no OCPP-J message gets the answer of its version and is an event', async (t) => {
  const system = await System.start(t);
  const user = await system.user();
  const answer = async (station, text) => {
    const before = station.frames.length;
    station.raw(text);
    await until(`an answer to ${text}`, () => station.frames.length > before);
    return station.frames.at(-1);
  };
  const silence = async (station, text) => {
    const before = station.frames.length;
    station.raw(text);
    await station.call('Heartbeat');
    assert.equal(station.frames.length, before + 1, `no answer to ${text}`);
  };
  const v16 = await system.station('BAD-16', { protocol: 'ocpp1.6' });
  const v201 = await system.station('BAD-201', { protocol: 'ocpp2.0.1' });
  const v21 = await system.station('BAD-21', { protocol: 'ocpp2.1' });
  for (const station of [v16, v201, v21]) await station.boot();

  assert.deepEqual((await answer(v16, '{')).slice(0, 3), [4, '-1', 'FormationViolation']);
  assert.deepEqual((await answer(v201, '{')).slice(0, 3), [4, '-1', 'RpcFrameworkError']);
  assert.deepEqual((await answer(v21, 'null')).slice(0, 3), [4, '-1', 'RpcFrameworkError']);
  assert.deepEqual((await answer(v201, '[9,"x"]')).slice(0, 3), [4, 'x', 'MessageTypeNotSupported']);
  await silence(v16, '[9,"x"]');
  await silence(v21, '[9,"x"]');
  await silence(v16, '[3,"never-asked",{}]');
  await assert.rejects(v16.call('NoSuchAction'), error('NotImplemented'));
  await assert.rejects(v201.call('NoSuchAction'), error('NotImplemented'));
  await assert.rejects(v16.call('RemoteStartTransaction'), error('NotSupported'));
  await assert.rejects(v201.call('heartbeat'), error('NotImplemented'));

  const { events } = await system.shows(user, '/api/errors', ({ events }) => events.length >= 6);
  assert.ok(events.some(({ category, identity }) => category === 'BAD_MESSAGE' && identity === 'BAD-201'));
  assert.ok(events.some(({ category, identity }) => category === 'PROTOCOL_ERROR' && identity === 'BAD-16'));
  const [shown] = await system.shows(user, '/api/messages?identity=BAD-16&type=CALLERROR', (list) => list.length === 3);
  assert.ok(JSON.stringify(shown).includes('NotSupported'), 'the code of a CALLERROR is kept');
});

test('a 2.x station whose boot is pending gets SecurityError; the acceptance outlives connection and gateway', async (t) => {
  const system = new System(t, {});
  const file = path.join(system.directory, 'stations');
  system.options['gateway.stations'] = file;
  const say = (status) => fs.writeFileSync(file, `BOOT boot=${status}\n`, { mode: 0o600 });
  const connect = () => system.station('BOOT', { protocol: 'ocpp2.0.1' });
  say('pending');
  await system.startGateway();
  const first = await connect();
  assert.equal((await first.boot()).status, 'Pending');
  await assert.rejects(first.call('Heartbeat'), error('SecurityError'));
  say('accepted');
  system.gateway.signal('SIGHUP');
  await until('it is accepted', async () => (await first.boot()).status === 'Accepted');
  await first.call('Heartbeat');
  first.close();
  await until('it is closed', () => first.closed);
  await (await connect()).call('Heartbeat');
  await system.gateway.kill();
  await system.startGateway();
  await (await connect()).call('Heartbeat');
});

test('numbers and the order of members reach the dashboard as they were sent', async (t) => {
  const system = await System.start(t);
  const user = await system.user();
  const station = await system.station('EXACT');
  const payload = '{"vendorId":"v","z":1.10,"a":12345678901234567890,"e":1E+2,"u":"\\u00e4"}';
  station.raw(`[2,"exact-1","DataTransfer",${payload}]`);
  await until('it is answered', () => station.frames.length === 1);
  await until('it is shown', async () => (await user.request('GET', '/api/messages?identity=EXACT')).text.includes(payload));
});

test('sizes and kinds of messages', async (t) => {
  const system = await System.start(t, { dashboard: false, options: { 'gateway.max_message': '4K' } });
  const large = await system.station('LARGE');
  large.raw(JSON.stringify([2, '1', 'DataTransfer', { vendorId: 'v', data: 'x'.repeat(5000) }]));
  assert.equal((await until('it is closed', () => large.closed)).code, 1009);
  const binary = await system.station('BINARY');
  binary.raw(Buffer.from('[2,"1","Heartbeat",{}]'));
  assert.equal((await until('it is closed', () => binary.closed)).code, 1003);
});

test('CALLs that come all at once are answered in their order', async (t) => {
  const system = await System.start(t, { dashboard: false });
  const station = await system.station('PIPELINE');
  const ids = Array.from({ length: 100 }, (_, i) => `p${i}`);
  await Promise.all(ids.map((id) => station.call('Heartbeat', {}, id)));
  assert.deepEqual(station.frames.map(([, id]) => id), ids);
  await station.call('Heartbeat', {}, 'p0'); // a repeated id is a retry
});

test('passwords of stations: security profile 1', async (t) => {
  const system = new System(t, {});
  const file = path.join(system.directory, 'stations');
  system.options['gateway.stations'] = file;
  system.options['gateway.security_profile'] = '1';
  fs.writeFileSync(file, 'AUTH password=correct-horse\n', { mode: 0o600 });
  await system.startGateway();
  await system.startDashboard();
  const user = await system.user();
  const basic = (name, password) => ({ headers: { authorization: `Basic ${Buffer.from(`${name}:${password}`).toString('base64')}` } });
  await (await system.station('AUTH', basic('AUTH', 'correct-horse'))).call('Heartbeat');
  for (const options of [{}, basic('AUTH', 'wrong'), basic('OTHER', 'correct-horse')]) {
    const refused = system.station('AUTH', options);
    await assert.rejects(refused, { status: 401 });
  }
  await assert.rejects(system.station('UNLISTED', basic('UNLISTED', 'x')), ({ status }) => status === 404 || status === 401);
  assert.match(system.stations.find(({ refused }) => refused?.status === 401).refused.headers['www-authenticate'], /^Basic /);
  const { events } = await system.shows(user, '/api/security-events?category=AUTH_FAILED', ({ events }) => events.length >= 3);
  assert.equal(events[0].identity, 'AUTH');
  assert.ok(!JSON.stringify(events).includes('horse'), 'no password in an event');
});

test('a plain GET on the stations\' port is answered at once', async (t) => {
  const system = await System.start(t, { dashboard: false });
  const { text, closed } = await exchange(system.gatewayPort, 'GET / HTTP/1.1\r\nHost: a\r\n\r\n');
  assert.match(text, /^HTTP\/1\.1 4\d\d /);
  assert.ok(closed);
});

test('a station that is asked to stop gets 1001', async (t) => {
  const system = await System.start(t, { dashboard: false });
  const station = await system.station('GOODBYE');
  await system.gateway.stop();
  assert.equal((await until('it is closed', () => station.closed)).code, 1001);
});

test('a station may use its whole burst of messages, one at a time', async (t) => {
  const burst = 20;
  const system = await System.start(t, { options: { 'gateway.message_rate': '1', 'gateway.message_burst': String(burst) } });
  const user = await system.user();
  const station = await system.station('BURST');
  for (let sent = 0; sent < burst; sent++) await station.call('Heartbeat');
  await system.shows(user, '/api/overview', ({ totalMessages }) => totalMessages === 2 * burst);
  const { events } = await user.get('/api/security-events?category=RATE_LIMIT');
  assert.deepEqual(events, []);
});
