// One dashboard over two gateways: everything names its gateway, nothing is mixed up, one may die.
import assert from 'node:assert/strict';
import test from 'node:test';
import { Station, System, cleanup, until } from './harness.mjs';

async function twoGateways(t) {
  const system = new System(t, { 'board.instances': 'default,second', 'board.telemetry_interval': '200ms' });
  await system.startGateway();
  const second = system.run('gateway/ocpp-gateway', ['-f', '-o', 'shm.instance=second', '-o', 'gateway.listen=127.0.0.1:0', '-o', 'gateway.control=off']);
  const [, port] = await second.says(/gateway: listening on \S*:(\d+)/);
  await system.startDashboard();
  const station = async (identity) => {
    const one = new Station(`ws://127.0.0.1:${port}/ocpp/${identity}`);
    cleanup(t, () => one.terminate());
    return one.open();
  };
  return { system, second, station, user: await system.user() };
}

test('two gateways', async (t) => {
  const { system, second, station, user } = await twoGateways(t);
  const stream = system.stream(user, '/api/messages/stream');
  await until('the stream is open', () => stream.of('connected').length > 0);
  const first = await system.station('TWIN');
  const twin = await station('TWIN'); // the same identity
  await station('ALONE');
  await first.call('BootNotification', { chargePointVendor: 'First', chargePointModel: 'M' });
  await twin.call('BootNotification', { chargePointVendor: 'Second', chargePointModel: 'M' });
  for (let i = 0; i < 5; i++) {
    await first.call('Heartbeat');
    await twin.call('Heartbeat');
  }
  await system.shows(user, '/api/messages', (list) => list.length === 24);
  await system.shows(user, '/api/connections', (list) => list.length === 3);

  await t.test('stations of one name are two', async () => {
    const list = await user.get('/api/connections');
    assert.deepEqual(list.map(({ identity, gateway }) => `${identity} ${gateway}`), ['ALONE second', 'TWIN default', 'TWIN second']);
    const of = async (gateway) => user.get(`/api/connections/TWIN?gateway=${gateway}`);
    for (const [gateway, vendor] of [['default', 'First'], ['second', 'Second']]) {
      const one = await of(gateway);
      assert.equal(one.gateway, gateway);
      assert.equal(one.boot.vendor, vendor);
      assert.equal(one.messages.length, 12);
      assert.ok(one.messages.every((message) => message.gateway === gateway));
      assert.equal(one.sessions.length, 1);
    }
    assert.equal((await user.get('/api/connections?gateway=second')).length, 2);
    assert.equal((await user.request('GET', '/api/connections?gateway=third')).status, 400);
  });
  await t.test('messages are merged in the order of time, in lists, pages and streams', async () => {
    const list = await user.get('/api/messages');
    assert.deepEqual(new Set(list.map(({ gateway }) => gateway)), new Set(['default', 'second']));
    const times = list.map(({ timestamp }) => timestamp);
    assert.deepEqual(times, [...times].sort().reverse());
    const seen = [];
    for (let before = ''; seen.length < 24; ) {
      const { json, headers } = await user.request('GET', `/api/messages?limit=7${before && `&before=${encodeURIComponent(before)}`}`);
      seen.push(...json.map(({ id }) => id));
      before = headers['x-next-cursor'] ?? '';
      if (before === '') break;
    }
    assert.deepEqual(seen, list.map(({ id }) => id));
    const streamed = await until('the stream has all', () => stream.of('message').length === 24 && stream.of('message').map(({ json }) => json));
    assert.deepEqual(new Set(streamed.map(({ id }) => id)), new Set(seen));
  });
  await t.test('overview and telemetry name them', async () => {
    const { gateways, connectedClients } = await user.get('/api/overview');
    assert.deepEqual(gateways.map(({ name, state }) => [name, state]), [['default', 'live'], ['second', 'live']]);
    assert.equal(connectedClients, 3);
    const telemetry = await system.shows(user, '/api/telemetry', ({ connectionCount }) => connectionCount === 3);
    assert.deepEqual(telemetry.gateways.map(({ name, connectionCount, lost }) => [name, connectionCount, lost]), [['default', 1, 0], ['second', 2, 0]]);
    for (const { rss, ringFill, messagesPerSecond } of telemetry.gateways) {
      assert.ok(rss > 0);
      assert.ok(ringFill.messages > 0 && ringFill.messages < 1);
      assert.equal(typeof messagesPerSecond, 'number');
    }
    const last = async (query) => (await user.get(`/api/telemetry/history?${query}`)).at(-1);
    await until('the history has all', async () => (await last('')).connectionCount === 3);
    assert.equal((await last('gateway=default')).connectionCount, 1);
    assert.equal((await last('gateway=second')).connectionCount, 2);
    const fills = await Promise.all(['', 'gateway=default', 'gateway=second'].map(async (query) => (await last(query)).ringFill.messages));
    assert.ok(fills[1] > 0 && fills[1] < 1);
    assert.equal(fills[0], Math.max(fills[1], fills[2]), 'of all: the fullest');
    assert.equal((await user.request('GET', '/api/telemetry/history?gateway=third')).status, 400);
    const actions = async (query) => Object.fromEntries((await user.get(`/api/telemetry/actions?${query}`)).map((row) => [row.action, row.count]));
    assert.deepEqual(await actions(''), { Heartbeat: 10, BootNotification: 2 });
    assert.deepEqual(await actions('gateway=second'), { Heartbeat: 5, BootNotification: 1 });
  });
  await t.test('one is killed: the other goes on, and the dashboard says so', async () => {
    await second.kill();
    await system.shows(user, '/api/overview', ({ gateways }) => gateways[1].state === 'down');
    const list = await system.shows(user, '/api/connections', (all) => all.filter(({ status }) => status === 'offline').length === 2);
    assert.deepEqual(list.map(({ gateway, status }) => `${gateway} ${status}`), ['second offline', 'default online', 'second offline']);
    assert.equal((await user.get('/api/connections/TWIN')).gateway, 'default');
    await first.call('Heartbeat');
    await system.shows(user, '/api/messages?gateway=default', (all) => all.length === 14);
    assert.equal((await user.get('/api/messages?gateway=second')).length, 12);
    await until('the stream goes on', () => stream.of('message').length === 26);
    await system.shows(user, '/api/telemetry', ({ connectionCount }) => connectionCount === 1);
    assert.equal((await user.get('/health')).status, 'degraded');
    await system.shows(user, '/api/overview', ({ attention }) => attention.offline === 2);
  });
});
