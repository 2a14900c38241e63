// Event streams of all kinds while the dashboard and the gateway are killed: each reader has every message once, or was
// told exactly what it lost; who does not read is closed, and nobody waits for him. `make torture-sse`.
import assert from 'node:assert/strict';
import fs from 'node:fs';
import net from 'node:net';
import test from 'node:test';
import { System, sleep, until } from '../integration/harness.mjs';

const clients = Number(process.env.CLIENTS ?? 200);
const kills = Number(process.env.KILLS ?? 20);
const gatewayKills = Number(process.env.GATEWAY_KILLS ?? 5);
const rate = Number(process.env.RATE ?? 2000);
const minutes = 10;

/** What a reader is, and how many of a hundred are so. */
const kinds = {
  full: { share: 45, query: '' },
  slow: { share: 10, query: '', pause: 700 },
  resuming: { share: 15, query: '', leave: 900 },
  stations: { share: 10, query: '?filter=station:*7', matches: ({ identity }) => identity.endsWith('7') },
  results: { share: 5, query: '?type=CALLRESULT', matches: ({ type }) => type === 'CALLRESULT' },
  sampled: { share: 5, query: '?maxRate=50' },
  stalled: { share: 10, query: '', stalled: true },
};

const idOf = (event) => /^id: (.*)$/m.exec(event)[1];

class Reader {
  constructor(system, cookie, name) {
    Object.assign(this, kinds[name], { system, cookie, name, numbers: [], delays: [], lost: 0, connects: 0, closed: 0, rest: '' });
    this.connect();
  }

  connect() {
    if (this.ended) return;
    this.rest = '';
    this.socket = net.connect({ host: '127.0.0.1', port: this.system.boardPort });
    this.socket.setEncoding('latin1');
    const resume = this.latest === undefined ? '' : `Last-Event-ID: ${idOf(this.latest)}\r\n`;
    this.socket.write(`GET /api/messages/stream${this.query} HTTP/1.1\r\nHost: localhost\r\nCookie: ${this.cookie}\r\n${resume}\r\n`);
    this.socket.on('error', () => {});
    this.socket.on('close', () => {
      this.closed++;
      clearInterval(this.pausing);
      if (!this.stalled) setTimeout(() => this.connect(), 50);
    });
    if (this.stalled) {
      this.socket.once('data', () => this.socket.pause());
      return;
    }
    this.socket.on('data', (text) => this.take(text));
    if (this.pause) this.pausing = setInterval(() => (this.socket.isPaused() ? this.socket.resume() : this.socket.pause()), this.pause);
    if (this.leave) setTimeout(() => this.socket.destroy(), this.leave * (0.5 + Math.random()));
  }

  take(text) {
    this.rest += text;
    let start = 0;
    for (let end; (end = this.rest.indexOf('\n\n', start)) >= 0; start = end + 2) this.block(this.rest.slice(start, end));
    this.rest = this.rest.slice(start);
  }

  /** An event; hundreds of thousands a second of them are looked at, so messages come first. */
  block(text) {
    const line = text.indexOf('\n') + 1;
    if (text.startsWith('event: message\ndata: {"id":"', line)) this.message(text, line + 28);
    else this.other(text.startsWith('HTTP/1.1') ? text.slice(text.indexOf('\r\n\r\n') + 4) : text);
    if (text.startsWith('id: ')) this.latest = text;
  }

  other(text) {
    if (text.includes('event: lost\n')) this.loss(JSON.parse(text.slice(text.indexOf('data: ') + 6)).count);
    if (!text.includes('event: connected\n')) return;
    this.latest = text;
    if (this.connects++ === 0) this.first = Number(/\.m(\d+)/.exec(idOf(text))[1]);
  }

  message(text, at) {
    const number = Number(text.slice(text.indexOf('-', at) + 1, text.indexOf('"', at)));
    this.numbers.push(number);
    if (this.name !== 'full' || number % 20 !== 0) return;
    this.delays.push(Date.now() - Date.parse(/"timestamp":"([^"]*)"/.exec(text)[1]));
  }

  loss(count) {
    this.lost += count;
    this.numbers.push(-count); // stands where the loss was told
  }

  end() {
    this.ended = true;
    clearInterval(this.pausing);
    this.socket.destroy();
  }
}

/** Each message follows the one before, or a loss that counts what is between. */
function checkWhole(reader, last) {
  let next = reader.first;
  for (const number of reader.numbers) {
    if (number < 0) next -= number;
    else assert.equal(number, next++, `${reader.name}: the next message`);
  }
  assert.equal(next, last + 1, `${reader.name}: up to the last message`);
}

function checkFiltered(reader, truth) {
  const wanted = truth.filter((message) => message.number >= reader.first && reader.matches(message)).map(({ number }) => number);
  assert.equal(reader.lost, 0, `${reader.name}: lost`);
  assert.deepEqual(reader.numbers, wanted, reader.name);
}

