// Attacks by number: connections that say nothing, drip, never read; too many streams; no descriptors left.
import assert from 'node:assert/strict';
import fs from 'node:fs';
import net from 'node:net';
import path from 'node:path';
import test from 'node:test';
import { Program, System, build, cleanup, patience, request, sleep, until } from './harness.mjs';

const procFile = (pid, name) => fs.readFileSync(`/proc/${pid}/${name}`, 'utf8');
const rss = (program) => Number(/VmRSS:\s+(\d+)/.exec(procFile(program.pid, 'status'))[1]);

/** Seconds of processor time that the program has used. */
function cpuSeconds(program) {
  const fields = procFile(program.pid, 'stat').replace(/^.*\) /, '').split(' ');
  return (Number(fields[11]) + Number(fields[12])) / 100;
}

/** Opens `count` connections that the attacker keeps; each says `text`. Resolves when all are connected. */
async function crowd(t, port, count, text = '') {
  const sockets = Array.from({ length: count }, () => {
    const socket = net.connect({ host: '127.0.0.1', port });
    socket.received = '';
    socket.setEncoding('latin1');
    socket.on('data', (part) => (socket.received += part));
    socket.on('error', () => {});
    socket.on('connect', () => text && socket.write(text));
    return socket;
  });
  cleanup(t, () => sockets.forEach((socket) => socket.destroy()));
  await until('all are connected', () => sockets.every((socket) => !socket.connecting), 30);
  return sockets;
}

/** The median and the worst time of requests by somebody who behaves. */
async function answerTimes(user, count = 20) {
  const times = [];
  for (let i = 0; i < count; i++) {
    const began = performance.now();
    assert.equal((await user.request('GET', '/api/overview')).status, 200);
    times.push(performance.now() - began);
  }
  times.sort((a, b) => a - b);
  return { median: times[count >> 1], worst: times.at(-1) };
}

test('slowloris: more dripping connections than there is room for, and others are answered', async (t) => {
  const system = await System.start(t, { options: { 'board.max_connections': '150', 'board.sse_clients': '40', 'board.sse_clients_per_session': '8', 'board.request_timeout': '60s' } });
  const user = await system.user();
  const head = 'GET /api/overview HTTP/1.1\r\nHost: 127.0.0.1\r\nX-Drip: ';
  const sockets = await crowd(t, system.boardPort, 150, head);
  const drip = setInterval(() => sockets.forEach((socket) => socket.writable && socket.write('a')), 100);
  cleanup(t, () => clearInterval(drip));
  await sleep(1100); // one that has waited for less gives way to nobody
  const { median, worst } = await answerTimes(user);
  t.diagnostic(`median ${median.toFixed(1)} ms, worst ${worst.toFixed(1)} ms`);
  assert.ok(median < 250 * patience && worst < 2000 * patience);
  await crowd(t, system.boardPort, 100, head);
  await until('there is room again for those who ask', async () => (await user.request('GET', '/health')).status === 200);
});

test('a body that drips in is given up in time', async (t) => {
  const system = await System.start(t, { options: { 'board.request_timeout': '500ms' } });
  const head = 'POST /api/auth/login HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Type: application/json\r\nContent-Length: 1000\r\n\r\n';
  const [socket] = await crowd(t, system.boardPort, 1, head);
  const drip = setInterval(() => socket.writable && socket.write(' '), 50);
  cleanup(t, () => clearInterval(drip));
  await until('it was given up', () => /^HTTP\/1\.1 408 /.test(socket.received), 5);
});

test('1,000 idle connections cost little and nobody waits for them', async (t) => {
  const system = await System.start(t);
  const user = await system.user();
  await answerTimes(user);
  const before = rss(system.boardd);
  const sockets = await crowd(t, system.boardPort, 1000);
  const asked = await crowd(t, system.boardPort, 200, 'GET /health HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n');
  await until('those who asked are answered', () => asked.every(({ received }) => received.startsWith('HTTP/1.1 200 ')));
  const { median, worst } = await answerTimes(user);
  const each = (rss(system.boardd) - before) / 1.2;
  t.diagnostic(`median ${median.toFixed(1)} ms, worst ${worst.toFixed(1)} ms, ${each.toFixed(0)} bytes for each connection`);
  assert.ok(median < 100 * patience && worst < 1000 * patience);
  assert.ok(each < 16_000 * patience * patience, `${each} bytes`);
  assert.ok(sockets.every((socket) => !socket.destroyed), 'they may stay until their time is up');
  const used = cpuSeconds(system.boardd);
  await sleep(1000);
  assert.ok(cpuSeconds(system.boardd) - used < 0.3 * patience, 'and no processor time');
});

