// Three gateways, three ocpp-forward, a redis-server, two dashboards; each kind is killed with -9 again and again.
// In Redis, and in an event stream of each dashboard, every gateway's messages are there once and in order, or a `lost`
// counts what is not. TORTURE_KILLS (10) of each kind, TORTURE_RATE (2000) messages a second of all gateways.
import { test } from 'node:test';
import assert from 'node:assert/strict';
import { randomInt, randomBytes } from 'node:crypto';
import fs from 'node:fs';
import path from 'node:path';
import { EventStream, Program, User, build, cleanup, privateDirectory, sleep, until } from '../integration/harness.mjs';
import { Redis, account, entries, hasRedis } from '../integration/redis.mjs';

const kills = Number(process.env.TORTURE_KILLS ?? 10);
const rate = Number(process.env.TORTURE_RATE ?? 2000);
const gateways = ['north', 'south', 'west'];
const pause = 700; // ms between two kills, on average
const seconds = Math.ceil((3 * kills * pause * 2) / 1000) + 5;
const perGateway = Math.round(rate / gateways.length) * seconds;

const flags = (options) => Object.entries(options).flatMap(([key, value]) => ['-o', `${key}=${value}`]);

class Dashboard {
  constructor(t, redis, number) {
    const directory = privateDirectory(t);
    this.token = randomBytes(32).toString('hex');
    fs.writeFileSync(path.join(directory, 'token'), `${this.token}\n`, { mode: 0o600 });
    this.number = number;
    this.options = {
      'board.source': redis.url,
      'board.listen': '127.0.0.1:0',
      'board.token_file': path.join(directory, 'token'),
      'board.state_dir': directory,
      'redis.timeout': '2s',
    };
    cleanup(t, async () => {
      this.stream?.close();
      await this.program?.stop();
    });
  }

  async start() {
    this.program = new Program(path.join(build, 'boardd/ocpp-boardd'), ['-f', ...flags(this.options)]);
    const [, port] = await this.program.says(/boardd: listening on http:\/\/\S*:(\d+)/);
    this.options['board.listen'] = `127.0.0.1:${port}`;
    if (this.stream) return;
    this.user = new User(Number(port));
    await this.user.login(this.token);
    this.stream = new EventStream(this.user, '/api/messages/stream');
  }

  async restart() {
    await this.program.kill();
    await this.start();
  }

  /** Per gateway: what came, with the numbers in order. Throws where one is missing or comes twice. */
  account() {
    const found = Object.fromEntries(gateways.map((name) => [name, { next: undefined, messages: 0, lost: 0 }]));
    for (const { event, json } of this.stream.events) {
      const of = found[json?.gateway];
      if (!of || (event !== 'message' && event !== 'lost')) continue;
      if (event === 'lost') {
        of.lost += json.count;
        if (of.next !== undefined) of.next += json.count;
        continue;
      }
      const number = Number(/-(\d+)$/.exec(json.id)[1]);
      if (of.next !== undefined) assert.equal(number, of.next, `dashboard ${this.number}, ${json.gateway}: the next message`);
      of.next = number + 1;
      of.messages++;
    }
    return found;
  }
}

class Torture {
  constructor(t) {
    this.t = t;
    this.shm = privateDirectory(t, '/dev/shm');
    this.forwarders = {};
  }

  async publish(name) {
    const program = new Program(path.join(build, 'tests/tools/publish_events'), [
      ...['-d', this.shm, '-i', name, '-s', '20', '-n', String(perGateway), '-r', String(Math.round(rate / gateways.length)), '-m', '32', '-H'],
    ]);
    cleanup(this.t, () => program.stop());
    await program.says(/ready/);
    return program;
  }

  forward(name) {
    const program = new Program(path.join(build, 'forward/ocpp-forward'), [
      '-f',
      ...flags({ 'shm.dir': this.shm, 'forward.instances': name, 'forward.store': this.redis.url, 'redis.timeout': '2s', 'forward.keep_messages': 10_000_000 }),
    ]);
    this.forwarders[name] = program;
    cleanup(this.t, () => program.stop());
  }

  async restartForwarder() {
    const name = gateways[randomInt(gateways.length)];
    await this.forwarders[name].kill();
    this.forward(name);
  }

  async restartRedis() {
    await this.redis.kill();
    await this.redis.launch();
  }

  async checkStreams() {
    for (const name of gateways) {
      const found = account(await entries(this.redis.client, `ocpp:${name}:messages`), 1n);
      console.log(`# ${name}: ${found.events} events, ${found.lost} lost`);
      assert.equal(found.events + found.lost, perGateway);
    }
  }
}

test(`${kills} kills of each`, { skip: !hasRedis && 'redis-tools is not installed', timeout: (seconds * 3 + 120) * 1000 }, async (t) => {
  const torture = new Torture(t);
  torture.redis = await Redis.start({ appendonly: 'yes', appendfsync: 'everysec' });
  cleanup(t, () => torture.redis.end());
  const dashboards = [new Dashboard(t, torture.redis, 1), new Dashboard(t, torture.redis, 2)];
  const publishers = [];
  for (const name of gateways) {
    publishers.push(await torture.publish(name));
    torture.forward(name);
  }
  await Promise.all(dashboards.map((dashboard) => dashboard.start()));

  const deeds = [];
  for (let i = 0; i < kills; i++)
    deeds.push(() => torture.restartForwarder(), () => torture.restartRedis(), () => dashboards[randomInt(2)].restart());
  while (deeds.length > 0) {
    const [deed] = deeds.splice(randomInt(deeds.length), 1);
    await sleep(randomInt(2 * pause));
    await deed();
  }
  for (const publisher of publishers) await publisher.says(/published/, seconds * 2);
  const lengths = () => Promise.all(gateways.map(async (name) => account(await entries(torture.redis.client, `ocpp:${name}:messages`), 1n).next));
  await until('all is in Redis', async () => (await lengths()).every((next) => next === BigInt(perGateway + 1)), 60);
  await torture.checkStreams();
  for (const dashboard of dashboards) {
    const atEnd = () => Object.values(dashboard.account()).every(({ next }) => next === perGateway + 1);
    await until(`dashboard ${dashboard.number} has all of it`, atEnd, 60).catch((error) => {
      throw new Error(`${error.message}; it has ${JSON.stringify(dashboard.account())} of ${perGateway}`, { cause: error });
    });
    console.log(`# dashboard ${dashboard.number}: ${JSON.stringify(dashboard.account())}, ${dashboard.stream.connects} connects`);
    assert.ok(dashboard.stream.connects > 0);
  }
});
