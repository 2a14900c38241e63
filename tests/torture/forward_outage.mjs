// The redis-server stands still, then is gone, each for OUTAGE_SECONDS (60): the gateway's latencies stay what they are,
// ocpp-forward's memory stays what it is, and afterwards it catches up, with nothing lost.
//
// Latencies are compared in OUTAGE_PAIRS (6) pairs for each of the two: some seconds while all is well, and right after
// them some in an outage. The median of the pairs' ratios is judged, so that a pair in which the machine did something
// else counts for little. Gateway and ocpp-forward run under the launcher, with the processors and weights that it gives
// them; all that would be on other machines keeps off the gateway's processor, and the stations go before others there.
import { test } from 'node:test';
import assert from 'node:assert/strict';
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { execFileSync } from 'node:child_process';
import { Program, System, build, cleanup, patience, sleep, until } from '../integration/harness.mjs';
import { freePort } from '../integration/free_port.mjs';
import { Redis, account, hasRedis, parts } from '../integration/redis.mjs';

const seconds = Number(process.env.OUTAGE_SECONDS ?? 60);
const pairs = Number(process.env.OUTAGE_PAIRS ?? 6);
const slice = Math.min(4, seconds);
const stations = 50;
const rate = 1000; // CALLs a second of the stations
const bulk = 5000; // messages of the other gateway, which is there to have much to catch up with after a long outage
const goal = 50_000; // events a second
const keyOf = (name) => `ocpp:${name}:messages`;
const mostRatio = 1.25; // of a percentile in an outage to that before it, or
const mostMore = 0.3; // ms more: a tenth of nothing is nothing
const fit = 20; // ms of the 99th percentile while all is well, at most, where a machine has nothing else to do

const allowed = /^Cpus_allowed_list:\s+(\S+)/m.exec(fs.readFileSync('/proc/self/status', 'utf8'))[1];
const [first, ...rest] = allowed.split(',').flatMap((range) => {
  const [from, to = from] = range.split('-').map(Number);
  return Array.from({ length: to - from + 1 }, (_, i) => from + i);
});
const others = (rest.length > 0 ? rest : [first]).join(','); // the gateway's is the first (gateway.cpus)

/** Moves a process, with its threads, off the gateway's processor. */
const moveOff = (pid) => execFileSync('taskset', ['-acp', others, String(pid)]);

const median = (values) => values.toSorted((a, b) => a - b)[values.length >> 1];

/** Gateway and ocpp-forward as an operator starts them. */
class Launched extends System {
  async launch(...words) {
    const program = new Program(path.join(build, 'ocpp-board'), [...this.arguments(), '-r', this.directory, ...words]);
    const { code } = await program.end(30);
    assert.equal(code, 0, program.stderr);
  }

  async start() {
    this.options['gateway.listen'] = `127.0.0.1:${(this.gatewayPort = await freePort())}`;
    cleanup(this.t, () => this.launch('stop'));
    await this.launch('start', 'gateway');
    await this.launch('start', 'forward');
  }

  pid(name) {
    return Number(fs.readFileSync(path.join(this.directory, `${name}.pid`), 'utf8'));
  }

  /** ocpp-forward's own memory, in KiB. */
  memory() {
    return Number(/^RssAnon:\s+(\d+)/m.exec(fs.readFileSync(`/proc/${this.pid('forward')}/status`, 'utf8'))[1]);
  }

  /** A slice of traffic: its percentiles in ms, and what a CALL costs the gateway in us. A session of its own has a weight of its own (sched(7)). */
  async slice() {
    const first = 'echo -15 2>/dev/null >/proc/self/autogroup; exec taskset -c "$0" "$@"';
    const load = [path.join(build, 'tests/bench/station_load'), '-p', this.gatewayPort, '-n', stations, '-m', 'meter', '-r', rate, '-w', 1, '-d', slice, '-P', this.pid('gateway')];
    const program = new Program('/usr/bin/setsid', ['sh', '-c', first, others, ...load.map(String)]);
    cleanup(this.t, () => program.kill());
    const { code } = await program.end(slice + 30);
    assert.equal(code, 0, program.stderr);
    const found = Object.fromEntries(Array.from(program.stdout.matchAll(/(\w+)=([\d.]+)/g), ([, name, value]) => [name, Number(value)]));
    return { p50: found.p50 / 1000, p99: found.p99 / 1000, cpu: found.server_cpu_us / found.answers };
  }

  /** Slices for so long. */
  async traffic(duration) {
    const slices = [];
    for (const end = performance.now() + duration * 1000; performance.now() < end; ) slices.push(await this.slice());
    return slices;
  }
}

/** Events a second from the first that comes until there are `count`. */
async function catchUp(redis, key, before, count) {
  let began;
  let first;
  await until('it begins', async () => {
    first = await redis.command('XLEN', key);
    began = performance.now();
    return first > before + 1000; // more than what was on its way when it stood still
  }, 30);
  await until('it has caught up', async () => (await redis.command('XLEN', key)) >= count, 60);
  return Math.round(((count - first) * 1000) / (performance.now() - began));
}

/** A gateway's events are there once and in order; its stream need not fit into memory. */
async function checkAll(redis, name) {
  const all = { events: 0, lost: 0, next: 1n };
  for await (const part of parts(redis.client, keyOf(name))) {
    const { events, lost, next } = account(part, all.next);
    Object.assign(all, { events: all.events + events, lost: all.lost + lost, next });
  }
  console.log(`# ${name}: ${all.events} events, ${all.lost} lost`);
  assert.equal(all.lost, 0);
}

