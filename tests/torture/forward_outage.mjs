// The redis-server stands still, then is gone, each for OUTAGE_SECONDS (60): the gateway's latencies stay what they are,
// ocpp-forward's memory stays what it is, and afterwards it catches up, with nothing lost.
//
// Latencies are those of slices of some seconds each: while all is well, in the outage, and again while all is well. The
// medians of the slices are compared, so that a slice in which the machine did something else counts for little. Gateway
// and ocpp-forward run under the launcher, with the processors and weights that it gives them; all that would be on other
// machines keeps off the gateway's processor, and the stations go before others there.
import { test } from 'node:test';
import assert from 'node:assert/strict';
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { execFileSync } from 'node:child_process';
import { Program, System, build, cleanup, patience, sleep, until } from '../integration/harness.mjs';
import { Redis, account, entries, freePort, hasRedis } from '../integration/redis.mjs';

const seconds = Number(process.env.OUTAGE_SECONDS ?? 60);
const slice = Math.min(5, seconds);
const stations = 50;
const rate = 1000; // CALLs a second of the stations
const bulk = 5000; // messages of the other gateway, which is there to have much to catch up with
const goal = 50_000; // events a second
const mostRatio = 1.25; // of the percentiles in an outage to those before and after it, or
const mostMore = 0.3; // ms more: a tenth of nothing is nothing
const fit = 5; // ms that the half of all CALLs is answered in, while all is well, where a machine has nothing else to do

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
    return first > before + 2000; // more than what was on its way when it stood still
  }, 30);
  await until('it has caught up', async () => (await redis.command('XLEN', key)) >= count, 60);
  return Math.round(((count - first) * 1000) / (performance.now() - began));
}

const typical = (slices, key) => median(slices.map((one) => one[key]));
const text = (slices) => `p50 ${typical(slices, 'p50').toFixed(3)} ms, p99 ${typical(slices, 'p99').toFixed(3)} ms, ${typical(slices, 'cpu').toFixed(1)} us a CALL`;

async function outage({ system, redis, published }, name, begin, end) {
  const key = 'ocpp:bulk:messages';
  const calm = await system.traffic(seconds / 2);
  const before = system.memory();
  const length = await redis.command('XLEN', key);
  await begin();
  const slices = await system.traffic(seconds);
  const during = system.memory();
  const count = published();
  await end();
  moveOff(redis.child.pid);
  const speed = await catchUp(redis, key, length, count);
  console.log(`# ${name}: ocpp-forward ${before} KiB before, ${during} KiB during, ${system.memory()} KiB after; ` +
    `${count - length} events to catch up with at ${speed} a second`);
  assert.ok(during < before + 8192, 'memory is bounded');
  assert.ok(system.memory() < before + 8192, 'memory is bounded');
  return { name, calm, slices, speed };
}

/** Compares an outage with what was before and after it. */
function judge({ name, calm, slices, speed }) {
  console.log(`# ${name}: ${text(slices)}, of ${slices.length} slices; while all is well ${text(calm)}, of ${calm.length}`);
  const ratio = (key) => typical(slices, key) / typical(calm, key);
  console.log(`# ${name}: ratios p50 ${ratio('p50').toFixed(2)}, p99 ${ratio('p99').toFixed(2)}, processor time ${ratio('cpu').toFixed(2)}`);
  assert.ok(typical(calm, 'p50') < fit, 'the machine has other things to do: latencies say nothing');
  for (const key of ['p50', 'p99']) {
    const [well, out] = [typical(calm, key), typical(slices, key)];
    assert.ok(out <= Math.max(well * mostRatio, well + mostMore), `${name}: ${key} ${out} ms, ${well} ms while all is well`);
  }
  if (patience === 1 && !process.env.OUTAGE_ANY_SPEED) assert.ok(speed >= goal, `${name}: ${speed} events a second`);
}

test(`outages of ${seconds} s`, { skip: !hasRedis && 'redis-tools is not installed', timeout: (seconds * 5 + 300) * 1000 }, async (t) => {
  const redis = await Redis.start({ appendonly: 'yes' });
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
  await until('it runs', async () => (await redis.command('XLEN', 'ocpp:bulk:messages')) > 0);
  console.log(`# ${os.availableParallelism()} processors; the gateway has ${first} (if few), all else ${others}; load ${os.loadavg()[0].toFixed(1)}`);
  const all = { system, redis, published };

  const still = await outage(all, 'standing still', () => redis.signal('SIGSTOP'), () => redis.signal('SIGCONT'));
  const gone = await outage(all, 'gone', () => redis.kill(), () => redis.launch());
  still.calm.push(...gone.calm);
  gone.calm.push(...(await system.traffic(seconds / 2)));

  await publisher.stop();
  await sleep(1000); // a second is long where 20 ms are usual
  for (const name of ['alpha', 'bulk']) {
    const { events, lost } = account(await entries(redis.client, `ocpp:${name}:messages`), 1n);
    console.log(`# ${name}: ${events} events, ${lost} lost`);
    assert.equal(lost, 0);
  }
  const errors = [still, gone].flatMap((one) => {
    try {
      judge(one);
    } catch (error) {
      return error.message;
    }
    return [];
  });
  assert.deepEqual(errors, []);
});
