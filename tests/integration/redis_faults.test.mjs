// A store that is poisoned, locked, full, stopped, down or too old: the dashboard says so and goes on.
import assert from 'node:assert/strict';
import fs from 'node:fs';
import net from 'node:net';
import path from 'node:path';
import { describe, test } from 'node:test';
import { System, build, cleanup, until } from './harness.mjs';
import { Redis, hasRedis } from './redis.mjs';

const withRedis = hasRedis && fs.existsSync(path.join(build, 'forward/ocpp-forward'));
const skip = !withRedis && 'redis-tools or hiredis is missing';
const limits = { skip, timeout: 60_000 };

async function start(t, { redis: redisOptions = {}, options = {}, gateway = true } = {}) {
  const redis = await Redis.start(redisOptions);
  cleanup(t, () => redis.end());
  const system = new System(t, { 'forward.store': redis.url, 'board.source': redis.url, 'redis.timeout': '500ms', 'forward.stations_interval': '200ms', ...options });
  if (gateway) {
    await system.startGateway();
    system.forward = system.run('forward/ocpp-forward', ['-f']);
    await system.forward.says(/connected/);
  }
  await system.startDashboard();
  return { redis, system, user: await system.user() };
}

const gatewayIs = (system, user, state, seconds = 10) =>
  system.shows(user, '/api/overview', ({ gateways }) => gateways.some((gateway) => gateway.name === 'default' && gateway.state === state), seconds);

async function beat(system, user, station, id) {
  await station.call('Heartbeat', {}, id);
  await system.shows(user, '/api/messages?limit=10', (list) => list.some(({ messageId }) => messageId === id), 20);
}

