// permessage-deflate (RFC 7692): what is agreed on, real clients, and frames that nobody should send.
import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import net from 'node:net';
import test from 'node:test';
import zlib from 'node:zlib';
import { System, cleanup, until } from './harness.mjs';
import { connect, day } from './rpc_sessions.mjs';
import { versions } from './schemas.mjs';

const FIN = 0x80;
const RSV1 = 0x40;
const RSV2 = 0x20;
const [CONT, TEXT, PING] = [0, 1, 9];
const tail = Buffer.from([0, 0, 0xff, 0xff]);
const flush = { finishFlush: zlib.constants.Z_SYNC_FLUSH };
const pack = (text) => zlib.deflateRawSync(text, flush).subarray(0, -4);
const unpack = (data) => zlib.inflateRawSync(Buffer.concat([data, tail]), flush).toString();
const both = 'permessage-deflate; server_no_context_takeover; client_no_context_takeover';

/** A frame as a station sends it. */
function frame(first, payload) {
  const { length } = payload;
  const head = length < 126 ? [first, 0x80 | length] : [first, 0x80 | 126, length >> 8, length & 255];
  const key = randomBytes(4);
  return Buffer.concat([Buffer.from(head), key, Buffer.from(payload).map((byte, i) => byte ^ key[i % 4])]);
}

/** A station by hand: what it offers, and the frames that it gets. */
class Raw {
  constructor(t, system, identity, offers) {
    const headers = offers.map((offer) => `Sec-WebSocket-Extensions: ${offer}`);
    this.bytes = Buffer.alloc(0);
    this.closed = false;
    this.socket = net.connect({ host: '127.0.0.1', port: system.gatewayPort });
    cleanup(t, () => this.socket.destroy());
    this.socket.on('data', (data) => (this.bytes = Buffer.concat([this.bytes, data])));
    this.socket.on('error', () => {}).on('close', () => (this.closed = true));
    this.socket.write([`GET /ocpp/${identity} HTTP/1.1`, 'Host: 127.0.0.1', 'Upgrade: websocket', 'Connection: Upgrade', 'Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==',
      'Sec-WebSocket-Version: 13', 'Sec-WebSocket-Protocol: ocpp1.6', ...headers, '', ''].join('\r\n'));
  }

  /** The answer's status and what it says of extensions. */
  async answer() {
    const end = await until('an answer', () => { const at = this.bytes.indexOf('\r\n\r\n'); return at > 0 && at + 4; });
    const head = this.bytes.subarray(0, end).toString('latin1');
    this.bytes = this.bytes.subarray(end);
    return { status: Number(head.split(' ')[1]), extensions: /^Sec-WebSocket-Extensions: (.*)\r$/im.exec(head)?.[1] };
  }

  send(first, payload) {
    this.socket.write(frame(first, Buffer.from(payload)));
  }

  /** The next frame: its first byte, length on the wire and text. */
  async frame() {
    const [start, length] = await until('a frame', () => {
      if (this.bytes.length < 4) return false;
      const [head, size] = this.bytes[1] < 126 ? [2, this.bytes[1]] : [4, this.bytes.readUInt16BE(2)];
      return this.bytes.length >= head + size && [head, size];
    });
    const [first] = this.bytes;
    const data = this.bytes.subarray(start, start + length);
    this.bytes = this.bytes.subarray(start + length);
    return { first, length, data, text: (first & RSV1) !== 0 ? unpack(data) : data.toString() };
  }
}

async function open(t, system, identity, offer = 'permessage-deflate') {
  const station = new Raw(t, system, identity, offer === null ? [] : [offer]);
  assert.equal((await station.answer()).status, 101);
  return station;
}

test('what is offered, and what is answered', async (t) => {
  const system = await System.start(t);
  const user = await system.user();
  const cases = [
    [[], undefined],
    [['permessage-deflate; client_max_window_bits'], both], // as browsers and ws offer it
    [['permessage-deflate; server_max_window_bits=10; client_max_window_bits=12'], `${both}; server_max_window_bits=10; client_max_window_bits=12`],
    [['permessage-deflate; server_max_window_bits=8'], `${both}; server_max_window_bits=8`],
    [['permessage-deflate; server_max_window_bits=16, permessage-deflate'], both],
    [['permessage-deflate; unknown', 'other; a="b"', 'permessage-deflate; client_max_window_bits="9"'], `${both}; client_max_window_bits=9`],
    [['permessage-deflate; server_no_context_takeover; server_no_context_takeover'], undefined],
    [['x-webkit-deflate-frame, permessage-bzip2'], undefined],
  ];
  for (const [offers, extensions] of cases) assert.deepEqual(await new Raw(t, system, 'OFFER', offers).answer(), { status: 101, extensions }, offers.join(' and '));

  assert.deepEqual(await new Raw(t, system, 'OFFER', ['permessage-deflate; =']).answer(), { status: 400, extensions: undefined });
  await system.shows(user, '/api/security-events', ({ events }) => events.some(({ category, message }) => category === 'PROTOCOL_VIOLATION' && /Sec-WebSocket-Extensions/.test(message)));

  await t.test('gateway.compression = no: nothing is answered, nor looked at', async (t) => {
    const off = await System.start(t, { options: { 'gateway.compression': 'no' }, dashboard: false });
    for (const offer of ['permessage-deflate', 'permessage-deflate; =']) assert.deepEqual(await new Raw(t, off, 'OFFER', [offer]).answer(), { status: 101, extensions: undefined });
    const station = await open(t, off, 'OFFER');
    station.send(FIN | RSV1 | TEXT, pack('[2,"1","Heartbeat",{}]'));
    assert.equal((await station.frame()).data.readUInt16BE(0), 1002);
  });
});

