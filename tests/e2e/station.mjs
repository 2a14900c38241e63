// One station of the tests' own, that says what they want: OCPP-J over a hand-made WebSocket.
import { randomBytes } from 'node:crypto';
import { request } from 'node:http';

const OPCODE = { text: 1, close: 8, ping: 9, pong: 10 };

function frame(opcode, payload) {
  const mask = randomBytes(4);
  const length = payload.length;
  const head = length < 126 ? Buffer.from([0x80 | opcode, 0x80 | length]) : Buffer.from([0x80 | opcode, 0x80 | 126, length >> 8, length & 255]);
  return Buffer.concat([head, mask, payload.map((byte, at) => byte ^ mask[at % 4])]);
}

/** The first frame of `data`, and what is left; null while it is not complete. */
function parse(data) {
  if (data.length < 2) return null;
  const wide = (data[1] & 127) === 126;
  const start = wide ? 4 : 2;
  const length = wide && data.length >= 4 ? data.readUInt16BE(2) : data[1] & 127;
  if (data.length < start + length) return null;
  return { opcode: data[0] & 15, payload: data.subarray(start, start + length), rest: data.subarray(start + length) };
}

export class Station {
  /** `onCall` gets action and payload of each CALL that comes, and returns the answer's payload, or {code, description} with `error`; null: no answer. */
  static connect(system, identity, { protocol = 'ocpp1.6', onCall = () => ({}), password } = {}) {
    const headers = { Connection: 'Upgrade', Upgrade: 'websocket', 'Sec-WebSocket-Version': '13', 'Sec-WebSocket-Protocol': protocol };
    headers['Sec-WebSocket-Key'] = randomBytes(16).toString('base64');
    if (password !== undefined) headers.Authorization = `Basic ${Buffer.from(`${identity}:${password}`).toString('base64')}`;
    return new Promise((done, fail) => {
      const path = `/ocpp/${encodeURIComponent(identity)}`;
      const attempt = request({ host: '127.0.0.1', port: system.gatewayPort, path, headers, timeout: 5000 });
      attempt.on('error', fail);
      attempt.on('timeout', () => attempt.destroy(new Error('no answer to the handshake')));
      attempt.on('response', (response) => {
        response.resume();
        fail(Object.assign(new Error(`refused with ${response.statusCode}`), { status: response.statusCode }));
      });
      attempt.on('upgrade', (_, socket, head) => done(new Station(socket, head, onCall)));
      attempt.end();
    });
  }

  constructor(socket, head, onCall) {
    this.socket = socket;
    this.onCall = onCall;
    this.data = head;
    this.answers = new Map();
    this.count = 0;
    this.closed = new Promise((done) => socket.on('close', done));
    socket.on('error', () => {});
    socket.on('data', (part) => {
      this.data = Buffer.concat([this.data, part]);
      for (let next = parse(this.data); next; next = parse(this.data)) {
        this.data = next.rest;
        this.receive(next);
      }
    });
  }

  receive({ opcode, payload }) {
    if (opcode === OPCODE.ping) this.socket.write(frame(OPCODE.pong, payload));
    if (opcode === OPCODE.close) this.socket.end(frame(OPCODE.close, payload));
    if (opcode !== OPCODE.text) return;
    const [type, id, ...rest] = JSON.parse(payload.toString());
    if (type !== 2) return this.answers.get(id)?.(rest);
    const answer = this.onCall(...rest);
    if (answer?.error) this.send([4, id, answer.error.code, answer.error.description, {}]);
    else if (answer) this.send([3, id, answer]);
  }

  send(message) {
    this.socket.write(frame(OPCODE.text, Buffer.from(JSON.stringify(message))));
  }

  /** Resolves with the answer's parts after its id. */
  call(action, payload) {
    const id = `t${++this.count}`;
    const answer = new Promise((done) => this.answers.set(id, done));
    this.send([2, id, action, payload]);
    return answer;
  }

  close(code, reason) {
    const body = Buffer.alloc(2 + Buffer.byteLength(reason));
    body.writeUInt16BE(code);
    body.write(reason, 2);
    this.socket.write(frame(OPCODE.close, body));
    return this.closed;
  }

  destroy() {
    this.socket.destroy();
  }
}
