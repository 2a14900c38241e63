// The same events by three ways - shared memory, Redis, a capture - are the same dashboard.
import assert from 'node:assert/strict';
import fs from 'node:fs';
import path from 'node:path';
import test from 'node:test';
import { EventStream, System, User, build, cleanup, until } from './harness.mjs';
import { reading } from './reading.mjs';
import { Redis, hasRedis } from './redis.mjs';

const withRedis = hasRedis && fs.existsSync(path.join(build, 'forward/ocpp-forward'));
const skip = !withRedis && 'redis-tools or hiredis is missing';

/** Something of everything that a gateway publishes. */
async function incident(system) {
  const one = await system.station('R-1');
  const two = await system.station('R-2', { protocol: 'ocpp2.0.1' });
  await one.boot();
  await two.call('BootNotification', { reason: 'PowerUp', chargingStation: { model: 'M', vendorName: 'V' } });
  for (let i = 0; i < 12; i++) await one.call('Heartbeat', {}, `beat-${i}`);
  await one.call('NoSuchAction', {}).catch(() => {});
  one.socket.send('[2, "spaced", "Heartbeat",\n {"odd spacing": "\\u00e9<&>"} ]');
  one.socket.send('{"not": "ocpp"}');
  one.socket.send('[3,"never-asked",{}]');
  await two.call('StatusNotification', { timestamp: '2026-01-31T12:00:00Z', connectorStatus: 'Faulted', evseId: 1, connectorId: 1 });
  await system.station('R-3', { protocol: 'soap' }).catch(() => {});
  const three = await system.station('R-4');
  await three.boot();
  three.socket.close(1000, 'good bye');
  await until('it is closed', () => three.closed);
}

async function openDashboard(system, source) {
  const program = system.run('boardd/ocpp-boardd', ['-f', '-o', 'board.listen=127.0.0.1:0', '-o', `board.source=${source}`]);
  const [, port] = await program.says(/boardd: listening on https?:\/\/\S*:(\d+)/);
  const user = new User(Number(port));
  await user.login(system.token);
  return { program, user };
}

/** Waits until it knows as much as the gateway's own dashboard. */
async function settle(system, user, wanted) {
  const stations = (whom) => whom.get('/api/connections?limit=1000');
  await until('it has all messages', async () => {
    const overview = await user.get('/api/overview');
    return overview.totalMessages === wanted.totalMessages && !overview.board.indexing && JSON.stringify(overview.attention) === wanted.attention;
  });
  const expected = await stations(wanted.user);
  let seen;
  await until('it has all stations', async () => JSON.stringify((seen = await stations(user))) === JSON.stringify(expected)).catch(() => assert.deepEqual(seen, expected));
}

async function capture(system, file) {
  const log = system.run('tools/ocpp-log', ['-A']);
  assert.equal((await log.end()).code, 0, log.stderr);
  fs.writeFileSync(file, log.stdout);
}

function compare(answers, expected, name) {
  for (const [question, answer] of Object.entries(expected)) assert.deepEqual(answers[question], answer, `${name}: ${question}`);
  for (const { rest, again } of Object.values(answers.streams)) assert.deepEqual(rest, again, `${name}: a stream goes on in the middle`);
}

test('shared memory, Redis and a capture give the same answers', { skip, timeout: 90_000 }, async (t) => {
  const redis = await Redis.start();
  cleanup(t, () => redis.end());
  const system = await System.start(t, { options: { 'forward.store': redis.url, 'redis.timeout': '1s', 'forward.stations_interval': '200ms' } });
  const forward = system.run('forward/ocpp-forward', ['-f']);
  await forward.says(/connected/);
  await incident(system);
  const user = await system.user();
  const overview = await system.shows(user, '/api/overview', ({ attention }) => attention.faulted === 1 && attention.errors === 1 && attention.offline === 1);
  const wanted = { user, totalMessages: overview.totalMessages, attention: JSON.stringify(overview.attention) };
  const expected = await reading(user);
  assert.ok(expected['/api/messages?limit=1000'].length > 30);
  assert.ok(expected['/api/errors?gateway=default'].events.length > 0);
  assert.ok(expected['/api/security-events?gateway=default'].events.length > 0);
  compare(expected, expected, 'shared memory');

  const store = await openDashboard(system, redis.url);
  await settle(system, store.user, wanted);
  compare(await reading(store.user), expected, 'Redis');

  const file = path.join(system.directory, 'capture.jsonl');
  await capture(system, file);
  const saved = await openDashboard(system, `file:${file}`);
  await settle(system, saved.user, wanted);
  compare(await reading(saved.user), expected, 'capture');
});