test('ws compresses, with every window', async (t) => {
  const system = await System.start(t);
  const user = await system.user();
  const data = 'meter '.repeat(10_000);
  for (const [name, perMessageDeflate] of Object.entries({
    default: { threshold: 0 },
    none: { threshold: 0, serverNoContextTakeover: true, clientNoContextTakeover: true },
    small: { threshold: 0, serverMaxWindowBits: 9, clientMaxWindowBits: 9 },
    eight: { threshold: 0, serverMaxWindowBits: 8 },
    middle: { threshold: 0, serverMaxWindowBits: 12, clientMaxWindowBits: 11 },
  })) {
    const identity = `WS-${name}`;
    const station = await system.station(identity, { perMessageDeflate });
    assert.match(station.socket.extensions, /^permessage-deflate/, name);
    await station.boot();
    const before = station.socket._socket.bytesWritten;
    for (let i = 0; i < 3; i++) assert.deepEqual(await station.call('DataTransfer', { vendorId: 'example', data }, `transfer-${i}`), { status: 'UnknownVendorId' });
    assert.ok(station.socket._socket.bytesWritten - before < 3 * 2000, 'it was compressed on the wire');
    await station.call('Heartbeat');
    const [message] = await system.shows(user, `/api/messages?identity=${identity}&method=DataTransfer&type=CALL`, (list) => list.length === 3);
    assert.ok(message.params.data === data, 'recorded as it was before it was compressed');
    const shown = await system.shows(user, `/api/connections/${identity}`, ({ bytesIn }) => bytesIn > 3 * data.length);
    assert.ok(shown.bytesIn < 3 * data.length + 2000, 'what is counted is the text');
    const ctl = system.run('tools/ocpp-ctl', ['show', identity]);
    assert.equal((await ctl.end(20)).code, 0);
    assert.match(ctl.stdout, /Compression +true/);
  }
});

test('full sessions of ocpp-rpc, strict, compressed, in every version', async (t) => {
  const system = await System.start(t, { options: { 'gateway.compression_min': '1' }, dashboard: false });
  for (const version of versions) {
    const station = await connect(t, system, `ZIP-${version}`, version, { perMessageDeflate: { threshold: 0 } });
    await day(station);
    await station.call('Heartbeat', {});
    assert.equal(station.violation, undefined);
    assert.equal((await station.close()).code, 1000);
  }
});

test('ocpp-sim -z', async (t) => {
  const system = await System.start(t, { dashboard: false });
  const sim = system.run('tools/ocpp-sim', ['-z', '-n', '10', '-m', '50', '-R', '0s', '-q', '-j']);
  await until('a station is compressed', async () => {
    const ctl = system.run('tools/ocpp-ctl', ['show', 'CP-0001']);
    await ctl.end(20);
    return /Compression +true[^]*Accepted/.test(ctl.stdout);
  });
  await until('it has sent some', async () => {
    const log = system.run('tools/ocpp-log', ['-n', 'all', '-j', '-a', 'MeterValues', '-T', 'CALL']);
    await log.end(20);
    return log.stdout.split('\n').length > 30;
  });
  sim.signal('SIGINT');
  assert.equal((await sim.end(30)).code, 0, sim.stderr);
  const { results, failures } = JSON.parse(sim.stdout);
  assert.ok(results > 20 && failures === 0, sim.stdout);

  const off = await System.start(t, { options: { 'gateway.compression': 'no' }, dashboard: false });
  const refused = off.run('tools/ocpp-sim', ['-z', '-n', '1', '-d', '500ms', '-q']);
  assert.equal((await refused.end(30)).code, 1, 'who asks for compression does not go on without it');
});