test('event streams: caps for one session and for all, and places come back', async (t) => {
  const system = await System.start(t, { options: { 'board.sse_clients': '10', 'board.sse_clients_per_session': '4' } });
  const users = [await system.user(), await system.user(), await system.user()];
  const open = async (user, count) => {
    const streams = Array.from({ length: count }, () => system.stream(user, '/api/messages/stream', { reconnect: false }));
    await until('all are answered', () => streams.every(({ status }) => status !== undefined));
    return streams;
  };
  const accepted = (streams) => streams.filter(({ status }) => status === 200).length;
  const first = await open(users[0], 6);
  assert.equal(accepted(first), 4);
  const refused = await users[0].request('GET', '/api/messages/stream');
  assert.ok([429, 503].includes(refused.status));
  assert.match(refused.json.error, /too many event streams/);
  assert.equal(accepted(await open(users[1], 4)), 4);
  const last = await open(users[2], 4);
  assert.equal(accepted(last), 2, 'ten in all');
  await answerTimes(users[2], 5);
  for (const stream of first) stream.close();
  await until('places come back', async () => {
    const [stream] = await open(users[2], 1);
    return stream.status === 200;
  });
});

test('who never reads what was asked for is given up, and costs little until then', async (t) => {
  const system = await System.start(t, { options: { 'board.idle_timeout': '2s', 'board.sse_stall': '2s', 'gateway.message_rate': '100000', 'gateway.message_burst': '100000' } });
  const user = await system.user();
  const station = await system.station('FILLER');
  const filler = { vendorId: 'v', data: 'x'.repeat(3000) };
  for (let i = 0; i < 500; i++) await station.call('DataTransfer', filler);
  await system.shows(user, '/api/messages?limit=1', (list) => list.length === 1);
  const before = rss(system.boardd);
  const ask = (target) => `GET ${target} HTTP/1.1\r\nHost: 127.0.0.1\r\nCookie: ${user.cookie}\r\n\r\n`;
  const hoarders = [];
  for (const text of [ask('/api/messages?limit=1000').repeat(20), ask('/api/messages/stream?history=500')]) {
    for (let i = 0; i < 5; i++) {
      const socket = net.connect({ host: '127.0.0.1', port: system.boardPort });
      socket.on('error', () => {});
      socket.pause();
      socket.write(text);
      hoarders.push(socket);
    }
  }
  cleanup(t, () => hoarders.forEach((socket) => socket.destroy()));
  for (let i = 0; i < 500; i++) await station.call('DataTransfer', filler);
  const { worst } = await answerTimes(user);
  assert.ok(worst < 2000 * patience, `${worst} ms`);
  const grown = rss(system.boardd) - before;
  assert.ok(grown < 60_000 * patience * patience, `${grown} kB more`);
  const mine = () => procFile('self', 'net/tcp').split('\n').filter((line) => {
    const [, local, , state] = line.trim().split(/\s+/);
    return state === '01' && local?.endsWith(`:${system.boardPort.toString(16).toUpperCase().padStart(4, '0')}`);
  }).length;
  await until('they were given up', () => mine() === 0, 15);
});

test('no descriptors left: no spinning, no flood of log lines, and it goes on afterwards', async (t) => {
  const system = await System.start(t, { dashboard: false });
  const args = [...system.arguments(), '-f'];
  const boardd = new Program('/bin/sh', ['-c', 'ulimit -n 48; exec "$0" "$@"', path.join(build, 'boardd/ocpp-boardd'), ...args]);
  cleanup(t, () => boardd.stop());
  const port = Number((await boardd.says(/boardd: listening on http:\/\/\S*:(\d+)/))[1]);
  const sockets = await crowd(t, port, 200);
  await boardd.says(/accept: Too many open files/);
  const used = cpuSeconds(boardd);
  const lines = boardd.stderr.split('\n').length;
  await sleep(1500);
  assert.ok(cpuSeconds(boardd) - used < 0.5 * patience, `${cpuSeconds(boardd) - used} s of processor time in 1.5 s`);
  assert.ok(boardd.stderr.split('\n').length - lines < 40, 'few lines');
  for (const socket of sockets) socket.destroy();
  await until('it serves again', async () => (await request(port, 'GET', '/health')).status === 200);
});
