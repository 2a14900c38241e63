// The way back to stations: ocpp-ctl and the control socket, and the dashboard's commands on top of them.
import assert from 'node:assert/strict';
import { createHash, randomBytes } from 'node:crypto';
import fs from 'node:fs';
import net from 'node:net';
import path from 'node:path';
import test from 'node:test';
import { System, cleanup, privateDirectory, request, until } from './harness.mjs';

const socketOf = (system) => path.join(system.shm, 'ocpp-board.default.control');

async function ctl(system, ...args) {
  const program = system.run('tools/ocpp-ctl', args);
  const { code } = await program.end(20);
  return { code, out: program.stdout, err: program.stderr };
}

/** The station answers CALLs of the gateway with what `answer` returns: [3, payload], [4, code, description, details] or nothing. */
function answers(station, answer) {
  station.socket.on('message', (data) => {
    const [type, id, action, payload] = JSON.parse(data);
    if (type !== 2) return;
    const reply = answer(action, payload);
    if (reply) station.raw(JSON.stringify([reply[0], id, ...reply.slice(1)]));
  });
}

const example = (action, payload) => {
  if (action === 'Reset') return [3, { status: 'Accepted', got: payload }];
  if (action === 'Silence') return undefined;
  return [4, 'NotImplemented', `no ${action}`, { why: 'test' }];
};

/** A client of the socket that writes what it is told and collects lines. */
function connect(t, system) {
  const socket = net.connect(socketOf(system));
  const client = { socket, text: '', closed: false };
  socket.setEncoding('utf8').on('data', (text) => (client.text += text));
  socket.on('error', () => {});
  socket.on('close', () => (client.closed = true));
  cleanup(t, () => socket.destroy());
  return client;
}

test('ocpp-ctl', async (t) => {
  const system = await System.start(t, { dashboard: false });
  for (const protocol of ['ocpp1.6', 'ocpp2.0.1', 'ocpp2.1']) {
    const station = await system.station(`CTL-${protocol}`, { protocol });
    answers(station, example);
    await station.boot();
  }

  await t.test('lists and shows', async () => {
    const listed = await ctl(system, '-j', 'list');
    assert.equal(listed.code, 0, listed.err);
    const stations = listed.out.trim().split('\n').map((line) => JSON.parse(line));
    assert.deepEqual(stations.map(({ identity, protocol }) => `${identity} ${protocol}`).sort(),
      ['CTL-ocpp1.6 ocpp1.6', 'CTL-ocpp2.0.1 ocpp2.0.1', 'CTL-ocpp2.1 ocpp2.1']);
    assert.match((await ctl(system, 'list')).out, /^STATION .*\n(CTL-\S+ +ocpp\S+ +127\.0\.0\.1:\d+ +\d+\n){3}$/);
    assert.match((await ctl(system, 'show', 'CTL-ocpp1.6')).out, /^Boot status +Accepted$/m);
  });
  await t.test('calls: result, CALLERROR and time-out have a status each', async () => {
    for (const protocol of ['ocpp1.6', 'ocpp2.0.1', 'ocpp2.1']) {
      const result = await ctl(system, 'call', `CTL-${protocol}`, 'Reset', '{"type":"Soft"}');
      assert.deepEqual({ ...result, out: JSON.parse(result.out) }, { code: 0, out: { status: 'Accepted', got: { type: 'Soft' } }, err: '' });
      const error = await ctl(system, 'call', `CTL-${protocol}`, 'Unlock');
      assert.equal(error.code, 3);
      assert.match(error.err, /CALLERROR NotImplemented: no Unlock/);
      assert.deepEqual(JSON.parse(error.out), { why: 'test' });
    }
    const silence = await ctl(system, '-w', '0.2', 'call', 'CTL-ocpp1.6', 'Silence');
    assert.equal(silence.code, 4);
    assert.match(silence.err, /did not answer in time/);
  });
  await t.test('errors say what is wrong', async () => {
    const cases = [
      [['show', 'NOBODY'], 1, /no such station/],
      [['-n', '999999', 'disconnect', 'CTL-ocpp1.6'], 1, /stale/],
      [['call', 'CTL-ocpp1.6', 'Reset', '{'], 1, /the payload is no JSON/],
      [['call', 'CTL-ocpp1.6', 'Reset', '[]'], 1, /no JSON object/],
      [['call', 'CTL-ocpp1.6'], 2, /usage/],
      [['reboot'], 2, /no command reboot/],
      [['-o', 'shm.instance=other', 'list'], 1, /no control socket .*other\.control.*gateway\.control/],
      [['-o', 'gateway.control=off', 'list'], 1, /gateway\.control is off/],
    ];
    for (const [args, code, pattern] of cases) {
      const result = await ctl(system, ...args);
      assert.equal(result.code, code, `${args}: ${result.err}`);
      assert.match(result.err, pattern);
    }
  });
  await t.test('disconnects', async () => {
    const station = system.stations[0];
    const result = await ctl(system, '-r', 'maintenance', 'disconnect', 'CTL-ocpp1.6');
    assert.equal(result.code, 0, result.err);
    await until('the station is closed', () => station.closed);
    assert.deepEqual(station.closed, { code: 1000, reason: 'maintenance' });
    assert.match((await ctl(system, 'disconnect', 'CTL-ocpp1.6')).err, /not connected/);
  });
  await t.test('what it did is told', async () => {
    const log = system.run('tools/ocpp-log', ['-C', 'system', '-T', 'COMMAND', '-n', 'all', '-j']);
    await log.end();
    const events = log.stdout.trim().split('\n').map((line) => JSON.parse(line));
    assert.equal(events.length, 8);
    assert.match(JSON.stringify(events.at(-1)), /disconnect by uid \d+, pid \d+/);
  });
});

