// The calls that a page made for the older dashboard makes, and what was wrong or missing there.
import assert from 'node:assert/strict';
import test from 'node:test';
import { System, User, cleanup, exchange, patience, request, until } from './harness.mjs';

/** Asserts the type of each field: 'number', 'string', 'boolean', 'array', 'object', 'time', or any of them with '?' for null too. */
function shape(value, fields, what) {
  for (const [name, wanted] of Object.entries(fields)) {
    assert.ok(name in value, `${what}: ${name} is there: ${JSON.stringify(value).slice(0, 400)}`);
    const field = value[name];
    if (wanted.endsWith('?') && field === null) continue;
    const kind = wanted.replace('?', '');
    if (kind === 'time') assert.match(String(field), /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/, `${what}: ${name}`);
    else assert.equal(Array.isArray(field) ? 'array' : typeof field, kind, `${what}: ${name} is ${JSON.stringify(field)}`);
  }
}

const shapes = {
  overview: {
    ...{ connectedClients: 'number', totalConnections: 'number', messagesPerSecond: 'number', avgLatencyMs: 'number', errorRate: 'number', uptimeSeconds: 'number', totalMessages: 'number' },
    ...{ recentMessages: 'array', securityEventCount: 'number', errorCount: 'number', systemEventCount: 'number', peakConnections: 'number', memoryUsage: 'object' },
  },
  connection: {
    ...{ identity: 'string', gateway: 'string', remoteAddress: 'string', protocol: 'string', connectedAt: 'time', disconnectedAt: 'time?', status: 'string', securityProfile: 'number' },
    ...{ messageCount: 'number', errorCount: 'number', lastMessageAt: 'time?', closeCode: 'number?', closeReason: 'string?' },
  },
  message: {
    ...{ id: 'string', identity: 'string', gateway: 'string', direction: 'string', type: 'string', method: 'string', messageId: 'string', timestamp: 'time', protocol: 'string', source: 'string' },
  },
  telemetry: {
    ...{ timestamp: 'time', messagesPerSecond: 'number', avgLatencyMs: 'number', latency: 'object', errorRate: 'number', connectionCount: 'number', peakConnections: 'number' },
    ...{ uptimeSeconds: 'number', totalMessages: 'number', memoryUsage: 'object' },
  },
  securityEvent: { id: 'string', category: 'string', severity: 'string', timestamp: 'time' },
};