test('a capture is on its own time axis, read-only, and bad lines are skipped', { timeout: 60_000 }, async (t) => {
  const system = await System.start(t);
  await incident(system);
  const file = path.join(system.directory, 'capture.jsonl');
  await capture(system, file);
  const moved = fs.readFileSync(file, 'utf8').replaceAll(/"timestamp":"\d{4}-\d\d-\d\d/g, '"timestamp":"2024-02-29');
  fs.writeFileSync(file, `nonsense\n${moved}{"id":"default-1","half":`);
  const { user, program } = await openDashboard(system, `file:${file}`);
  const overview = await until('it is read', async () => {
    const seen = await user.get('/api/overview');
    return !seen.board.indexing && seen;
  });
  const [gateway] = overview.gateways;
  assert.equal(gateway.state, 'capture');
  assert.match(gateway.reason, /skipped: 1/);
  await program.says(/line 1: /);
  assert.match(overview.board.now, /^2024-02-29/);
  assert.ok(overview.uptimeSeconds < 60);
  const all = await user.get('/api/messages?limit=1000');
  assert.ok(all.every(({ timestamp }) => timestamp.startsWith('2024-02-29')));
  assert.equal((await user.get('/api/messages?limit=1000&since=10m')).length, all.length, 'since is relative to its end');
  const history = await user.get('/api/telemetry/history');
  assert.ok(history.length > 0 && history.every(({ timestamp }) => timestamp.startsWith('2024-02-29')));
  assert.equal((await user.get('/health')).status, 'ok');
});

test('what is no capture, and no store, is said at the start', { timeout: 30_000 }, async (t) => {
  const system = await System.start(t, { dashboard: false });
  const refused = async (source, pattern) => {
    const program = system.run('boardd/ocpp-boardd', ['-f', '-o', `board.source=${source}`]);
    const { code } = await program.end();
    assert.notEqual(code, 0);
    assert.match(program.stderr, pattern);
    program.result = { code: 0 };
  };
  await refused('file:/nonexistent', /board.source: \/nonexistent: No such file/);
  await refused(`file:${system.tokenFile}`, /is no capture/);
  await refused('redis://', /board.source/);
  await refused('postgres://x', /neither shm nor file/);
});

test('a stream resumes exactly when the dashboard behind a store is killed', { skip, timeout: 90_000 }, async (t) => {
  const redis = await Redis.start();
  cleanup(t, () => redis.end());
  const system = await System.start(t, { dashboard: false, options: { 'forward.store': redis.url, 'board.source': redis.url, 'redis.timeout': '1s', 'shm.messages_size': '32M' } });
  await (system.run('forward/ocpp-forward', ['-f'])).says(/connected/);
  await system.startDashboard();
  const user = await system.user();
  const streams = Array.from({ length: 4 }, () => new EventStream(user, '/api/messages/stream'));
  cleanup(t, () => streams.forEach((stream) => stream.close()));
  await until('all are open', () => streams.every(({ connects }) => connects === 1));
  const sim = system.run('tools/ocpp-sim', ['-u', `ws://127.0.0.1:${system.gatewayPort}/ocpp`, '-n', '20', '-R', '1s', '-m', '600', '-d', '5s', '-q']);
  for (let i = 0; i < 3; i++) {
    await until('messages come', () => streams.every((stream) => stream.of('message').some(({ connect }) => connect === i + 1)));
    await system.boardd.kill();
    await system.startDashboard();
  }
  assert.equal((await sim.end(40)).code, 0, sim.stderr);
  const last = await system.station('LAST');
  await last.call('Heartbeat', {}, 'the-last');
  await until('all are at the end', () => streams.every((stream) => stream.of('message').at(-1)?.json.messageId === 'the-last'), 20);
  for (const stream of streams) {
    const numbers = stream.of('message').map(({ json }) => Number(/-(\d+)$/.exec(json.id)[1]));
    assert.deepEqual(stream.of('lost'), []);
    assert.ok(numbers.length > 1000, `${numbers.length} messages`);
    numbers.forEach((number, i) => assert.ok(i === 0 || number === numbers[i - 1] + 1, `${numbers[i - 1]}, then ${number}`));
  }
});