test('the control socket bears what it must not', async (t) => {
  const system = await System.start(t, { dashboard: false });
  const station = await system.station('BUSY');
  assert.equal(fs.statSync(socketOf(system)).mode & 0o777, 0o660);

  await t.test('junk and endless lines are told so and closed', async () => {
    for (const [bytes, pattern] of [['GET / HTTP/1.1\r\n\r\n', /bad_request/], ['x'.repeat(100_000), /the line is too long/], ['[1]\n', /JSON object/]]) {
      const client = connect(t, system);
      client.socket.write(bytes);
      await until('it is closed', () => client.closed);
      assert.match(client.text, pattern);
    }
  });
  await t.test('a flood neither gets through nor slows stations down', async () => {
    const client = connect(t, system);
    client.socket.write('{"command":"list"}\n'.repeat(50_000));
    for (let i = 0; i < 20; i++) await station.call('Heartbeat');
    await until('it is closed', () => client.closed);
    assert.match(client.text, /too many requests in a second/);
    assert.ok(Math.max(...station.latencies) < 1000, `slowest Heartbeat: ${Math.max(...station.latencies)} ms`);
  });
  await t.test('a seventeenth client is turned away', async () => {
    const clients = Array.from({ length: 16 }, () => connect(t, system));
    for (const client of clients) client.socket.write('{"command":"list"}\n');
    await until('all are served', () => clients.every(({ text }) => text.includes('"ok":true')));
    const result = await ctl(system, 'list');
    assert.equal(result.code, 1);
    assert.match(result.err, /too many clients/);
    for (const { socket } of clients) socket.destroy();
    await until('there is room again', async () => (await ctl(system, 'list')).code === 0);
  });
  await t.test('a killed gateway leaves a socket that the next one replaces', async () => {
    await system.gateway.kill();
    assert.match((await ctl(system, 'list')).err, /the gateway does not run/);
    await system.startGateway();
    assert.equal((await ctl(system, 'list')).code, 0);
    const second = system.run('gateway/ocpp-gateway', ['-f', '-o', 'gateway.listen=127.0.0.1:0', '-o', 'shm.instance=second',
      '-o', `gateway.control=${socketOf(system)}`]);
    assert.equal((await second.end()).code, 1);
    assert.match(second.stderr, /another program listens on/);
    await system.gateway.stop();
    assert.equal(fs.existsSync(socketOf(system)), false);
  });
});