test('a page for the older dashboard finds what it asks for', async (t) => {
  const system = await System.start(t);
  const before = await request(system.boardPort, 'GET', '/api/auth/session');
  assert.deepEqual([before.status, before.json.authenticated, before.json.authMode], [200, false, 'token']);
  const user = new User(system.boardPort);
  const login = (await user.login(system.token)).json;
  shape(login, { success: 'boolean', user: 'object', expiresAt: 'time' }, 'login');
  shape(login.user, { name: 'string', role: 'string' }, 'login.user');
  const session = await user.get('/api/auth/session');
  shape(session, { authenticated: 'boolean', user: 'object', authMode: 'string', expiresAt: 'time', csrfToken: 'string' }, 'session');
  assert.equal(session.authenticated, true);

  const streams = Object.fromEntries(
    [['/api/messages/stream', 'message'], ['/api/telemetry/stream', 'telemetry'], ['/api/security-events/stream', 'security'], ['/api/security/stream', 'security'], ['/api/logs/stream', 'log']]
      .map(([path, name]) => [path, { name, stream: system.stream(user, path) }]));
  await until('all streams say that they are connected', () => Object.values(streams).every(({ stream }) => stream.events[0]?.event === 'connected'));

  const station = await system.station('COMPAT');
  await station.boot();
  await assert.rejects(station.call('NoSuchAction', { a: 1 }), { code: 'NotImplemented' });
  const bad = await system.station('BAD');
  bad.raw('{');
  await until('it gets its answer', () => bad.frames.length === 1);
  await system.shows(user, '/api/errors', ({ events }) => events.length === 1);
  await exchange(system.gatewayPort, 'GET /ocpp/%zz HTTP/1.1\r\nHost: a\r\n\r\n');
  await system.shows(user, '/api/messages?identity=COMPAT', (list) => list.length === 4);
  await system.shows(user, '/api/security', ({ events }) => events.length > 0);

  await t.test('overview, connections, one connection', async () => {
    const overview = await user.get('/api/overview');
    shape(overview, shapes.overview, 'overview');
    const { method, ...always } = shapes.message; // what was no message had none
    for (const message of overview.recentMessages) shape(message, message.messageId === '-1' ? always : { ...always, method }, 'overview.recentMessages');
    const connections = await user.get('/api/connections');
    for (const connection of connections) shape(connection, shapes.connection, 'connection');
    assert.deepEqual(connections.map(({ identity, errorCount }) => [identity, errorCount]).sort(), [['BAD', 1], ['COMPAT', 0]]);
    const { messageCount, lastMessageAt } = connections.find(({ identity }) => identity === 'COMPAT');
    assert.equal(messageCount, 4);
    assert.ok(Date.parse(lastMessageAt) > Date.now() - 60_000);
    const one = await user.get('/api/connections/COMPAT');
    shape(one, { ...shapes.connection, messages: 'array' }, 'one connection');
    assert.equal(one.messages.length, 4);
  });
  await t.test('messages: calls with params, results with payload, the error as the station got it', async () => {
    const list = await user.get('/api/messages?identity=COMPAT&limit=10');
    for (const message of list) shape(message, shapes.message, 'message');
    const [error, , result, call] = list;
    assert.deepEqual([call.type, call.direction, call.method], ['CALL', 'IN', 'BootNotification']);
    assert.equal(call.params.chargePointVendor ?? call.payload.chargePointVendor, 'Example');
    assert.deepEqual([result.type, result.direction, result.method], ['CALLRESULT', 'OUT', 'BootNotification']);
    assert.equal(typeof result.latencyMs, 'number');
    const [, , code, description, details] = station.frames.find(([type]) => type === 4);
    assert.equal(error.type, 'CALLERROR');
    for (const text of [code, description, JSON.stringify(details)]) assert.ok(JSON.stringify(error).includes(text), `${text} in ${JSON.stringify(error)}`);
  });
  await t.test('telemetry and its history', async () => {
    shape(await user.get('/api/telemetry'), shapes.telemetry, 'telemetry');
    const history = await user.get('/api/telemetry/history');
    const samples = Array.isArray(history) ? history : history.samples;
    assert.ok(samples.length > 0);
    shape(samples[0], { timestamp: 'time', messagesPerSecond: 'number', connectionCount: 'number' }, 'sample');
  });
  await t.test('security events under both names, errors, system events, logs', async () => {
    const [one, other] = [await user.get('/api/security'), await user.get('/api/security-events')];
    assert.deepEqual(one, other);
    for (const path of ['/api/security', '/api/errors', '/api/system-events', '/api/logs']) {
      const answer = await user.get(path);
      shape(answer, { events: 'array', totalCount: 'number' }, path);
      assert.ok(answer.events.length > 0 || path === '/api/system-events', path);
    }
    shape(one.events[0], shapes.securityEvent, 'security event');
    assert.ok(['AUTH_FAILED', 'RATE_LIMIT', 'ANOMALY', 'PROTOCOL_VIOLATION', 'POLICY_REJECTION'].includes(one.events[0].category));
    assert.ok(['low', 'medium', 'high', 'critical'].includes(one.events[0].severity));
  });
  await t.test('the streams carry events of their names', async () => {
    for (const [path, { name, stream }] of Object.entries(streams)) {
      const [event] = await until(`${path} has a ${name}`, () => stream.of(name).length > 0 && stream.of(name));
      assert.equal(typeof event.json, 'object', path);
      if (name === 'message') shape(event.json, shapes.message, path);
      if (name === 'telemetry') shape(event.json, shapes.telemetry, path);
      if (name === 'security') shape(event.json, shapes.securityEvent, path);
    }
  });
  await t.test('nothing dials a station under its own name', async () => {
    for (const method of ['GET', 'POST']) assert.equal((await user.request(method, '/api/connections/COMPAT/reconnect', method === 'POST' ? { body: {} } : {})).status, 404);
  });
  await t.test('the logout ends session and streams', async () => {
    assert.deepEqual((await user.request('POST', '/api/auth/logout', { body: {} })).json, { success: true });
    for (const { stream } of Object.values(streams)) stream.reconnect = false;
    await until('all streams ended', () => Object.values(streams).every(({ stream }) => stream.ended), 3 * patience);
    assert.equal((await user.get('/api/auth/session')).authenticated, false);
  });
});

test('the error rate is the share of answers that were errors', async (t) => {
  const system = await System.start(t);
  const user = await system.user();
  const station = await system.station('RATE');
  for (let i = 0; i < 9; i++) await station.call('Heartbeat');
  await assert.rejects(station.call('NoSuchAction'));
  const { errorRate } = await system.shows(user, '/api/overview', (overview) => overview.totalMessages === 20 && overview.errorRate > 0);
  assert.ok(Math.abs(errorRate - 10) < 0.01, `${errorRate} % for one of ten`);
});

