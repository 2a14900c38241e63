// Three gateways, three forwarders, two dashboards, one store; each but the gateways is killed again and again.
import assert from 'node:assert/strict';
import fs from 'node:fs';
import path from 'node:path';
import test from 'node:test';
import { EventStream, Program, System, User, build, cleanup, patience, sleep, until } from './harness.mjs';
import { Redis, hasRedis } from './redis.mjs';

const withRedis = hasRedis && fs.existsSync(path.join(build, 'forward/ocpp-forward'));
const skip = !withRedis && 'redis-tools or hiredis is missing';
const kills = Number(process.env.OCPP_BOARD_KILLS ?? 2); // of each kind
const rate = Math.round(Number(process.env.OCPP_BOARD_RATE ?? 2000) / 3 / patience); // of each gateway
const names = ['alpha', 'beta', 'gamma'];
const messages = rate * (4 + kills * 3);

/** Every message of each gateway once and in order, or a `lost` that counts what is missing. Returns the last numbers. */
function account(stream, name) {
  const next = {};
  let lost = 0;
  for (const { event, json } of stream.events) {
    if (event === 'lost') {
      next[json.gateway] += json.count;
      lost += json.count;
    }
    if (event !== 'message') continue;
    const number = Number(/-(\d+)$/.exec(json.id)[1]);
    if (next[json.gateway] !== undefined) assert.equal(number, next[json.gateway], `${name}: the next message of ${json.gateway}`);
    next[json.gateway] = number + 1;
  }
  return { next, lost };
}

test(`forwarders, dashboards and store killed ${kills} times each: every event once`, { skip, timeout: 240_000 }, async (t) => {
  const redis = await Redis.start({ appendonly: 'yes', appendfsync: 'always' });
  cleanup(t, () => redis.end());
  const system = new System(t, { 'forward.store': redis.url, 'board.source': redis.url, 'redis.timeout': '1s', 'forward.keep_messages': '1000000' });
  const forward = {};
  const startForward = (name) => (forward[name] = system.run('forward/ocpp-forward', ['-f', '-o', `shm.instance=${name}`]));
  const ports = [];
  const boards = [];
  const startBoard = async (i) => {
    boards[i] = system.run('boardd/ocpp-boardd', ['-f', '-o', `board.listen=127.0.0.1:${ports[i] ?? 0}`, '-o', `shm.instance=board${i}`]);
    const [, port] = await boards[i].says(/boardd: listening on https?:\/\/\S*:(\d+)/);
    ports[i] = Number(port);
  };
  await Promise.all([startBoard(0), startBoard(1)]);
  names.forEach(startForward);
  const streams = await Promise.all(ports.map(async (port) => {
    const user = new User(port);
    await user.login(system.token);
    const stream = new EventStream(user, '/api/messages/stream');
    cleanup(t, () => stream.close());
    return stream;
  }));
  const gateways = names.map((name) => {
    const options = ['-d', system.shm, '-i', name, '-s', '50', '-n', String(messages), '-r', String(rate), '-b', '300', '-m', '32', '-H'];
    const program = new Program(path.join(build, 'tests/tools/publish_events'), options);
    cleanup(t, () => program.stop());
    return program;
  });
  await until('messages come from all', () => streams.every((stream) => Object.keys(account(stream, 'stream').next).length === 3), 20);

  const victims = Array.from({ length: kills }, () => ['forward', 'board', 'redis']).flat().sort(() => Math.random() - 0.5);
  for (const victim of victims) {
    const name = names[Math.floor(Math.random() * 3)];
    const i = Math.floor(Math.random() * 2);
    if (victim === 'forward') await forward[name].kill().then(() => startForward(name));
    if (victim === 'board') await boards[i].kill().then(() => startBoard(i));
    if (victim === 'redis') await redis.kill().then(() => sleep(100)).then(() => redis.launch());
    await sleep(400);
  }
  await Promise.all(gateways.map((gateway) => gateway.says(/published/, 60)));
  const ends = () => streams.map((stream, i) => account(stream, `dashboard ${i}`));
  await until('all are at the end', () => ends().every(({ next }) => names.every((name) => next[name] === messages + 1)), 60).catch((error) => {
    throw new Error(`${error.message}: ${JSON.stringify(ends())} of ${messages}; killed ${victims}`);
  });
  t.diagnostic(`${messages} messages of each; lost: ${ends().map(({ lost }) => lost)}`);
});
