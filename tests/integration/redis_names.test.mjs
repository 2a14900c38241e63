// The store by its host name: one that is known, one that is not, and a resolver that does not answer.
import assert from 'node:assert/strict';
import dgram from 'node:dgram';
import { lookup } from 'node:dns/promises';
import fs from 'node:fs';
import path from 'node:path';
import { spawnSync } from 'node:child_process';
import { describe, test } from 'node:test';
import { Program, System, build, cleanup, patience, request, until } from './harness.mjs';
import { Redis, hasRedis } from './redis.mjs';

const withRedis = hasRedis && fs.existsSync(path.join(build, 'forward/ocpp-forward'));
const skip = !withRedis && 'redis-tools or hiredis is missing';
const limits = { skip, timeout: 60_000 * patience };
const unknown = `${'x'.repeat(64)}.invalid`; // no resolver need be asked: a part may have 63 letters

function systemAt(t, url, timeout) {
  return new System(t, { 'forward.store': url, 'board.source': url, 'redis.timeout': timeout });
}

/** A name server that takes questions and answers none; undefined where we may not be one. */
async function silentServer(t) {
  const server = dgram.createSocket('udp4');
  let questions = 0;
  server.on('message', () => questions++);
  try {
    await new Promise((resolve, reject) => server.once('error', reject).bind(53, '127.0.0.83', resolve));
  } catch {
    server.close();
    return undefined;
  }
  cleanup(t, () => new Promise((resolve) => server.close(resolve)));
  return { questions: () => questions };
}

/** Runs a program that has that name server alone; this needs root. */
function runWithServer(system, name) {
  const file = path.join(system.directory, 'resolv.conf');
  fs.writeFileSync(file, 'nameserver 127.0.0.83\noptions timeout:20 attempts:1\n');
  const program = new Program('unshare', [
    ...['-m', 'sh', '-c', 'mount --bind "$0" /etc/resolv.conf && exec "$@"', file],
    ...[path.join(build, name), ...system.arguments(), '-f'],
  ]);
  cleanup(system.t, () => program.stop());
  return program;
}

describe('a store by its name', { concurrency: 3 }, () => {
  test('localhost', limits, async (t) => {
    const known = await lookup('localhost').catch(() => undefined);
    if (!known) return t.skip('localhost is in no /etc/hosts here');
    const redis = await Redis.start();
    cleanup(t, () => redis.end());
    const system = systemAt(t, `redis://localhost:${redis.port}/0`, '10s');
    await system.startGateway();
    const forward = system.run('forward/ocpp-forward', ['-f']);
    await forward.says(new RegExp(`connected to localhost:${redis.port}`));
    await system.startDashboard();
    await (await system.station('NAMED')).boot();
    const user = await system.user();
    await system.shows(user, '/api/messages', (list) => list.length === 2);
  });

  test('a name that nobody knows is said, and tried again', limits, async (t) => {
    const system = systemAt(t, `redis://${unknown}:1/0`, '10s');
    const forward = system.run('forward/ocpp-forward', ['-f', '-o', 'forward.health_interval=1s']);
    await forward.says(/can't look the host name up: \S/);
    await system.startDashboard();
    await system.boardd.says(/can't look the host name up: \S/);
    const user = await system.user();
    await system.shows(user, '/api/overview', ({ board }) => /look the host name up/.test(board.source.reason));
    await forward.says(/store can't look the host name up/);
    assert.equal(forward.stderr.match(/x: can't look|:1: can't look/g).length, 1, 'each reason is said once');
  });

  test('a resolver that does not answer holds nobody up', limits, async (t) => {
    const server = await silentServer(t);
    if (!server || spawnSync('unshare', ['-m', 'true']).status !== 0) return t.skip('it takes root to be a name server');
    const system = systemAt(t, 'redis://store.invalid:1/0', '500ms');
    const boardd = runWithServer(system, 'boardd/ocpp-boardd');
    const forward = runWithServer(system, 'forward/ocpp-forward');
    const [, port] = await boardd.says(/boardd: listening on https?:\/\/\S*:(\d+)/);
    await until('both ask', () => server.questions() >= 2);
    for (const program of [boardd, forward]) await program.says(/can't look the host name up: the resolver does not answer/);
    const began = Date.now();
    for (let i = 0; i < 10; i++) assert.notEqual((await request(Number(port), 'GET', '/health')).status, 404);
    assert.ok(Date.now() - began < 2000 * patience, `${Date.now() - began} ms for ten requests`);
    const ending = Date.now();
    await boardd.stop();
    await forward.stop();
    assert.ok(Date.now() - ending < 8000 * patience, 'nobody waits for the resolver in the end');
  });
});
