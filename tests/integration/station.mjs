// A plain station: says what the test wants, remembers how it went.
import { randomUUID } from 'node:crypto';
import WebSocket from 'ws';

export class Station {
  constructor(url, { protocol = 'ocpp1.6', headers = {}, ...options } = {}) {
    this.url = url;
    this.protocol = protocol;
    this.options = { headers, perMessageDeflate: false, ...options };
    this.waiting = new Map(); // message id -> { resolve, reject, began }
    this.frames = []; // everything received, parsed where it is JSON
    this.latencies = []; // milliseconds, one for each answered call
    this.closed = undefined; // { code, reason }
    this.refused = undefined; // the HTTP answer to a handshake that failed
  }

  open() {
    const protocols = this.protocol === null ? [] : this.protocol;
    this.socket = new WebSocket(this.url, protocols, this.options);
    this.socket.on('message', (data, isBinary) => this.#received(data.toString('utf8'), isBinary));
    this.socket.on('close', (code, reason) => {
      this.closed = { code, reason: reason.toString('utf8') };
      for (const { reject } of this.waiting.values()) reject(new Error(`closed (${code}) before the answer`));
      this.waiting.clear();
    });
    return new Promise((resolve, reject) => {
      this.socket.on('open', () => resolve(this));
      this.socket.on('error', reject);
      this.socket.on('unexpected-response', (request, response) => {
        const parts = [];
        response.on('data', (part) => parts.push(part));
        response.on('end', () => {
          this.refused = { status: response.statusCode, headers: response.headers, text: Buffer.concat(parts).toString() };
          reject(Object.assign(new Error(`refused with ${response.statusCode}`), { status: response.statusCode }));
        });
      });
    });
  }

  #received(text, isBinary) {
    let frame;
    try {
      frame = JSON.parse(text);
    } catch {
      frame = text;
    }
    this.frames.push(isBinary ? { binary: text } : frame);
    const call = Array.isArray(frame) && this.waiting.get(frame[1]);
    if (!call || ![3, 4].includes(frame[0])) return;
    this.waiting.delete(frame[1]);
    this.latencies.push(performance.now() - call.began);
    if (frame[0] === 3) call.resolve(frame[2]);
    else call.reject(Object.assign(new Error(`${frame[2]}: ${frame[3]}`), { code: frame[2], description: frame[3], details: frame[4] }));
  }

  /** Sends a CALL; resolves to the payload of its CALLRESULT, rejects with the code of its CALLERROR. */
  call(action, payload = {}, id = randomUUID()) {
    return new Promise((resolve, reject) => {
      this.waiting.set(id, { resolve, reject, began: performance.now() });
      this.socket.send(JSON.stringify([2, id, action, payload]));
    });
  }

  /** Sends text or bytes as they are. */
  raw(data) {
    this.socket.send(data);
  }

  boot() {
    const payload =
      this.socket.protocol === 'ocpp1.6'
        ? { chargePointVendor: 'Example', chargePointModel: 'One' }
        : { reason: 'PowerUp', chargingStation: { model: 'One', vendorName: 'Example' } };
    return this.call('BootNotification', payload);
  }

  close(code = 1000) {
    this.socket.close(code);
  }

  terminate() {
    this.socket?.on('error', () => {}); // it may still be connecting
    this.socket?.terminate();
  }
}