test('operators at the dashboard', async (t) => {
  const tokens = Object.fromEntries(['read', 'operate', 'metrics'].map((scope) => [scope, randomBytes(32).toString('hex')]));
  const tokensFile = path.join(privateDirectory(t), 'tokens');
  const lines = Object.entries(tokens).map(([scope, token]) => `${scope}r ${scope} ${createHash('sha256').update(token).digest('hex')}\n`);
  fs.writeFileSync(tokensFile, lines.join(''), { mode: 0o600 });
  const system = await System.start(t, { options: { 'board.api_tokens': tokensFile, 'gateway.call_timeout': '500ms' } });
  const user = await system.user();
  const station = await system.station('REST');
  answers(station, example);
  await station.boot();
  const post = (what, body, options = {}) => user.request('POST', `/api/connections/REST/${what}`, { body: body ?? {}, ...options });
  await system.shows(user, '/api/overview', ({ gateways: [{ control }] }) => control === 'available');
  await system.shows(user, '/api/connections/REST', ({ status }) => status === 'online');

  await t.test('call a station', async () => {
    const { status, json } = await post('call', { action: 'Reset', payload: { type: 'Soft' } });
    assert.equal(status, 200);
    assert.ok(json.latencyMs >= 0);
    assert.deepEqual({ ...json, latencyMs: 0 },
      { success: true, outcome: 'result', payload: { status: 'Accepted', got: { type: 'Soft' } }, latencyMs: 0 });
    const error = (await post('call', { action: 'Unlock' })).json;
    assert.equal(error.outcome, 'error');
    assert.deepEqual(error.error, { code: 'NotImplemented', description: 'no Unlock', details: { why: 'test' } });
    const silence = (await post('call', { action: 'Silence', timeoutMs: 100 })).json;
    assert.deepEqual(silence, { success: false, outcome: 'timeout', sent: true });
    const messages = await system.shows(user, '/api/messages?identity=REST&method=Reset', (list) => list.length === 2);
    assert.deepEqual(messages.map(({ direction, type }) => `${direction} ${type}`), ['IN CALLRESULT', 'OUT CALL']);
    assert.ok(messages[0].latencyMs >= 0);
    await system.shows(user, '/api/system-events?category=COMMAND', ({ events }) =>
      events.some((event) => event.identity === 'REST' && /CALL Reset by \w+, uid \d+/.test(JSON.stringify(event))));
  });
  await t.test('not without the CSRF token, not from elsewhere, not without a login', async () => {
    assert.equal((await post('disconnect', {}, { headers: { 'x-csrf-token': 'guess' } })).status, 403);
    assert.equal((await post('disconnect', {}, { headers: { origin: 'https://evil.example' } })).status, 403);
    assert.equal((await post('disconnect', {}, { headers: { cookie: 'a=b' } })).status, 401);
    assert.equal((await user.request('DELETE', '/api/connections/REST', { body: {}, headers: { 'x-csrf-token': '' } })).status, 403);
    assert.equal(station.closed, undefined);
  });
  await t.test('viewers may not', async () => {
    for (const scope of ['read', 'metrics']) {
      const headers = { authorization: `Bearer ${tokens[scope]}`, 'content-length': 0 };
      for (const [method, where] of [['POST', '/call'], ['POST', '/disconnect'], ['POST', '/purge'], ['DELETE', '']]) {
        const { status, json } = await request(system.boardPort, method, `/api/connections/REST${where}`, { headers });
        assert.equal(status, 403, `${scope}: ${method} ${where}`);
        assert.match(json.error, /operat/);
      }
    }
    const headers = { authorization: `Bearer ${tokens.operate}`, 'content-type': 'application/json', 'content-length': 18 };
    const { json } = await request(system.boardPort, 'POST', '/api/connections/REST/call', { headers, body: '{"action":"Reset"}' });
    assert.equal(json.outcome, 'result');
    assert.equal(station.closed, undefined);
  });
  await t.test('disconnect it', async () => {
    const { status, json } = await post('disconnect', { gateway: 'default' });
    assert.equal(status, 200);
    assert.deepEqual(json, { success: true, disconnected: true });
    await until('the station is closed', () => station.closed);
    assert.equal(station.closed.code, 1000);
    await system.shows(user, '/api/connections/REST', (record) => record.status === 'offline');
    assert.equal((await post('call', { action: 'Reset' })).status, 409);
  });
  await t.test('purge it, until it comes back', async () => {
    const { json } = await user.request('DELETE', '/api/connections/REST', { body: {} });
    assert.deepEqual(json, { success: true, disconnected: false, hidden: true });
    assert.equal((await user.request('GET', '/api/connections/REST')).status, 404);
    assert.deepEqual(await user.get('/api/messages?identity=REST'), []);
    assert.deepEqual((await user.get('/api/overview')).recentMessages, []);
    await (await system.station('REST')).boot();
    await system.shows(user, '/api/messages?identity=REST', (list) => list.length === 2);
    await system.shows(user, '/api/connections/REST', (record) => record.status === 'online');
    assert.equal((await user.request('POST', '/api/connections/NOBODY/purge', { body: {} })).status, 404);
  });
  await t.test('a gateway that is stopped does not answer; one that comes back does', async () => {
    system.gateway.signal('SIGSTOP');
    cleanup(t, () => system.gateway.signal('SIGCONT'));
    const { status, json } = await post('disconnect');
    assert.equal(status, 503);
    assert.match(json.error, /does not answer/);
    system.gateway.signal('SIGCONT');
    await system.gateway.kill();
    await system.shows(user, '/api/overview', ({ gateways: [{ control }] }) => control === 'unreachable');
    await system.startGateway();
    await system.shows(user, '/api/overview', ({ gateways: [{ control }] }) => control === 'available');
  });
});

test('off: the dashboard only looks', async (t) => {
  const system = await System.start(t, { options: { 'gateway.control': 'off' } });
  const user = await system.user();
  const station = await system.station('ALONE');
  await system.shows(user, '/api/connections/ALONE', ({ status }) => status === 'online');
  assert.equal(fs.existsSync(socketOf(system)), false);
  assert.equal((await user.get('/api/overview')).gateways[0].control, 'off');
  for (const [method, where, body] of [['POST', '/disconnect', {}], ['POST', '/call', { action: 'Reset' }], ['POST', '/purge', {}], ['DELETE', '', {}]]) {
    const { status, json } = await user.request(method, `/api/connections/ALONE${where}`, { body });
    assert.equal(status, 503, where);
    assert.match(json.error, /only looks: gateway\.control is off/);
  }
  assert.equal(station.closed, undefined);
});
