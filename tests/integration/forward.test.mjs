// ocpp-forward and a private redis-server.
import { describe, test } from 'node:test';
import assert from 'node:assert/strict';
import fs from 'node:fs';
import net from 'node:net';
import path from 'node:path';
import { Program, System, build, cleanup, patience, privateDirectory, sleep, until } from './harness.mjs';
import { Redis, account, entries, hasRedis } from './redis.mjs';

const skip = !hasRedis ? 'redis-tools is not installed' : !fs.existsSync(path.join(build, 'forward/ocpp-forward')) && 'built without hiredis';

/** Answers as a Redis of before streams does. */
async function oldServer(t) {
  const info = '# Server\r\nredis_version:4.0.14\r\n';
  const server = net.createServer((socket) => {
    socket.on('error', () => {}).on('data', (data) => socket.write(/INFO/.test(data) ? `$${info.length}\r\n${info}\r\n` : '+OK\r\n'));
  });
  await new Promise((resolve) => server.listen(0, '127.0.0.1', resolve));
  cleanup(t, () => server.close());
  return `redis://127.0.0.1:${server.address().port}/0`;
}

class Bench {
  constructor(t, redis) {
    this.t = t;
    this.redis = redis;
    this.shm = privateDirectory(t, '/dev/shm');
    this.directory = privateDirectory(t);
  }

  static async start(t, options) {
    const redis = await Redis.start(options);
    const bench = new Bench(t, redis);
    cleanup(t, () => redis.end());
    return bench;
  }

  /** Stands in for a gateway; resolves when the segment is there. */
  async publish(options = {}) {
    const all = { d: this.shm, i: 'alpha', s: 5, n: 1000, r: 0, m: 4, ...options };
    const args = Object.entries(all).flatMap(([letter, value]) => (value === true ? [`-${letter}`] : [`-${letter}`, String(value)]));
    const program = new Program(path.join(build, 'tests/tools/publish_events'), args);
    cleanup(this.t, () => program.stop());
    await program.says(/ready/);
    return program;
  }

  forward(options = {}) {
    const all = {
      'shm.dir': this.shm,
      'shm.instance': 'alpha',
      'forward.store': this.redis.url,
      'redis.timeout': '500ms',
      'forward.stations_interval': '200ms',
      ...options,
    };
    const args = Object.entries(all).flatMap(([key, value]) => ['-o', `${key}=${value}`]);
    const program = new Program(path.join(build, 'forward/ocpp-forward'), ['-f', ...args]);
    cleanup(this.t, () => program.stop());
    return program;
  }

  /** Waits until so many entries are in the stream. */
  async length(count, collection = 'messages', seconds = 15) {
    const key = `ocpp:alpha:${collection}`;
    let seen;
    await until(`${key} has ${count} entries`, async () => (seen = await this.redis.command('XLEN', key)) >= count, seconds).catch((error) => {
      throw new Error(`${error.message}; it has ${seen}`);
    });
  }

  entries(collection = 'messages') {
    return entries(this.redis.client, `ocpp:alpha:${collection}`);
  }
}

