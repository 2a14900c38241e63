// The redis-server stands still, then is gone, each for OUTAGE_SECONDS (60): the gateway's latencies stay what they are,
// ocpp-forward's memory stays what it is, and afterwards it catches up, with nothing lost.
import { test } from 'node:test';
import assert from 'node:assert/strict';
import fs from 'node:fs';
import path from 'node:path';
import { Program, System, build, cleanup, patience, sleep, until } from '../integration/harness.mjs';
import { Redis, account, entries, hasRedis } from '../integration/redis.mjs';

const seconds = Number(process.env.OUTAGE_SECONDS ?? 60);
const rate = 1000; // messages a second of the stations
const bulk = 5000; // of the other gateway, which is there to have much to catch up with
const goal = 50_000; // events a second

/** Runs stations for a while; resolves to the 99th percentile of what they waited, in ms. */
async function traffic(system, name) {
  const program = system.run('tools/ocpp-sim', [
    ...['-u', `ws://127.0.0.1:${system.gatewayPort}/ocpp`, '-n', '50', '-i', name, '-R', '1s', '-m', String(rate), '-d', `${seconds}s`, '-j', '-q'],
  ]);
  const { code } = await program.end(seconds + 60);
  assert.equal(code, 0, program.stderr);
  return JSON.parse(program.stdout).latencyMs.p99;
}

/** Memory that is the process's own, in KiB. */
function memory(program) {
  return Number(/^RssAnon:\s+(\d+)/m.exec(fs.readFileSync(`/proc/${program.pid}/status`, 'utf8'))[1]);
}

/** Events a second from the first that comes until there are `count`. */
async function catchUp(redis, key, before, count) {
  let began;
  let first;
  await until('it begins', async () => {
    first = await redis.command('XLEN', key);
    began = performance.now();
    return first > before + 2000; // more than what was on its way when it stood still
  }, 30);
  await until('it has caught up', async () => (await redis.command('XLEN', key)) >= count, 60);
  return Math.round(((count - first) * 1000) / (performance.now() - began));
}

async function outage(t, { system, redis, forward, published }, name, begin, end) {
  const key = 'ocpp:bulk:messages';
  const before = memory(forward);
  const length = await redis.command('XLEN', key);
  await begin();
  const p99 = await traffic(system, name);
  const during = memory(forward);
  const count = published();
  await end();
  const speed = await catchUp(redis, key, length, count);
  console.log(`# ${name}: p99 ${p99} ms, ocpp-forward ${before} KiB before, ${during} KiB during, ${memory(forward)} KiB after; ` +
    `${count - length} events to catch up with at ${speed} a second`);
  assert.ok(during < before + 8192, 'memory is bounded');
  assert.ok(memory(forward) < before + 8192, 'memory is bounded');
  if (patience === 1 && !process.env.OUTAGE_ANY_SPEED) assert.ok(speed >= goal, `${speed} events a second`);
  return p99;
}

test(`outages of ${seconds} s`, { skip: !hasRedis && 'redis-tools is not installed', timeout: (seconds * 4 + 300) * 1000 }, async (t) => {
  const redis = await Redis.start({ appendonly: 'yes' });
  cleanup(t, () => redis.end());
  const system = await System.start(t, { dashboard: false, options: { 'shm.instance': 'alpha', 'shm.messages_size': '128M' } });
  const publisher = new Program(path.join(build, 'tests/tools/publish_events'), [
    ...['-d', system.shm, '-i', 'bulk', '-s', '50', '-r', String(bulk), '-n', '0', '-m', '512'],
  ]);
  cleanup(t, () => publisher.stop());
  await publisher.says(/ready/);
  const started = performance.now();
  const published = () => Math.floor(((performance.now() - started) / 1000 - 1) * bulk); // at least
  const forward = system.run('forward/ocpp-forward', [
    ...['-f', '-o', 'forward.instances=alpha,bulk', '-o', `forward.store=${redis.url}`, '-o', 'redis.timeout=1s', '-o', 'forward.keep_messages=100000000'],
  ]);
  await until('it runs', async () => (await redis.command('XLEN', 'ocpp:bulk:messages')) > 0);
  const all = { system, redis, forward, published };

  const calm = await traffic(system, 'CALM-');
  console.log(`# calm: p99 ${calm} ms`);
  const still = await outage(t, all, 'STILL-', () => redis.signal('SIGSTOP'), () => redis.signal('SIGCONT'));
  const gone = await outage(t, all, 'GONE-', () => redis.kill(), () => redis.launch());
  for (const p99 of [still, gone]) assert.ok(p99 < calm * 2 + 2, `p99 ${p99} ms, ${calm} ms when all is well`);

  await publisher.stop();
  await sleep(1000); // a second is long where 20 ms are usual
  for (const name of ['alpha', 'bulk']) {
    const { events, lost } = account(await entries(redis.client, `ocpp:${name}:messages`), 1n);
    console.log(`# ${name}: ${events} events, ${lost} lost`);
    assert.equal(lost, 0);
  }
});
