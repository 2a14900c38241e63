// What users of the dashboard may rely on.
import assert from 'node:assert/strict';
import fs from 'node:fs';
import net from 'node:net';
import test from 'node:test';
import { System, User, patience, request, sleep, until } from './harness.mjs';

async function busySystem(t, options) {
  const system = await System.start(t, { options });
  const user = await system.user();
  for (const [identity, protocol] of [['A-1', 'ocpp1.6'], ['A-2', 'ocpp2.0.1'], ['B-1', 'ocpp2.1']]) {
    const station = await system.station(identity, { protocol });
    await station.boot();
    for (let i = 0; i < 3; i++) await station.call('Heartbeat');
  }
  system.stations[2].close();
  await system.shows(user, '/api/connections?status=all', (list) => list.filter(({ status }) => status === 'offline').length === 1);
  await system.shows(user, '/api/messages', (list) => list.length === 24);
  return { system, user };
}

test('lists, filters and pages', async (t) => {
  const { user } = await busySystem(t);
  const identities = async (query) => (await user.get(`/api/connections?${query}`)).map(({ identity }) => identity).sort();
  const count = async (query) => (await user.get(`/api/messages?${query}`)).length;

  await t.test('filters of connections are honoured', async () => {
    assert.deepEqual(await identities('status=online'), ['A-1', 'A-2']);
    assert.deepEqual(await identities('status=offline'), ['B-1']);
    assert.deepEqual(await identities('status=all'), ['A-1', 'A-2', 'B-1']);
    assert.deepEqual(await identities('status=all&protocol=ocpp2.1'), ['B-1']);
    assert.deepEqual(await identities('status=all&q=B-'), ['B-1']);
    const { headers, json } = await user.request('GET', '/api/connections?status=all&limit=2');
    assert.equal(json.length, 2);
    assert.equal(headers['x-total-count'], '3');
    assert.match(headers.link, /rel="?next"?/);
  });
  await t.test('filters of messages are honoured', async () => {
    assert.equal(await count('identity=A-1'), 8);
    assert.equal(await count('type=CALL'), 12);
    assert.equal(await count('type=CALLERROR'), 0);
    assert.equal(await count('direction=IN'), 12);
    assert.equal(await count('method=BootNotification'), 6);
    assert.equal(await count('method=BootNotification&type=CALLRESULT&identity=A-2'), 1);
    assert.equal(await count('limit=5'), 5);
    assert.equal(await count('since=2100-01-01T00:00:00Z'), 0);
    assert.equal(await count('until=2001-01-01T00:00:00Z'), 0);
  });
  await t.test('a cursor goes through all messages, newest first, each once', async () => {
    const seen = [];
    let before = '';
    do {
      const { json, headers } = await user.request('GET', `/api/messages?limit=5${before && `&before=${encodeURIComponent(before)}`}`);
      seen.push(...json.map(({ id }) => id));
      before = headers['x-next-cursor'] ?? '';
    } while (before !== '' && seen.length < 100);
    assert.equal(seen.length, 24);
    assert.equal(new Set(seen).size, 24);
  });
  await t.test('bad parameters are a 400 that names them', async () => {
    for (const path of ['messages?limit=-1', 'messages?limit=abc', 'messages?limit=1e9', 'messages?limit=0x10', 'messages?offset=-1', 'messages?type=NONE',
      'messages?direction=UP', 'messages?since=yesterday', 'messages?before=x', 'connections?status=asleep', 'connections?limit=-1', 'messages?nonsense=1']) {
      const { status, json } = await user.request('GET', `/api/${path}`);
      assert.equal(status, 400, path);
      assert.ok(json.error.includes(/\?(\w+)/.exec(path)[1]), `${path}: ${json.error}`);
    }
  });
  await t.test('a message with its counterpart', async () => {
    const [result] = await user.get('/api/messages?type=CALLRESULT&limit=1');
    assert.equal(result.method, 'Heartbeat');
    assert.equal(typeof result.latencyMs, 'number');
    const one = await user.get(`/api/messages/${encodeURIComponent(result.id)}`);
    const text = JSON.stringify(one);
    assert.ok(text.includes('"CALL"') && text.includes('"CALLRESULT"'));
    assert.equal((await user.request('GET', '/api/messages/no-such-id')).status === 200, false);
  });
  await t.test('a connection has its counters and last messages', async () => {
    const one = await user.get('/api/connections/A-1');
    for (const field of ['identity', 'gateway', 'remoteAddress', 'protocol', 'connectedAt', 'status', 'messageCount', 'errorCount', 'lastMessageAt', 'messages'])
      assert.ok(field in one, field);
    assert.equal(one.messages.length, 8);
    assert.equal(one.errorCount, 0);
    assert.equal((await user.request('GET', '/api/connections/NOBODY')).status, 404);
  });
  await t.test('the overview is right', async () => {
    const overview = await user.get('/api/overview');
    assert.equal(overview.connectedClients, 2);
    assert.equal(overview.totalConnections, 3);
    assert.equal(overview.totalMessages, 24);
    assert.equal(overview.errorRate, 0);
    assert.equal(overview.peakConnections, 3);
    assert.ok(overview.recentMessages.length <= 10 && overview.recentMessages.length > 0);
  });
  await t.test('unknown /api paths are a JSON 404, other pages are the web UI or a 404', async () => {
    for (const path of ['/api/nothing', '/api/', '/api/securityx', '/api/overview/x']) {
      const { status, json } = await user.request('GET', path);
      assert.equal(status, 404, path);
      assert.equal(typeof json.error, 'string');
    }
    assert.ok(Array.isArray((await user.get('/api/security')).events), 'the documented alias');
  });
  await t.test('GETs leave the history of telemetry alone', async () => {
    const length = async () => JSON.stringify(await user.get('/api/telemetry/history')).length;
    const samples = async () => (JSON.stringify(await user.get('/api/telemetry/history')).match(/"timestamp"/g) ?? []).length;
    assert.ok((await length()) > 0);
    const before = await samples();
    const began = Date.now();
    for (let i = 0; i < 50; i++) await user.get('/api/overview');
    const regular = Math.ceil((Date.now() - began) / 2000) + 1;
    assert.ok((await samples()) <= before + regular);
  });
});