describe('ocpp-forward', { concurrency: 4 }, () => {
  test('everything a gateway publishes gets into its streams and tables', { skip, timeout: 60_000 * patience }, async (t) => {
    const bench = await Bench.start(t);
    await bench.publish({ n: 1000, s: 5, H: true });
    bench.forward();
    await bench.length(1000);
    const messages = await bench.entries();
    assert.deepEqual(account(messages, 1n), { first: 1n, next: 1001n, events: 1000, lost: 0 });
    assert.match(messages[0].fields.p.toString(), /^\[2,"m0","MeterValues",\{"n":0,/);
    assert.equal(messages[0].fields.e[0], 1, 'the version');
    assert.equal(account(await bench.entries('connections'), 1n).events, 5);
    assert.equal(account(await bench.entries('security'), 1n).events, 1);

    const alive = JSON.parse(await bench.redis.command('GET', 'ocpp:alpha:alive'));
    assert.equal(alive.state, 'live');
    assert.equal(alive.stations, 1024);
    const expires = await bench.redis.command('PTTL', 'ocpp:alpha:alive');
    assert.ok(expires > 0 && expires <= 5000, `expires in ${expires} ms`);
    assert.deepEqual((await bench.redis.command('ZRANGE', 'ocpp:gateways', 0, -1)).map(String), ['alpha']);

    await until('all stations are there', async () => (await bench.redis.command('HLEN', 'ocpp:alpha:stations')) === 5);
    await until('the last message is counted', async () => {
      const station = JSON.parse(await bench.redis.command('HGET', 'ocpp:alpha:stations', 'CP000001'));
      return station.messagesIn + station.messagesOut === 200;
    });
    assert.equal(String(await bench.redis.command('HGET', 'ocpp:alpha:counters', 'messages_in_total')), '500');
    assert.match(String(await bench.redis.command('HGET', 'ocpp:alpha:counters', 'latency:Heartbeat')), /^500 125000 \d+:500$/);
    assert.match(String(await bench.redis.command('HGET', 'ocpp:alpha:counters', 'fill:messages')), /^\d+ 4194304$/);
  });

  test('kill -9 of ocpp-forward and of the server: every event once and in order', { skip, timeout: 90_000 * patience }, async (t) => {
    const bench = await Bench.start(t, { appendonly: 'yes', appendfsync: 'always' });
    const publisher = await bench.publish({ n: 20000, r: 5000, m: 16, H: true });
    let program = bench.forward();
    for (let round = 1; round <= 4; round++) {
      await bench.length(round * 2000);
      if (round % 2 === 1) {
        await program.kill();
        program = bench.forward();
      } else {
        await bench.redis.kill();
        await bench.redis.launch();
      }
    }
    await publisher.says(/published/, 30);
    await bench.length(20000, 'messages', 30);
    assert.deepEqual(account(await bench.entries(), 1n), { first: 1n, next: 20001n, events: 20000, lost: 0 });
  });

  test('a server that lost its last second gets it again from the segment', { skip, timeout: 60_000 * patience }, async (t) => {
    const bench = await Bench.start(t);
    await bench.publish({ n: 3000, H: true });
    bench.forward();
    await bench.length(3000);
    await bench.redis.kill(); // without any file: all is lost
    await bench.redis.launch();
    await bench.length(3000);
    assert.deepEqual(account(await bench.entries(), 1n), { first: 1n, next: 3001n, events: 3000, lost: 0 });
  });

  test('what the ring overwrites while the server stands still is counted exactly', { skip, timeout: 60_000 * patience }, async (t) => {
    const bench = await Bench.start(t);
    const publisher = await bench.publish({ n: 60000, r: 10000, m: 1, H: true });
    const program = bench.forward();
    await bench.length(1000);
    bench.redis.signal('SIGSTOP');
    await program.says(/no answer for 500 ms/);
    await publisher.says(/published/, 30);
    bench.redis.signal('SIGCONT');
    await program.says(/no answer[^]*connected to/, 20);
    // it may have been too late for the very first ones
    await until('all is accounted for', async () => account(await bench.entries()).next === 60001n, 20);
    const { first, events, lost } = account(await bench.entries());
    assert.equal(events + lost, 60001 - Number(first));
    assert.ok(lost > 10000, `${lost} lost`);
  });

  test('a segment made anew begins another history, with a larger number', { skip, timeout: 60_000 * patience }, async (t) => {
    const bench = await Bench.start(t);
    const first = await bench.publish({ n: 100, s: 4, H: true });
    bench.forward();
    await bench.length(100);
    await until('its stations are there', async () => (await bench.redis.command('HLEN', 'ocpp:alpha:stations')) === 4);
    await first.stop();
    fs.rmSync(path.join(bench.shm, 'ocpp-board.alpha'));
    await bench.publish({ n: 50, s: 2, H: true });
    await bench.length(150);
    const found = await bench.entries();
    assert.deepEqual(account(found.slice(0, 100), 1n).next, 101n);
    assert.deepEqual(account(found.slice(100), 1n), { first: 1n, next: 51n, events: 50, lost: 0 });
    assert.ok(found[100].history > found[99].history);
    await until('the former stations are gone', async () => (await bench.redis.command('HLEN', 'ocpp:alpha:stations')) === 2);
  });

  test('a segment with other sizes goes on with the numbers', { skip, timeout: 60_000 * patience }, async (t) => {
    const bench = await Bench.start(t);
    const first = await bench.publish({ n: 100, H: true });
    const program = bench.forward();
    await bench.length(100);
    await first.stop();
    await program.stop();
    await bench.publish({ n: 50, m: 8, H: true });
    bench.forward();
    await bench.length(150);
    assert.deepEqual(account(await bench.entries(), 1n), { first: 1n, next: 151n, events: 150, lost: 0 });
  });

  test('a server without memory: said once, and everything is there when it has some', { skip, timeout: 60_000 * patience }, async (t) => {
    const bench = await Bench.start(t, { maxmemory: '3mb', 'maxmemory-policy': 'noeviction' });
    await bench.publish({ n: 20000, m: 16, H: true });
    const program = bench.forward({ 'forward.health_interval': '1s' });
    await program.says(/refused: OOM/);
    await program.says(/health: gateway alpha is live, store OOM/);
    await bench.redis.command('CONFIG', 'SET', 'maxmemory', '100mb');
    await program.says(/accepted again/);
    await bench.length(20000);
    assert.equal(program.stderr.match(/gateway alpha: refused: OOM/g).length, 1, 'said once');
    assert.deepEqual(account(await bench.entries(), 1n), { first: 1n, next: 20001n, events: 20000, lost: 0 });
  });

  test("another program's key is left alone and named", { skip, timeout: 60_000 * patience }, async (t) => {
    const bench = await Bench.start(t);
    await bench.redis.command('SET', 'ocpp:alpha:errors', 'mine');
    await bench.publish({ n: 10, H: true });
    const program = bench.forward();
    await program.says(/the key ocpp:alpha:errors belongs to another program \(WRONGTYPE/);
    assert.equal(await bench.redis.command('EXISTS', 'ocpp:alpha:messages'), 0, 'nothing is written in part');
    await bench.redis.command('DEL', 'ocpp:alpha:errors');
    await bench.length(10);
  });

  test('passwords come from a file; a wrong one, or none, is told', { skip, timeout: 60_000 * patience }, async (t) => {
    const bench = await Bench.start(t);
    await bench.publish({ n: 10, H: true });
    const file = path.join(bench.directory, 'password');
    fs.writeFileSync(file, 'right\n', { mode: 0o600 });
    await bench.redis.command('ACL', 'SETUSER', 'forward', 'on', '>right', '~ocpp:*', '+@all', '-@admin');
    await bench.redis.command('CONFIG', 'SET', 'requirepass', 'other');
    const without = bench.forward();
    await without.says(/needs a password: set redis.password_file/);
    await without.stop();
    const wrong = bench.forward({ 'redis.user': 'nobody', 'redis.password_file': file });
    await wrong.says(/user or password refused: WRONGPASS/);
    await wrong.stop();
    fs.chmodSync(file, 0o644);
    const open = bench.forward({ 'redis.password_file': file });
    await open.end();
    assert.equal(open.result.code, 1);
    assert.match(open.stderr, /accessible to group or others/);
    fs.chmodSync(file, 0o600);
    bench.forward({ 'redis.user': 'forward', 'redis.password_file': file });
    await bench.length(10);
  });

  test('a server without streams is refused, and says so', { skip, timeout: 60_000 * patience }, async (t) => {
    const bench = new Bench(t, { url: await oldServer(t) });
    const program = bench.forward();
    await program.says(/Redis 4\.0\.14 is too old: streams came with Redis 5\.0/);
    await program.stop();
  });

  test('two for one gateway: nothing is there twice, and it is told', { skip, timeout: 60_000 * patience }, async (t) => {
    const bench = await Bench.start(t);
    const publisher = await bench.publish({ n: 10000, r: 5000, m: 8, H: true });
    const programs = [bench.forward(), bench.forward()];
    await publisher.says(/published/, 30);
    await bench.length(10000);
    assert.deepEqual(account(await bench.entries(), 1n), { first: 1n, next: 10001n, events: 10000, lost: 0 });
    assert.ok(programs.some((program) => /does another ocpp-forward run/.test(program.stderr)));
  });

  test('SIGTERM ends it at once, also while the server stands still', { skip, timeout: 60_000 * patience }, async (t) => {
    const bench = await Bench.start(t);
    await bench.publish({ n: 200000, r: 2000, H: true });
    const program = bench.forward();
    await bench.length(100);
    bench.redis.signal('SIGSTOP');
    await sleep(100);
    const began = Date.now();
    await program.stop();
    assert.ok(Date.now() - began < 3000 * patience);
  });

  test('numbers for Prometheus are in the file', { skip, timeout: 60_000 * patience }, async (t) => {
    const bench = await Bench.start(t);
    await bench.publish({ n: 10, H: true });
    const file = path.join(bench.directory, 'forward.prom');
    const program = bench.forward({ 'forward.metrics_file': file });
    await bench.length(10);
    await program.stop(); // writes it a last time
    const text = fs.readFileSync(file, 'utf8');
    assert.match(text, /^ocpp_forward_events_total\{gateway="alpha",collection="messages"\} 10$/m);
    assert.match(text, /^ocpp_forward_lost_total\{gateway="alpha",collection="messages"\} 0$/m);
  });

  test('commands reach the station once, late and stale ones do not', { skip, timeout: 60_000 * patience }, async (t) => {
    const bench = await Bench.start(t);
    const system = await System.start(t, { dashboard: false, options: { 'shm.instance': 'alpha' } });
    const station = await system.station('CP1');
    await station.boot();
    station.socket.on('message', (data) => {
      const frame = JSON.parse(data);
      if (frame[0] === 2) station.raw(JSON.stringify([3, frame[1], { status: 'Accepted' }]));
    });
    const options = { 'shm.dir': system.shm, 'forward.commands': 'yes' };
    let program = bench.forward(options);
    await until('the station is there', () => bench.redis.command('HEXISTS', 'ocpp:alpha:stations', 'CP1'));
    const { connection } = JSON.parse(await bench.redis.command('HGET', 'ocpp:alpha:stations', 'CP1'));

    const send = (id, fields) => {
      const all = { id, deadline: Date.now() + 5000, reply: 'ocpp:replies:test', station: 'CP1', ...fields };
      return bench.redis.command('XADD', 'ocpp:alpha:commands', '*', ...Object.entries(all).flat());
    };
    const answer = (id) => until(`${id} is answered`, async () => {
      const found = (await entries(bench.redis.client, 'ocpp:replies:test')).find(({ fields }) => String(fields.id) === id);
      return found && { gateway: String(found.fields.gateway), ...JSON.parse(found.fields.reply) };
    });
    const reset = { command: 'call', action: 'Reset', payload: '{"type":"Soft"}' };
    const resets = () => station.frames.filter((frame) => frame[0] === 2 && frame[2] === 'Reset').length;

    await send('one', { ...reset, connection });
    const one = await answer('one');
    assert.equal(one.ok, true);
    assert.equal(one.outcome, 'result');
    assert.deepEqual(one.payload, { status: 'Accepted' });
    assert.equal(one.gateway, 'alpha');

    await send('stale', { ...reset, connection: connection + 1000 });
    assert.equal((await answer('stale')).error, 'stale');
    await send('late', { ...reset, deadline: Date.now() - 1 });
    assert.equal((await answer('late')).error, 'late');
    await send('bad', { command: 'shutdown' });
    assert.equal((await answer('bad')).error, 'bad_request');
    await send('elsewhere', { ...reset, reply: 'ocpp:alpha:messages' });
    assert.equal(resets(), 1);

    await program.kill();
    program = bench.forward(options);
    await send('two', { ...reset });
    assert.equal((await answer('two')).ok, true);
    assert.equal(resets(), 2, 'none is carried out again');

    await send('gone', { command: 'disconnect' });
    assert.equal((await answer('gone')).disconnected, true);
    await system.gateway.stop();
    await send('nobody', { command: 'disconnect' });
    assert.equal((await answer('nobody')).error, 'unreachable');
  });

  test('commands are left alone unless they are wanted', { skip, timeout: 60_000 * patience }, async (t) => {
    const bench = await Bench.start(t);
    await bench.publish({ n: 10, H: true });
    bench.forward();
    await bench.redis.command('XADD', 'ocpp:alpha:commands', '*', 'id', '1', 'reply', 'ocpp:replies:test');
    await bench.length(10);
    await sleep(300); // several times as long as it takes where they are
    assert.equal(await bench.redis.command('EXISTS', 'ocpp:replies:test'), 0);
  });
});