function checkSampled(reader) {
  const rising = reader.numbers.filter((number) => number >= 0);
  for (let i = 1; i < rising.length; i++) assert.ok(rising[i] > rising[i - 1], `${reader.name}: ${rising[i - 1]}, then ${rising[i]}`);
}

function ownMemory(pid) {
  const status = fs.readFileSync(`/proc/${pid}/status`, 'ascii');
  return Number(/RssAnon:\s+(\d+)/.exec(status)?.[1] ?? 0) / 1024;
}

async function killing(system) {
  const every = gatewayKills > 0 ? Math.ceil(kills / gatewayKills) : Infinity;
  let peak = 0;
  for (let i = 1; i <= kills; i++) {
    await sleep(1200 + Math.random() * 800);
    peak = Math.max(peak, ownMemory(system.boardd.pid));
    await system.boardd.kill();
    await system.startDashboard();
    if (i % every !== 0) continue;
    await sleep(300);
    await system.gateway.kill();
    await system.startGateway();
  }
  return peak;
}

async function allMessages(system) {
  const log = system.run('tools/ocpp-log', ['-n', 'all', '-j']);
  assert.equal((await log.end(120)).code, 0, log.stderr);
  return log.stdout
    .split('\n')
    .slice(0, -1)
    .map((line) => JSON.parse(line))
    .map(({ id, identity, type }) => ({ number: Number(/-(\d+)$/.exec(id)[1]), identity, type }));
}

async function atTheEnd(readers, last) {
  try {
    await until('all are at the end', () => readers.every((reader) => reader.numbers.at(-1) === last(reader)), 60);
  } catch (error) {
    const behind = readers.filter((reader) => reader.numbers.at(-1) !== last(reader));
    const where = behind.slice(0, 5).map((reader) => `${reader.name} at ${reader.numbers.at(-1)} of ${last(reader)}, ${reader.closed} times closed`);
    throw new Error(`${behind.length} of ${readers.length} are not at the end: ${where.join('; ')}`, { cause: error });
  }
}

function readersOf(system, cookie) {
  return Object.entries(kinds).flatMap(([name, { share }]) =>
    Array.from({ length: Math.max(1, Math.round((clients * share) / 100)) }, () => new Reader(system, cookie, name)),
  );
}

const options = {
  'shm.messages_size': '512M',
  'board.sse_clients': '1000',
  'board.sse_clients_per_session': '1000',
  'board.sse_stall': '3s',
  'gateway.message_rate': '100000',
  'gateway.reconnects': '100000',
};

test(`${clients} streams, dashboard killed ${kills} times, gateway ${gatewayKills} times, ${rate} messages/s`, { timeout: minutes * 60_000 }, async (t) => {
  const system = await System.start(t, { options });
  const user = await system.user();
  const readers = readersOf(system, user.cookie);
  t.after(() => readers.forEach((reader) => reader.end()));
  await until('all are connected', () => readers.every(({ connects, stalled }) => stalled || connects > 0), 20);
  // each CALL is two messages
  const fleet = ['-u', `ws://127.0.0.1:${system.gatewayPort}/ocpp`, '-n', '100', '-R', '300ms', '-m', String(rate / 2), '-q'];
  const load = system.run('tools/ocpp-sim', fleet);
  const peak = await killing(system);
  await sleep(6000); // undisturbed: those who stand still are closed
  await load.stop();
  const stalled = readers.filter((reader) => reader.stalled);
  await until('who stood still is closed', () => stalled.every((reader) => (reader.socket.resume(), reader.closed > 0)), 20);
  const truth = await allMessages(system);
  const last = truth.at(-1).number;
  const whole = readers.filter(({ name }) => ['full', 'slow', 'resuming'].includes(name));
  await atTheEnd(whole, () => last);
  const filtered = readers.filter(({ matches }) => matches);
  await atTheEnd(filtered, (reader) => truth.findLast(reader.matches).number);
  for (const reader of whole) checkWhole(reader, last);
  for (const reader of filtered) checkFiltered(reader, truth);
  for (const reader of readers.filter(({ name }) => name === 'sampled')) checkSampled(reader);
  const delays = readers.flatMap((reader) => reader.delays).sort((a, b) => a - b);
  const received = readers.reduce((sum, { numbers }) => sum + numbers.length, 0);
  const lost = readers.reduce((sum, reader) => sum + reader.lost, 0);
  t.diagnostic(`${truth.length} messages; ${received} received by ${readers.length} readers, ${lost} told as lost`);
  t.diagnostic(`delay of the full streams: p50 ${delays[delays.length >> 1]} ms, p99 ${delays[Math.floor(delays.length * 0.99)]} ms (over kills, too)`);
  t.diagnostic(`the dashboard's own memory at most ${peak.toFixed(1)} MiB`);
  assert.ok(peak < 96, `memory ${peak} MiB`);
});