describe('a store with faults', { concurrency: 4 }, () => {
  test('poisoned entries are passed, told, and nothing else is lost', limits, async (t) => {
    const { redis, system, user } = await start(t);
    const station = await system.station('F-1');
    await beat(system, user, station, 'first');
    system.forward.signal('SIGSTOP'); // its numbers are free for somebody else
    const [[last]] = await redis.command('XREVRANGE', 'ocpp:default:messages', '+', '-', 'COUNT', '1');
    const [history, number] = last.toString().split('-').map(BigInt);
    const poison = [
      ['foo', 'bar'],
      ['e', Buffer.from([0xff, 0xfe, 0x00]), 'p', Buffer.alloc(10, 0xff)],
      ['e', Buffer.alloc(56, 1), 'p', Buffer.alloc(1 << 20, 0x41)],
      ['lost', '-5'],
      ['lost', '99999999999999999999999999'],
      Array.from({ length: 200 }, (_, i) => [`field${i}`, 'x']).flat(),
    ];
    for (const [i, fields] of poison.entries()) await redis.command('XADD', 'ocpp:default:messages', `${history}-${number + BigInt(i) + 1n}`, ...fields);
    await redis.command('HSET', 'ocpp:default:stations', 'EVIL', '{"identity":"OTHER"}', Buffer.from([0xff]), Buffer.alloc(100000, 0x7b));
    await redis.command('HSET', 'ocpp:default:counters', 'messages_in_total', 'many', 'latency:x', Buffer.alloc(5000, 0x20));
    await redis.command('SET', 'ocpp:default:security', 'no stream');
    await redis.command('ZADD', 'ocpp:gateways', '9'.repeat(10), 'no name\n', '1', 'x'.repeat(5000));
    await redis.command('SADD', 'ocpp:another:messages', 'a set');
    await redis.command('ZADD', 'ocpp:gateways', '9'.repeat(13), 'another');
    const told = await system.shows(user, '/api/security-events?category=ANOMALY&limit=1000', ({ events }) => {
      const messages = events.map(({ message }) => message).join('\n');
      return ['an entry that is not of ocpp-forward', 'snapshot of a station', 'a counter', 'no name of one', 'is no stream'].every((part) => messages.includes(part));
    });
    assert.ok(told.events.length < 100, 'reports are bounded');
    await system.boardd.says(/an entry that is not of ocpp-forward, skipped: \d+-\d+/);
    assert.ok((await user.get('/api/connections')).every(({ identity }) => identity !== 'EVIL'));
    assert.equal((await user.get('/api/overview')).gateways.length, 2);
    assert.ok((await user.get('/api/messages')).some(({ messageId }) => messageId === 'first'));
    const before = (await user.get('/api/telemetry')).board.cpuPercent;
    assert.ok(before < 60, `${before} % of a processor: it does not go round in circles`);
    system.forward.signal('SIGCONT');
  });

  test('a wrong password, and then the right one', limits, async (t) => {
    const { redis, system, user } = await start(t, { gateway: false });
    await redis.command('CONFIG', 'SET', 'requirepass', 'correct horse');
    await redis.command('CLIENT', 'KILL', 'TYPE', 'normal', 'SKIPME', 'yes');
    await system.boardd.says(/needs a password: set redis.password_file/);
    await system.shows(user, '/api/overview', ({ board }) => /password/.test(board.source.reason));
    const file = path.join(system.directory, 'password');
    fs.writeFileSync(file, 'wrong\n', { mode: 0o600 });
    await system.boardd.stop();
    system.options['redis.password_file'] = file;
    await system.startDashboard();
    await system.boardd.says(/password refused: WRONGPASS/);
    fs.writeFileSync(file, 'correct horse\n');
    await system.boardd.says(/connected to/);
    const again = await system.user();
    await system.shows(again, '/api/overview', ({ board }) => board.source.reason === null);
  });

  test('a store that is stopped, then down: what is not known is said; then nothing is missing', limits, async (t) => {
    const { redis, system, user } = await start(t);
    const station = await system.station('F-2');
    await beat(system, user, station, 'before');
    redis.signal('SIGSTOP');
    await gatewayIs(system, user, 'unreachable');
    const { gateways } = await user.get('/api/overview');
    assert.match(gateways[0].reason, /no answer/);
    await station.call('Heartbeat', {}, 'while-stopped');
    const began = Date.now();
    await user.get('/api/messages?limit=1000');
    assert.ok(Date.now() - began < 1000, 'the dashboard answers at once');
    redis.signal('SIGCONT');
    await gatewayIs(system, user, 'live');
    await beat(system, user, station, 'after-the-stop');
    await redis.kill();
    await gatewayIs(system, user, 'unreachable');
    assert.equal((await user.get('/health')).status, 'degraded');
    await station.call('Heartbeat', {}, 'while-down');
    await redis.launch(); // and it has forgotten everything
    await gatewayIs(system, user, 'live', 20);
    await beat(system, user, station, 'after-all');
    const ids = (await user.get('/api/messages?limit=1000&direction=IN')).map(({ messageId }) => messageId);
    for (const id of ['while-stopped', 'after-the-stop', 'while-down', 'after-all']) assert.ok(ids.includes(id), `${id} in ${ids}`);
    assert.equal(new Set(ids).size, ids.length, 'nothing comes twice');
  });

  test('a forwarder that ends: the gateway is silent, its last state stays', limits, async (t) => {
    const { system, user } = await start(t);
    const station = await system.station('F-3');
    await beat(system, user, station, 'seen');
    await system.shows(user, '/api/connections', (list) => list.some(({ status }) => status === 'online'));
    await system.forward.kill();
    const { gateways } = await gatewayIs(system, user, 'silent', 15);
    assert.match(gateways[0].reason, /ocpp-forward/);
    assert.equal((await user.get('/api/connections'))[0].status, 'online', 'what was known last');
    await system.run('forward/ocpp-forward', ['-f']).says(/connected/);
    await gatewayIs(system, user, 'live');
    await beat(system, user, station, 'again');
  });

  test('a store without memory for more', limits, async (t) => {
    const { redis, system, user } = await start(t);
    const station = await system.station('F-4');
    await beat(system, user, station, 'seen');
    await redis.command('CONFIG', 'SET', 'maxmemory', '1');
    await system.shows(user, '/api/overview', ({ gateways }) => gateways[0].state === 'silent' && /out of memory/.test(gateways[0].reason), 15);
    await redis.command('CONFIG', 'SET', 'maxmemory', '0');
    await gatewayIs(system, user, 'live', 15);
    await beat(system, user, station, 'again');
  });

  test('a server that is too old, and one that is none', limits, async (t) => {
    const answers = { old: '$31\r\n# Server\r\nredis_version:4.0.14\r\n\r\n', other: 'HTTP/1.1 400 Bad Request\r\n\r\n' };
    let answer = answers.old;
    const server = net.createServer((socket) => {
      socket.on('error', () => {}).on('data', () => socket.write(answer));
    });
    await new Promise((resolve) => server.listen(0, '127.0.0.1', resolve));
    cleanup(t, () => server.close());
    const system = new System(t, { 'board.source': `redis://127.0.0.1:${server.address().port}`, 'redis.timeout': '500ms' });
    await system.startDashboard();
    const user = await system.user();
    await system.boardd.says(/Redis 4.0.14 is too old/);
    await system.shows(user, '/api/overview', ({ board }) => /too old/.test(board.source.reason));
    answer = answers.other;
    await system.boardd.says(/Protocol error/);
    await until('it still answers', async () => (await user.get('/api/overview')).gateways.length === 0);
  });
});