test('logging in and out', async (t) => {
  const system = await System.start(t);
  const port = system.boardPort;
  await t.test('nothing without a login', async () => {
    for (const path of ['overview', 'connections', 'messages', 'telemetry', 'security-events', 'logs', 'stream', 'messages/stream'])
      assert.equal((await request(port, 'GET', `/api/${path}`)).status, 401, path);
    assert.equal((await request(port, 'GET', '/health')).status, 200);
    const { json } = await request(port, 'GET', '/api/auth/session');
    assert.deepEqual([json.authenticated, json.authMode], [false, 'token']);
  });
  await t.test('a session: what the cookie is like, what the answer tells', async () => {
    const user = new User(port);
    const { json, headers } = await user.login(system.token);
    assert.equal(json.success, true);
    assert.ok(Date.parse(json.expiresAt) > Date.now());
    const [cookie] = headers['set-cookie'];
    assert.match(cookie, /HttpOnly/i);
    assert.match(cookie, /SameSite=Strict/i);
    assert.ok(!cookie.includes(system.token));
    assert.equal((await user.get('/api/auth/session')).authenticated, true);
  });
  await t.test('streams end within 1 s of the logout', async () => {
    const user = await system.user();
    const other = await system.user();
    const stream = system.stream(user, '/api/stream?topics=messages,telemetry', { reconnect: false });
    const kept = system.stream(other, '/api/stream?topics=messages,telemetry', { reconnect: false });
    await until('both are open', () => stream.of('connected').length + kept.of('connected').length === 2);
    const began = Date.now();
    assert.equal((await user.request('POST', '/api/auth/logout', { body: {} })).status, 200);
    await until('the stream ended', () => stream.ended, 5);
    assert.ok(Date.now() - began < 1000 * patience);
    await other.get('/api/overview');
    assert.equal(kept.ended, false);
    assert.equal((await user.request('GET', '/api/overview')).status, 401);
  });
  await t.test('another site can\'t use the session', async () => {
    const user = await system.user();
    const logout = (headers) => user.request('POST', '/api/auth/logout', { body: {}, headers });
    assert.equal((await logout({ origin: 'https://evil.example' })).status, 403);
    assert.equal((await logout({ 'sec-fetch-site': 'cross-site' })).status, 403);
    assert.equal((await user.request('POST', '/api/auth/logout', { body: 'a=b', headers: { 'content-type': 'application/x-www-form-urlencoded' } })).status, 415);
    const read = await user.request('GET', '/api/overview', { headers: { origin: 'https://evil.example' } });
    assert.equal(read.headers['access-control-allow-origin'], undefined);
    assert.equal((await request(port, 'GET', '/health', { headers: { host: 'evil.example' } })).status, 421);
    assert.equal((await user.get('/api/auth/session')).authenticated, true);
  });
  await t.test('headers that keep browsers careful', async () => {
    const user = await system.user();
    const { headers } = await user.request('GET', '/api/overview');
    assert.match(headers['content-security-policy'], /default-src 'self'/);
    assert.match(headers['content-security-policy'], /frame-ancestors 'none'/);
    assert.equal(headers['x-content-type-options'], 'nosniff');
    assert.match(headers['cache-control'], /no-store/);
    assert.ok(headers['referrer-policy']);
    assert.equal(headers['x-powered-by'], undefined);
  });
});

test('wrong logins are slowed down and recorded', async (t) => {
  const system = await System.start(t);
  const user = await system.user();
  const statuses = [];
  for (let i = 0; i < 20; i++) {
    const { status, headers } = await request(system.boardPort, 'POST', '/api/auth/login', {
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ token: `wrong-${i}` }),
    });
    statuses.push(status);
    if (status === 429) assert.ok(Number(headers['retry-after']) > 0);
  }
  assert.equal(statuses[0], 401);
  assert.equal(statuses.at(-1), 429);
  assert.ok(statuses.filter((status) => status === 401).length <= 10);
  const { events } = await system.shows(user, '/api/security-events', ({ events }) => events.some(({ category }) => category === 'RATE_LIMIT'));
  assert.ok(events.some(({ category }) => category === 'AUTH_FAILED'));
  assert.ok(!JSON.stringify(events).includes('wrong-'), 'what was tried is not recorded');
});

