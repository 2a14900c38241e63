// Commands of a dashboard on another host: through the store, ocpp-forward and the gateway's control socket.
import assert from 'node:assert/strict';
import fs from 'node:fs';
import path from 'node:path';
import test from 'node:test';
import { System, build, cleanup, until } from './harness.mjs';
import { Redis, hasRedis } from './redis.mjs';

const withRedis = hasRedis && fs.existsSync(path.join(build, 'forward/ocpp-forward'));
const skip = !withRedis && 'redis-tools or hiredis is missing';

/** A gateway, its forwarder, and a dashboard that knows the store alone. */
async function start(t, options = {}) {
  const redis = await Redis.start();
  cleanup(t, () => redis.end());
  const system = await System.start(t, {
    dashboard: false,
    options: { 'forward.store': redis.url, 'board.source': redis.url, 'redis.timeout': '1s', 'forward.stations_interval': '200ms', 'forward.commands': 'yes', ...options },
  });
  await system.run('forward/ocpp-forward', ['-f']).says(/connected/);
  await system.startDashboard();
  const user = await system.user();
  const station = await system.station('C-1');
  await station.boot();
  await system.shows(user, '/api/connections', (list) => list.some(({ identity, status }) => identity === 'C-1' && status === 'online'));
  return { redis, system, user, station };
}

/** The station answers every CALL with what `answer` makes of it. */
function answering(station, answer) {
  station.socket.on('message', (data) => {
    const [type, id, action, payload] = JSON.parse(data.toString());
    if (type === 2) station.raw(JSON.stringify(answer(id, action, payload)));
  });
}

test('a CALL and a disconnect reach the station behind a store', { skip, timeout: 60_000 }, async (t) => {
  const { redis, system, user, station } = await start(t);
  await system.shows(user, '/api/overview', ({ gateways }) => gateways[0]?.control === 'available');
  answering(station, (id, action, payload) => [3, id, { status: 'Accepted', got: [action, payload.type] }]);
  const called = await user.request('POST', '/api/connections/C-1/call', { body: { action: 'Reset', payload: { type: 'Soft' }, timeoutMs: 5000 } });
  assert.equal(called.status, 200, called.text);
  assert.equal(called.json.outcome, 'result');
  assert.deepEqual(called.json.payload, { status: 'Accepted', got: ['Reset', 'Soft'] });
  const [key] = (await redis.command('KEYS', 'ocpp:replies:*')).map(String);
  await until('the answers will go away', async () => (await redis.command('TTL', key)) > 0);

  const gone = await user.request('POST', '/api/connections/C-1/disconnect', { body: {} });
  assert.equal(gone.status, 200, gone.text);
  assert.equal(gone.json.disconnected, true);
  await until('it is disconnected', () => station.closed);
  await until('a CALL is refused then', async () => (await user.request('POST', '/api/connections/C-1/call', { body: { action: 'Reset', payload: {} } })).status === 409);
  assert.equal((await user.request('POST', '/api/connections/NOBODY/disconnect', { body: {} })).status, 404);
});

test('a command that nobody takes, or that the store refuses, has an end', { skip, timeout: 60_000 }, async (t) => {
  const { redis, user } = await start(t, { 'forward.commands': 'no' });
  const unanswered = await user.request('POST', '/api/connections/C-1/disconnect', { body: {} });
  assert.equal(unanswered.status, 503, unanswered.text);
  await redis.command('CONFIG', 'SET', 'maxmemory', '1');
  const refused = await user.request('POST', '/api/connections/C-1/disconnect', { body: {} });
  assert.equal(refused.status, 503, refused.text);
  assert.match(refused.json.error, /OOM/);
});