const text = ({ p50, p99, cpu }) => `p50 ${p50.toFixed(3)} ms, p99 ${p99.toFixed(3)} ms, ${cpu.toFixed(1)} us a CALL`;
const typical = (slices) => Object.fromEntries(['p50', 'p99', 'cpu'].map((key) => [key, median(slices.map((one) => one[key]))]));

/** Traffic in an outage, until a gateway's stream has caught up: with `missing` events at least. */
async function outage({ system, redis }, { begin, end }, traffic, key, missing) {
  const length = await redis.command('XLEN', key);
  await begin();
  const slices = await traffic();
  const during = system.memory();
  const missed = missing(length);
  await end();
  moveOff(redis.child.pid);
  return { slices, during, missed, speed: await catchUp(redis, key, length, length + missed) };
}

async function longOutage(all, kind) {
  const { system } = all;
  const before = system.memory();
  const { slices, during, missed, speed } = await outage(all, kind, () => system.traffic(seconds), keyOf('bulk'), (length) => all.published() - length);
  const after = system.memory();
  console.log(`# ${kind.name} for ${seconds} s: ${text(typical(slices))}`);
  console.log(`# ${kind.name}: ocpp-forward ${before} KiB before, ${during} KiB during, ${after} KiB after; ${missed} events to catch up with at ${speed} a second`);
  for (const size of [during, after]) assert.ok(size < before + 8192, 'memory is bounded');
  return speed;
}

async function pair(all, kind) {
  const calm = await all.system.slice();
  const { slices } = await outage(all, kind, async () => [await all.system.slice()], keyOf('alpha'), () => 2 * rate * slice);
  console.log(`# ${kind.name}: ${text(slices[0])}; before it ${text(calm)}`);
  return { calm, out: slices[0] };
}

/** What is wrong with an outage, judged by its pairs. */
function judge({ name, found, speed }) {
  const ratio = (which) => median(found.map(({ calm, out }) => out[which] / calm[which]));
  const [well, out] = ['calm', 'out'].map((which) => typical(found.map((one) => one[which])));
  console.log(`# ${name}: medians ${text(out)}; while all is well ${text(well)}`);
  console.log(`# ${name}: ratios p50 ${ratio('p50').toFixed(2)}, p99 ${ratio('p99').toFixed(2)}, processor time ${ratio('cpu').toFixed(2)}, of ${found.length} pairs`);
  const wrong = [];
  if (well.p99 > fit) wrong.push(`${name}: the machine has other things to do, latencies say nothing: p99 ${well.p99} ms while all is well`);
  for (const which of well.p99 > fit ? [] : ['p50', 'p99'])
    if (ratio(which) > mostRatio && out[which] > well[which] + mostMore) wrong.push(`${name}: ${which} ${out[which]} ms, ${well[which]} ms while all is well`);
  if (speed < goal && patience === 1 && !process.env.OUTAGE_ANY_SPEED) wrong.push(`${name}: it catches up with ${speed} events a second only`);
  return wrong;
}

test(`outages of ${seconds} s`, { skip: !hasRedis && 'redis-tools is not installed', timeout: 880_000 }, async (t) => {
  const redis = await Redis.start({ appendonly: 'yes', 'auto-aof-rewrite-percentage': '0' });
  cleanup(t, () => redis.end());
  moveOff(redis.child.pid);
  const system = new Launched(t, {
    'shm.instance': 'alpha',
    'shm.messages_size': '128M',
    'gateway.message_rate': '100000',
    'gateway.message_burst': '1000000',
    'gateway.reconnects': '100000',
    'forward.instances': 'alpha,bulk',
    'forward.store': redis.url,
    'forward.keep_messages': '100000000',
    'redis.timeout': '1s',
  });
  const publisher = new Program(path.join(build, 'tests/tools/publish_events'), [
    ...['-d', system.shm, '-i', 'bulk', '-s', '50', '-r', String(bulk), '-n', '0', '-m', '512'],
  ]);
  cleanup(t, () => publisher.stop());
  await publisher.says(/ready/);
  moveOff(publisher.pid);
  const started = performance.now();
  const published = () => Math.floor(((performance.now() - started) / 1000 - 1) * bulk); // at least
  await system.start();
  await until('it runs', async () => (await redis.command('XLEN', keyOf('bulk'))) > 0);
  console.log(`# ${os.availableParallelism()} processors; the gateway has ${first} (if few), all else ${others}; load ${os.loadavg()[0].toFixed(1)}`);
  const all = { system, redis, published };

  const kinds = [
    { name: 'standing still', begin: () => redis.signal('SIGSTOP'), end: () => redis.signal('SIGCONT'), found: [] },
    { name: 'gone', begin: () => redis.kill(), end: () => redis.launch(60), found: [] },
  ];
  await system.slice(); // warm
  for (const kind of kinds) kind.speed = await longOutage(all, kind);
  await publisher.stop();
  await sleep(1000); // a second is long where 20 ms are usual
  await checkAll(redis, 'bulk');
  for (let i = 0; i < pairs; i++) for (const kind of kinds) kind.found.push(await pair(all, kind));
  await sleep(1000);
  await checkAll(redis, 'alpha');
  assert.deepEqual(kinds.flatMap(judge), []);
});
