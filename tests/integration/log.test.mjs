// ocpp-log reads the same segment as the dashboard and must tell the same.
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import path from 'node:path';
import test from 'node:test';
import { System, until } from './harness.mjs';

test('ocpp-log -f shows the messages that the API shows', async (t) => {
  const system = await System.start(t);
  const user = await system.user();
  // "all": one that comes late on a busy machine begins with what was before
  const follow = ['-f', '-j', '-n', 'all'];
  const log = system.run('tools/ocpp-log', follow);
  const filtered = system.run('tools/ocpp-log', [...follow, '-i', 'L-2']);
  const chosen = system.run('tools/ocpp-log', [...follow, 'station:L-2 dir:in not action:BootNotification']);
  const lines = (program) =>
    program.stdout.split('\n').slice(0, -1).map((line) => JSON.parse(line)).filter(({ messageId }) => messageId !== undefined);
  for (const identity of ['L-1', 'L-2']) {
    const station = await system.station(identity);
    await station.boot();
    for (let i = 0; i < 5; i++) await station.call('Heartbeat', {}, `beat-${i}`);
  }
  const shown = (await system.shows(user, '/api/messages?limit=1000', (list) => list.length === 24)).reverse();
  await until('the log has them', () => lines(log).length >= 24);
  const essence = ({ identity, direction, type, method, messageId, timestamp }) => ({ identity, direction, type, method, messageId, timestamp });
  assert.deepEqual(lines(log).map(essence), shown.map(essence));
  await until('the filtered log has them', () => lines(filtered).length >= 12);
  assert.ok(lines(filtered).every(({ identity }) => identity === 'L-2'));
  await until('the chosen log has them', () => lines(chosen).length >= 5);
  assert.deepEqual(lines(chosen).map(({ messageId }) => messageId), [0, 1, 2, 3, 4].map((i) => `beat-${i}`));
  await system.gateway.stop();
  await system.startGateway();
  const station = await system.station('L-3');
  await station.call('Heartbeat', {}, 'after-the-restart');
  await until('it goes on after a restart of the gateway', () => lines(log).some(({ messageId }) => messageId === 'after-the-restart'));
});

test('a reader in another language, made from ocpp-board-shm(5), agrees with ocpp-log', async (t) => {
  const system = await System.start(t, { dashboard: false, options: { 'shm.messages_size': '64K' } });
  const station = await system.station('PYTHON');
  await station.boot();
  for (let i = 0; i < 400; i++) await station.call('Heartbeat', {}, `beat-${i}`); // more than the ring holds
  const script = new URL('../tools/shm_reader.py', import.meta.url).pathname;
  const python = spawnSync('python3', [script, path.join(system.shm, 'ocpp-board.default')], { encoding: 'utf8' });
  assert.equal(python.status, 0, python.stderr);
  const log = system.run('tools/ocpp-log', ['-j', '-n', '1000']);
  assert.equal((await log.end()).code, 0, log.stderr);
  const read = (text) => text.trim().split('\n').map((line) => JSON.parse(line));
  const theirs = read(python.stdout);
  const ours = read(log.stdout).slice(-theirs.length);
  assert.ok(theirs.length > 100 && theirs.length < 800, `${theirs.length} messages`);
  const essence = ({ id, identity, direction, type, method, messageId }) => ({ id, identity, direction, type, method, messageId });
  assert.deepEqual(theirs.map(essence), ours.map(essence));
});