test('a second connection of an identity is the one that is shown', async (t) => {
  const system = await System.start(t);
  const user = await system.user();
  const first = await system.station('TWICE');
  await first.boot();
  const second = await system.station('TWICE');
  await until('the first is closed', () => first.closed);
  await second.call('Heartbeat');
  const [shown] = await system.shows(user, '/api/connections?status=all', (list) => list.length === 1 && list[0].messageCount >= 2);
  assert.equal(shown.status, 'online');
  assert.equal((await user.get('/api/overview')).connectedClients, 1);
  second.close();
  await system.shows(user, '/api/overview', ({ connectedClients }) => connectedClients === 0);
});

test('streams: closed ones are not counted, and a session that expires ends its own', async (t) => {
  const system = await System.start(t, { options: { 'board.session_idle': '3s', 'board.session_max': '3s' } });
  const user = await system.user();
  const count = async () => Number(/^ocpp_board_event_streams (\d+)$/m.exec((await request(system.boardPort, 'GET', '/metrics', { headers: { authorization: `Bearer ${system.token}` } })).text)[1]);
  const streams = Array.from({ length: 5 }, () => system.stream(user, '/api/messages/stream', { reconnect: false }));
  await until('all are open', () => streams.every((stream) => stream.of('connected').length === 1));
  assert.equal(await count(), 5);
  for (const stream of streams.slice(0, 4)) stream.close();
  await until('the others are gone, with no message since', async () => (await count()) === 1, 2 * patience);
  await until('the last one ends with its session', () => streams[4].ended, 6 * patience);
  assert.equal((await user.request('GET', '/api/overview')).status, 401);
  assert.equal(await count(), 0);
});

test('3,000 identities that came and went are not 3,000 records', async (t) => {
  const system = await System.start(t, { options: { 'shm.stations': '256', 'gateway.connection_rate': '100000', 'gateway.connection_burst': '100000' } });
  const user = await system.user();
  let next = 0;
  const comeAndGo = async () => {
    while (next < 3000) {
      const station = await system.station(`GONE-${next++}`);
      system.stations.length = 0; // this one ends by itself
      station.close();
      await until('it is closed', () => station.closed);
    }
  };
  const kept = await system.station('KEPT');
  cleanup(t, () => kept.terminate());
  await Promise.all(Array.from({ length: 16 }, comeAndGo));
  const { headers } = await user.request('GET', '/api/connections?status=all&limit=1');
  assert.ok(Number(headers['x-total-count']) <= 256, `${headers['x-total-count']} records`);
  assert.ok((await user.get('/api/connections?status=online')).some(({ identity }) => identity === 'KEPT'), 'one that is online keeps its place');
  assert.equal((await user.request('GET', '/api/connections/GONE-0')).status, 404);
});

test('a GET to the port of stations is answered at once', async (t) => {
  const system = await System.start(t, { dashboard: false });
  for (const target of ['/', '/ocpp/CP1', '/ocpp/', '/index.html']) {
    const began = Date.now();
    const { text, closed } = await exchange(system.gatewayPort, `GET ${target} HTTP/1.1\r\nHost: a\r\n\r\n`, { quiet: 5000 });
    assert.match(text, /^HTTP\/1\.1 4\d\d /, target);
    assert.ok(closed && Date.now() - began < 2000 * patience, target);
  }
});

test('an operator who purges a station does not erase what it did', async (t) => {
  const system = await System.start(t);
  const user = await system.user();
  const station = await system.station('PURGED');
  await station.boot();
  await assert.rejects(system.station('PURGED', { protocol: 'ocpp1.5' }), /refused/);
  const before = await system.shows(user, '/api/security-events', ({ events }) => events.length > 0);
  assert.ok(JSON.stringify(before.events).includes('PURGED'), JSON.stringify(before.events));
  const { status, json } = await user.request('DELETE', '/api/connections/PURGED', { body: {} });
  assert.deepEqual([status, json.hidden], [200, true]);
  await until('the station is closed', () => station.closed);
  assert.equal((await user.request('GET', '/api/connections/PURGED')).status, 404);
  const after = await user.get('/api/security-events?limit=1000');
  for (const { id } of before.events) assert.ok(after.events.some((event) => event.id === id), id);
  assert.equal((await user.request('DELETE', '/api/connections/PURGED', { body: {} })).status, 404, 'what is not there is not deleted');
});
