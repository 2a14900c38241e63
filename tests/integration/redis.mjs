// A private redis-server, and a client that knows just enough of its protocol.
import { spawn } from 'node:child_process';
import fs from 'node:fs';
import net from 'node:net';
import os from 'node:os';
import path from 'node:path';
import { freePort } from './free_port.mjs';
import { until } from './processes.mjs';

/** Debian's redis-tools has the server, under the name of a tool: it is what its name says it is. */
const binary = ['/usr/bin/redis-server', '/usr/bin/redis-check-rdb'].find((file) => fs.existsSync(file));
export const hasRedis = binary !== undefined;

/** Parses one reply at `offset`; undefined when it is not complete. Errors are Error objects. */
function parse(data, offset) {
  const end = data.indexOf('\r\n', offset);
  if (end < 0) return undefined;
  const line = data.toString('latin1', offset + 1, end);
  const next = end + 2;
  switch (String.fromCharCode(data[offset])) {
    case '+': return { value: line, next };
    case '-': return { value: new Error(line), next };
    case ':': return { value: Number(line), next };
    case '$': {
      const length = Number(line);
      if (length < 0) return { value: null, next };
      if (data.length < next + length + 2) return undefined;
      return { value: data.subarray(next, next + length), next: next + length + 2 };
    }
    case '*': {
      const value = [];
      let at = next;
      for (let n = Number(line); n > 0; n--) {
        const element = parse(data, at);
        if (!element) return undefined;
        value.push(element.value);
        at = element.next;
      }
      return { value: line === '-1' ? null : value, next: at };
    }
    default: throw new Error(`no reply: ${data.subarray(offset, offset + 20)}`);
  }
}

export class Client {
  #pending = [];
  #data = Buffer.alloc(0);

  constructor(port) {
    this.socket = net.connect(port, '127.0.0.1');
    this.socket.on('data', (data) => this.#take(data));
    const fail = () => this.#pending.splice(0).forEach(({ reject }) => reject(new Error('connection lost')));
    this.socket.on('error', fail).on('close', fail);
  }

  #take(data) {
    this.#data = this.#data.length > 0 ? Buffer.concat([this.#data, data]) : data;
    let offset = 0;
    for (let reply; offset < this.#data.length && (reply = parse(this.#data, offset)); offset = reply.next) {
      const { resolve, reject } = this.#pending.shift();
      if (reply.value instanceof Error) reject(reply.value);
      else resolve(reply.value);
    }
    this.#data = this.#data.subarray(offset);
  }

  /** Answers are Buffers, numbers, arrays of them, or null; an error reply rejects. */
  command(...words) {
    const parts = words.map((word) => (Buffer.isBuffer(word) ? word : Buffer.from(String(word))));
    const text = parts.flatMap((part) => [Buffer.from(`$${part.length}\r\n`), part, Buffer.from('\r\n')]);
    return new Promise((resolve, reject) => {
      if (this.socket.destroyed) return reject(new Error('connection lost'));
      this.#pending.push({ resolve, reject });
      this.socket.write(Buffer.concat([Buffer.from(`*${parts.length}\r\n`), ...text]));
    });
  }

  close() {
    this.socket.destroy();
  }
}

export class Redis {
  /** `options`: of redis-server, such as { maxmemory: '10mb' }. */
  static async start(options = {}) {
    const redis = new Redis();
    redis.directory = fs.mkdtempSync(path.join(os.tmpdir(), 'ocpp-board-redis.'));
    redis.program = path.join(redis.directory, 'redis-server');
    fs.symlinkSync(binary, redis.program);
    redis.port = await freePort();
    redis.options = options;
    await redis.launch();
    return redis;
  }

  get url() {
    return `redis://127.0.0.1:${this.port}/0`;
  }

  /** Starts it (again), on the same port and with the same files. With much in them it takes seconds to read. */
  async launch(seconds = 10) {
    const options = { bind: '127.0.0.1', save: '', 'enable-debug-command': 'yes', ...this.options };
    const args = Object.entries(options).flatMap(([key, value]) => [`--${key}`, value]);
    this.ended = false;
    this.output = '';
    const child = spawn(this.program, ['--port', String(this.port), '--dir', this.directory, ...args]);
    this.child = child;
    child.stdout.on('data', (text) => (this.output += text));
    child.stderr.on('data', (text) => (this.output += text));
    child.on('error', () => (this.ended = true)).on('close', () => { if (this.child === child) this.ended = true; });
    await until('redis-server answers', async () => {
      if (this.ended) throw Object.assign(new Error(`redis-server ended:\n${this.output.slice(-1500)}`), { final: true });
      this.client = new Client(this.port);
      try {
        await this.client.command('ping');
        return true;
      } catch (error) {
        if (/NOAUTH/.test(error.message)) return true;
        this.client.close();
        throw error;
      }
    }, seconds);
  }

  command(...words) {
    return this.client.command(...words);
  }

  signal(name) {
    if (!this.ended) this.child.kill(name);
  }

  async kill() {
    this.client?.close();
    this.signal('SIGCONT');
    this.signal('SIGKILL');
    await until('redis-server has ended', () => this.ended);
  }

  async end() {
    await this.kill();
    fs.rmSync(this.directory, { recursive: true, force: true });
  }
}

/** The entries of a stream, some thousands at a time: [{ history, seq, fields: { name: Buffer } }]. */
export async function* parts(client, key, start = '-') {
  for (let from = start; ;) {
    const part = await client.command('XRANGE', key, from, '+', 'COUNT', 5000);
    const found = [];
    for (const [id, values] of part) {
      const [history, next] = id.toString().split('-').map(BigInt);
      const fields = {};
      for (let i = 0; i < values.length; i += 2) fields[values[i].toString()] = values[i + 1];
      found.push({ history, seq: next - 1n, fields });
    }
    yield found;
    if (part.length < 5000) return;
    from = `(${part.at(-1)[0]}`;
  }
}

/** All of them. */
export async function entries(client, key, start = '-') {
  const found = [];
  for await (const part of parts(client, key, start)) found.push(...part);
  return found;
}

/**
 * Every event of a stream is there once and in order, or `lost` counts it. Returns { first, last, events, lost };
 * throws where something is missing. The first entry may be any number.
 */
export function account(found, from = undefined) {
  let expected = from;
  let events = 0;
  let lost = 0n;
  for (const { history, seq, fields } of found) {
    const count = fields.lost ? BigInt(fields.lost.toString()) : 1n;
    if (expected !== undefined && seq !== expected + count - 1n)
      throw new Error(`${history}-${seq + 1n}: ${fields.lost ? `${count} lost` : 'event'} after ${expected - 1n}`);
    if (fields.lost) lost += count;
    else events++;
    expected = seq + 1n;
  }
  return { first: found[0]?.seq, next: expected, events, lost: Number(lost) };
}
