// HTTP as a browser would speak it, and as nobody should.
import http from 'node:http';
import net from 'node:net';

/** One request on a connection of its own; resolves to { status, headers, text, json }. */
export function request(port, method, path, { headers = {}, body, localAddress } = {}) {
  return new Promise((resolve, reject) => {
    const outgoing = http.request({ host: '127.0.0.1', port, method, path, headers, localAddress, agent: false }, (response) => {
      const parts = [];
      response.on('data', (part) => parts.push(part));
      response.on('error', reject);
      response.on('end', () => {
        const raw = Buffer.concat(parts);
        const text = raw.toString('utf8');
        const isJson = /^application\/json/.test(response.headers['content-type'] ?? '');
        resolve({ status: response.statusCode, headers: response.headers, raw, text, json: isJson && text !== '' ? JSON.parse(text) : undefined });
      });
    });
    outgoing.on('error', reject);
    outgoing.setTimeout(20_000, () => outgoing.destroy(new Error(`no answer to ${method} ${path} in 20 s`)));
    outgoing.end(body);
  });
}

/** A user of the dashboard: keeps the cookie and the CSRF token. */
export class User {
  /** `address` is where its requests come from, such as 127.0.0.9. */
  constructor(port, address) {
    this.port = port;
    this.address = address;
    this.cookie = undefined;
    this.csrf = undefined;
  }

  async request(method, path, { headers = {}, body } = {}) {
    const all = { ...headers };
    if (this.cookie) all.cookie ??= this.cookie;
    if (method !== 'GET' && method !== 'HEAD') {
      if (body !== undefined && typeof body !== 'string') body = JSON.stringify(body);
      if (body !== undefined) all['content-type'] ??= 'application/json';
      all['content-length'] = Buffer.byteLength(body ?? '');
      if (this.csrf) all['x-csrf-token'] ??= this.csrf;
    }
    const response = await request(this.port, method, path, { headers: all, body, localAddress: this.address });
    const cookies = response.headers['set-cookie'] ?? [];
    if (cookies.length > 0) this.cookie = cookies[0].split(';')[0];
    return response;
  }

  async get(path) {
    const response = await this.request('GET', path);
    if (response.status !== 200) throw new Error(`GET ${path}: ${response.status} ${response.text.slice(0, 500)}`);
    return response.json;
  }

  /** With the token, or with { username, password }. */
  async login(credentials) {
    const body = typeof credentials === 'string' ? { token: credentials } : credentials;
    const response = await this.request('POST', '/api/auth/login', { body });
    if (response.status !== 200) throw new Error(`login: ${response.status} ${response.text}`);
    this.csrf = response.json.csrfToken;
    return response;
  }
}

/**
 * Writes bytes to a port and collects what comes back until the other side closes or is quiet for `quiet` ms.
 * With `next` these bytes follow once something came back; with `end` the write side is shut down after the bytes.
 */
export function exchange(port, bytes, { next, quiet = 1000, end = false } = {}) {
  return new Promise((resolve, reject) => {
    const parts = [];
    const socket = net.connect({ host: '127.0.0.1', port });
    let timer;
    const finish = (closed) => {
      clearTimeout(timer);
      socket.destroy();
      resolve({ closed, text: Buffer.concat(parts).toString('latin1') });
    };
    const rest = () => {
      clearTimeout(timer);
      timer = setTimeout(() => finish(false), quiet);
    };
    socket.on('connect', () => {
      socket.write(bytes);
      if (end) socket.end();
      rest();
    });
    socket.on('data', (part) => {
      parts.push(part);
      if (next !== undefined) socket.write(next);
      next = undefined;
      rest();
    });
    socket.on('close', () => finish(true));
    socket.on('error', (error) => (['ECONNRESET', 'EPIPE'].includes(error.code) ? finish(true) : reject(error)));
  });
}

/** A Server-Sent Events client that records what it gets and, if wanted, comes back after a loss of the connection. */
export class EventStream {
  constructor(user, path, { reconnect = true, lastEventId } = {}) {
    this.user = user;
    this.path = path;
    this.reconnect = reconnect;
    this.lastEventId = lastEventId;
    this.events = []; // { event, id, data }
    this.comments = 0;
    this.connects = 0;
    this.status = undefined;
    this.ended = false;
    this.#open();
  }

  #open() {
    const headers = { accept: 'text/event-stream' };
    if (this.user.cookie) headers.cookie = this.user.cookie;
    if (this.lastEventId !== undefined) headers['last-event-id'] = this.lastEventId;
    const again = () => {
      if (this.ended) return;
      if (!this.reconnect) this.ended = true;
      else this.timer = setTimeout(() => this.#open(), 50);
    };
    this.outgoing = http.get({ host: '127.0.0.1', port: this.user.port, path: this.path, headers, agent: false });
    this.outgoing.on('error', again);
    this.outgoing.on('response', (response) => {
      this.status = response.statusCode;
      this.headers = response.headers;
      this.connects += response.statusCode === 200 ? 1 : 0;
      if (response.statusCode !== 200) this.reconnect = false;
      let buffer = '';
      response.setEncoding('utf8');
      response.on('data', (text) => {
        buffer += text;
        for (let at; (at = buffer.indexOf('\n\n')) >= 0; buffer = buffer.slice(at + 2)) this.#block(buffer.slice(0, at));
      });
      response.on('error', () => {});
      response.on('close', again);
    });
  }

  #block(text) {
    const event = { event: 'message', id: undefined, data: '', connect: this.connects };
    for (const line of text.split('\n')) {
      const [, name, value] = /^([^:]*):? ?(.*)$/.exec(line);
      if (name === '') this.comments++;
      else if (name === 'data') event.data += value;
      else if (name === 'event' || name === 'id') event[name] = value;
    }
    if (event.id !== undefined) this.lastEventId = event.id;
    if (event.data === '') return;
    try {
      event.json = JSON.parse(event.data);
    } catch {
      event.json = undefined;
    }
    this.events.push(event);
  }

  of(name) {
    return this.events.filter((event) => event.event === name);
  }

  close() {
    this.ended = true;
    clearTimeout(this.timer);
    this.outgoing.destroy();
  }
}