test('event streams', async (t) => {
  const system = await System.start(t, { options: { 'board.sse_heartbeat': '200ms', 'gateway.message_rate': '100000', 'shm.messages_size': '16M' } });
  const user = await system.user();
  await t.test('heartbeats, filters, resuming by header and by query', async () => {
    const all = system.stream(user, '/api/messages/stream');
    const filtered = system.stream(user, '/api/messages/stream?identity=S-1&type=CALL');
    await until('both are open', () => all.of('connected').length + filtered.of('connected').length === 2);
    assert.match(all.headers['content-type'], /^text\/event-stream/);
    assert.equal(all.headers['x-accel-buffering'], 'no');
    for (const identity of ['S-1', 'S-2']) await (await system.station(identity)).boot();
    await until('all came', () => all.of('message').length === 4);
    await until('the filtered one came', () => filtered.of('message').length === 1);
    assert.equal(filtered.of('message')[0].json.identity, 'S-1');
    await until('heartbeats come', () => all.comments >= 2);
    const first = all.of('message')[0].id;
    for (const [path, options] of [['/api/messages/stream', { lastEventId: first }], [`/api/messages/stream?lastEventId=${encodeURIComponent(first)}`, {}]]) {
      const resumed = system.stream(user, path, options);
      await until('the rest comes', () => resumed.of('message').length === 3);
      assert.deepEqual(resumed.of('message').map(({ json }) => json), all.of('message').slice(1).map(({ json }) => json));
    }
  });
  await t.test('one stream carries several topics', async () => {
    const stream = system.stream(user, '/api/stream?topics=messages,telemetry,security,logs');
    await until('telemetry comes', () => stream.of('telemetry').length > 0);
    await (await system.station('S-3')).boot();
    await until('messages come', () => stream.of('message').length === 2);
    assert.equal((await user.request('GET', '/api/stream?topics=nonsense')).status, 400);
  });
  await t.test('streams that begin amid traffic miss nothing', async () => {
    const station = await system.station('S-4');
    let talking = true;
    const talk = (async () => {
      for (let n = 0; talking; n++) {
        await station.call('Heartbeat');
        if (n % 4 === 0) await sleep(1); // on a slow machine, too, what is 300 messages old is still in the ring
      }
    })();
    const all = system.streams[0];
    for (let i = 0; i < 40; i++) {
      const { id } = all.of('message').slice(-300)[0];
      const stream = system.stream(user, `/api/messages/stream?maxRate=${90_000 + i}`, { lastEventId: id }); // none shares another's place
      await until('it has caught up and goes on', () => stream.of('message').length > 400);
      const numbers = stream.of('message').map(({ json }) => Number(/-(\d+)$/.exec(json.id)[1]));
      assert.equal(numbers.at(-1) - numbers[0] + 1, numbers.length, `stream ${i}`);
      assert.equal(stream.of('lost').length + stream.of('skipped').length, 0);
      stream.close();
    }
    talking = false;
    await talk;
  });
  await t.test('one that never reads is dropped, and the memory stays small', async () => {
    const rss = () => Number(/VmRSS:\s+(\d+)/.exec(fs.readFileSync(`/proc/${system.boardd.pid}/status`, 'utf8'))[1]);
    const before = rss();
    const sockets = Array.from({ length: 5 }, () => {
      const socket = net.connect({ host: '127.0.0.1', port: system.boardPort });
      socket.on('error', () => {});
      socket.on('connect', () => socket.write(`GET /api/messages/stream HTTP/1.1\r\nHost: 127.0.0.1\r\nCookie: ${user.cookie}\r\n\r\n`));
      socket.pause();
      return socket;
    });
    const reader = system.stream(user, '/api/messages/stream?identity=S-1');
    await until('the reader is there', () => reader.of('connected').length === 1);
    const station = system.stations[0];
    const filler = 'x'.repeat(4000);
    for (let i = 0; i < 3000; i++) await station.call('DataTransfer', { vendorId: 'v', data: filler });
    await until('the reader has it all', () => reader.of('message').length >= 6000 || reader.of('lost').length > 0, 20);
    assert.ok(rss() - before < 20_000 * patience * 4, `${rss() - before} kB more`);
    for (const socket of sockets) socket.destroy();
  });
});

test('stations that came and went do not fill the memory', async (t) => {
  const system = await System.start(t, { options: { 'shm.stations': '64', 'gateway.reconnects': '1000' } });
  const user = await system.user();
  for (let i = 0; i < 200; i++) {
    const station = await system.station(`GONE-${i}`);
    station.close();
    await until('it is closed', () => station.closed);
  }
  const list = await system.shows(user, '/api/connections?status=all&limit=1000', (all) => all.some(({ identity }) => identity === 'GONE-199'));
  assert.ok(list.length <= 64, `${list.length} records`);
  await sleep(0);
});