test('a station by hand', async (t) => {
  const system = await System.start(t);
  const user = await system.user();
  const beat = (id) => `[2,"${id}","Heartbeat",{}]`;

  await t.test('a message in one frame, in many, and an empty one', async (t) => {
    const station = await open(t, system, 'HAND');
    const packed = pack(beat('a'));
    station.send(FIN | RSV1 | TEXT, packed);
    assert.match((await station.frame()).text, /^\[3,"a"/);
    station.send(FIN | TEXT, beat('b'));
    assert.match((await station.frame()).text, /^\[3,"b"/);
    for (let i = 0; i < packed.length; i++) {
      station.send((i === 0 ? RSV1 | TEXT : CONT) | (i === packed.length - 1 ? FIN : 0), packed.subarray(i, i + 1));
      if (i === 5) station.send(FIN | PING, 'between');
    }
    assert.equal((await station.frame()).text, 'between');
    assert.match((await station.frame()).text, /^\[3,"a"/);
    station.send(FIN | RSV1 | TEXT, [0]);
    assert.match((await station.frame()).text, /^\[4,"-1"/, 'it is no JSON, as every empty message');
    station.send(FIN | RSV1 | TEXT, pack(beat('c')));
    assert.match((await station.frame()).text, /^\[3,"c"/);
  });

  await t.test('what it gets is compressed where that is worth it, and fits its window', async (t) => {
    const system = await System.start(t, { dashboard: false });
    for (const [identity, offer, compressed] of [['LARGE', 'permessage-deflate', true], ['TINY', 'permessage-deflate; server_max_window_bits=9', false], ['NONE', null, false]]) {
      const station = await open(t, system, identity, offer);
      station.send(FIN | TEXT, beat('a'));
      assert.equal((await station.frame()).first, FIN | TEXT, 'short answers are not');
      const payload = { vendorId: 'example', data: 'abc '.repeat(1000) };
      const ctl = system.run('tools/ocpp-ctl', ['call', identity, 'DataTransfer', JSON.stringify(payload)]);
      const { first, length, text } = await station.frame();
      const [type, id, action, got] = JSON.parse(text);
      assert.deepEqual([type, action, got], [2, 'DataTransfer', payload]);
      assert.equal((first & RSV1) !== 0, compressed, identity);
      assert.equal(length < 200, compressed);
      station.send(FIN | TEXT, `[3,"${id}",{"status":"Accepted"}]`);
      assert.equal((await ctl.end(20)).code, 0);
    }
  });

  const attacks = {
    'a bomb: 10 MiB of zeros': [[[FIN | RSV1 | TEXT, pack(Buffer.alloc(10 << 20))]], 1009, /longer than gateway\.max_message/],
    'a bomb in fragments': [[[RSV1 | TEXT, pack(Buffer.alloc(1 << 20)).subarray(0, 500)], [FIN | CONT, pack(Buffer.alloc(1 << 20)).subarray(500)]], 1009, /longer than gateway\.max_message/],
    'a byte too much': [[[FIN | RSV1 | TEXT, pack('0'.repeat(65_537))]], 1009, /longer than gateway\.max_message/],
    garbage: [[[FIN | RSV1 | TEXT, beat('a')]], 1007, /can't be inflated/],
    nothing: [[[FIN | RSV1 | TEXT, '']], 1007, /can't be inflated/],
    'a message that is cut': [[[FIN | RSV1 | TEXT, pack(JSON.stringify([...Array(500).keys()])).subarray(0, 300)]], 1007, /can't be inflated/],
    'RSV1 on a ping': [[[FIN | RSV1 | PING, '']], 1002, /reserved bits/],
    'RSV1 on a continuation': [[[RSV1 | TEXT, [0]], [FIN | RSV1 | CONT, [0]]], 1002, /reserved bits/],
    RSV2: [[[FIN | RSV2 | TEXT, beat('a')]], 1002, /reserved bits/],
    'RSV1 and RSV2': [[[FIN | RSV1 | RSV2 | TEXT, pack(beat('a'))]], 1002, /reserved bits/],
    'RSV1 that was not agreed on': [[[FIN | RSV1 | TEXT, pack(beat('a'))]], 1002, /reserved bits/, 'other'],
    'compressed binary': [[[FIN | RSV1 | 2, pack(beat('a'))]], 1003, /binary/],
    'text that is not UTF-8 inside': [[[FIN | RSV1 | TEXT, pack(Buffer.from('["\xff"]', 'latin1'))]], 1007, /UTF-8/],
  };
  for (const [name, [frames, code, reason, offer]] of Object.entries(attacks)) {
    await t.test(`${name}: ${code}`, async (t) => {
      const identity = `ATTACK-${Object.keys(attacks).indexOf(name)}`;
      const station = await open(t, system, identity, offer);
      for (const [first, payload] of frames) station.send(first, payload);
      const { first, data } = await station.frame();
      assert.equal(first, FIN | 8);
      assert.equal(data.readUInt16BE(0), code);
      assert.match(data.subarray(2).toString(), reason);
      station.send(FIN | 8, data.subarray(0, 2));
      await until('it is closed', () => station.closed);
      await system.shows(user, `/api/security-events?identity=${identity}`, ({ events }) => events.some(({ category, message }) => category === 'PROTOCOL_VIOLATION' && reason.test(message)));
      const shown = await system.shows(user, `/api/connections/${identity}`, ({ status }) => status === 'offline');
      assert.equal(shown.closeCode, code);
    });
  }
  await t.test('others are served as ever', async (t) => {
    const station = await open(t, system, 'AFTER');
    station.send(FIN | RSV1 | TEXT, pack(beat('z')));
    assert.match((await station.frame()).text, /^\[3,"z"/);
  });
});
