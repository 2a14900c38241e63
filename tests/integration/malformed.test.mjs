// What no correct program sends: a clear refusal or a closed connection, and the next one is served as ever.
import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import test from 'node:test';
import { System, exchange, request } from './harness.mjs';

const get = (target, ...headers) => [`GET ${target} HTTP/1.1`, 'Host: 127.0.0.1', ...headers, '', ''].join('\r\n');
const upgrade = (target, ...headers) =>
  get(target, 'Upgrade: websocket', 'Connection: Upgrade', 'Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==', ...headers);
const chunked = 'Transfer-Encoding: chunked';

// name, bytes, and the statuses that are right; "close" is a connection closed without a word
const refusals = [
  ['binary junk', randomBytes(4096), ['400', 'close']],
  ['a TLS hello', Buffer.from('160301020001000001fc0303', 'hex'), ['400', 'close']],
  ['another protocol', 'SSH-2.0-OpenSSH_9.2\r\n', ['400']],
  ['HTTP/0.9', 'GET /\r\n\r\n', ['400']],
  ['HTTP/1.0 without Host', 'GET / HTTP/1.0\r\n\r\n', ['400', '404', '421', '505']],
  ['HTTP/2.0 in the request line', 'GET / HTTP/2.0\r\nHost: a\r\n\r\n', ['400', '505']],
  ['the HTTP/2 preface', 'PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n', ['400', '505']],
  ['no Host', 'GET / HTTP/1.1\r\n\r\n', ['400']],
  ['two Hosts', get('/', 'Host: other'), ['400']],
  ['bare LF', 'GET / HTTP/1.1\nHost: a\n\n', ['400']],
  ['a space before the colon', get('/', 'X-A : b'), ['400']],
  ['a folded header', get('/', 'X-A: b', ' c'), ['400']],
  ['NUL in a header', get('/', 'X-A: a\0b'), ['400']],
  ['NUL in the target', get('/a\0b'), ['400']],
  ['an absolute target', get('http://127.0.0.1/'), ['400']],
  ['10k of one header', get('/', `X-A: ${'a'.repeat(10_240)}`), ['431', '400']],
  ['10k of small headers', get('/', ...Array.from({ length: 1000 }, (_, i) => `X-${i}: a`)), ['431', '400']],
  ['1 MB of header', get('/', `X-A: ${'a'.repeat(1_048_576)}`), ['431', '400']],
  ['a 20k target', get(`/${'a'.repeat(20_000)}`), ['414', '431', '400']],
  ['an endless method', 'A'.repeat(100_000), ['400', '414', '431', '501']],
];
const smuggling = [
  ['two different lengths', 'Content-Length: 1\r\nContent-Length: 2'],
  ['a length and chunks', `Content-Length: 5\r\n${chunked}`],
  ['chunks', chunked],
  ['chunks in disguise', 'Transfer-Encoding: xchunked'],
  ['chunks after a tab', 'Transfer-Encoding:\tchunked'],
  ['a negative length', 'Content-Length: -1'],
  ['a length with a sign', 'Content-Length: +5'],
  ['a hexadecimal length', 'Content-Length: 0x5'],
  ['a list of lengths', 'Content-Length: 5, 5'],
  ['a length beyond 64 bits', 'Content-Length: 18446744073709551621'],
  ['no digits', 'Content-Length: '],
];

async function refused(port, name, bytes, statuses) {
  const { text, closed } = await exchange(port, bytes, { end: false, quiet: 3000 });
  assert.ok(closed, `${name}: the connection is closed afterwards, got ${JSON.stringify(text.slice(0, 200))}`);
  const status = text === '' ? 'close' : /^HTTP\/1\.1 (\d{3}) /.exec(text)?.[1];
  assert.ok(statuses.includes(status), `${name}: ${statuses.join(' or ')} expected, got ${JSON.stringify(text.slice(0, 200))}`);
  assert.equal((text.match(/HTTP\/1\.1 \d{3} /g) ?? []).length, text === '' ? 0 : 1, `${name}: one answer at most`);
}

test('malformed requests on both ports', async (t) => {
  const system = await System.start(t);
  const user = await system.user();
  const ports = { gateway: system.gatewayPort, boardd: system.boardPort };
  for (const [side, port] of Object.entries(ports)) {
    for (const [name, bytes, statuses] of refusals) await t.test(`${side}: ${name}`, () => refused(port, name, bytes, statuses));
    for (const [name, headers] of smuggling) {
      const head = side === 'gateway' ? get('/ocpp/CP1', headers) : `POST /api/auth/login HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Type: application/json\r\n${headers}\r\n\r\n`;
      const bytes = `${head}0\r\n\r\n${get('/health')}`;
      await t.test(`${side}: smuggling with ${name}`, () => refused(port, name, bytes, ['400', '411', '413', '501']));
    }
    await t.test(`${side}: half a request, then the end`, async () => {
      const { closed } = await exchange(port, 'GET / HT', { end: true });
      assert.ok(closed);
    });
  }

  await t.test('boardd: a body that is longer than allowed', async () => {
    const { status } = await request(system.boardPort, 'POST', '/api/auth/login', {
      headers: { 'content-type': 'application/json', 'content-length': 10_000_000 },
    });
    assert.equal(status, 413);
  });
  await t.test('boardd: malformed JSON in a login is a 400', async () => {
    for (const body of ['{', '[]', '{"token":1}', '"a"', '{"token":"\\ud800"}', '{"token":"a","token":"b"}x', '\0']) {
      const { status, json } = await user.request('POST', '/api/auth/login', { body });
      assert.equal(status, 400, body);
      assert.equal(typeof json.error, 'string');
    }
  });
  await t.test('boardd: a broken escape in the path is a 400, an unknown method a 405 or 501', async () => {
    assert.equal((await user.request('GET', '/api/connections/%zz')).status, 400);
    assert.equal((await user.request('GET', '/api/connections/%00')).status, 400);
    for (const path of ['/../../../../etc/passwd', '/%2e%2e/%2e%2e/etc/passwd', '/assets/..%2f..%2fetc%2fpasswd']) {
      const { text } = await user.request('GET', path);
      assert.ok(!text.includes('root:'), path);
    }
    const put = await user.request('PUT', '/api/overview', { body: {} });
    assert.equal(put.status, 405);
    assert.match(put.headers.allow, /GET/);
    assert.ok([405, 501].includes((await user.request('BREW', '/api/overview')).status));
  });

  await t.test('gateway: malformed handshakes', async () => {
    const table = [
      ['no key', get('/ocpp/CP1', 'Upgrade: websocket', 'Connection: Upgrade', 'Sec-WebSocket-Version: 13', 'Sec-WebSocket-Protocol: ocpp1.6'), ['400']],
      ['version 12', upgrade('/ocpp/CP1', 'Sec-WebSocket-Version: 12', 'Sec-WebSocket-Protocol: ocpp1.6'), ['400', '426']],
      ['POST', upgrade('/ocpp/CP1', 'Sec-WebSocket-Version: 13', 'Sec-WebSocket-Protocol: ocpp1.6').replace('GET', 'POST'), ['400', '405']],
      ['a plain GET', get('/ocpp/CP1'), ['400', '426']],
      ['another path', upgrade('/CP1', 'Sec-WebSocket-Version: 13', 'Sec-WebSocket-Protocol: ocpp1.6'), ['404', '400']],
      ...['%zz', '%00', '', 'a%2Fb', 'a%0Ab', 'a'.repeat(49), 'a b', '%C3%A4', '<b>'].map((identity) => [
        `the identity ${JSON.stringify(identity)}`,
        upgrade(`/ocpp/${identity}`, 'Sec-WebSocket-Version: 13', 'Sec-WebSocket-Protocol: ocpp1.6'),
        ['400', '404'],
      ]),
      ['no protocol', upgrade('/ocpp/CP1', 'Sec-WebSocket-Version: 13'), ['400']],
      ['only a protocol that we do not speak', upgrade('/ocpp/CP1', 'Sec-WebSocket-Version: 13', 'Sec-WebSocket-Protocol: ocpp1.5'), ['400']],
    ];
    for (const [name, bytes, statuses] of table) await refused(system.gatewayPort, name, bytes, statuses);
  });
  await t.test('gateway: malformed frames after a good handshake', async () => {
    const good = upgrade('/ocpp/FRAMES', 'Sec-WebSocket-Version: 13', 'Sec-WebSocket-Protocol: ocpp1.6');
    const frames = {
      'an unmasked frame': '810548656c6c6f',
      'reserved bits': 'f18000000000',
      'an unknown opcode': '838000000000',
      'a fragmented ping': '098000000000',
      'a ping of 126 bytes': `89fe007e00000000${'00'.repeat(126)}`,
      'a continuation of nothing': '808000000000',
      '2 GiB announced': '81ff00000000800000000000000061616161',
      'a length with the top bit': '81ffffffffffffffffff0000000061616161',
      'bad UTF-8': '818200000000c328',
      junk: randomBytes(2000).toString('hex'),
    };
    for (const [name, hex] of Object.entries(frames)) {
      const { text, closed } = await exchange(system.gatewayPort, good, { next: Buffer.from(hex, 'hex'), quiet: 5000 });
      assert.match(text, /^HTTP\/1\.1 101 /, name);
      assert.ok(closed, `${name}: closed`);
    }
  });
  await t.test('both still serve', async () => {
    const station = await system.station('AFTERWARDS');
    await station.call('Heartbeat');
    await system.shows(user, '/api/connections?status=online', (list) => list.some(({ identity }) => identity === 'AFTERWARDS'));
    assert.equal(system.gateway.result, undefined);
    assert.equal(system.boardd.result, undefined);
  });
  await t.test('violations of a handshake are security events', async () => {
    const { events } = await user.get('/api/security-events?category=PROTOCOL_VIOLATION');
    assert.ok(events.length > 0);
  });
});

test('requests that never end are given up', async (t) => {
  const system = await System.start(t, { options: { 'gateway.handshake_timeout': '500ms', 'board.request_timeout': '500ms' } });
  for (const port of [system.gatewayPort, system.boardPort]) {
    const { closed } = await exchange(port, 'GET / HTTP/1.1\r\nHost: a\r\nX-Slow: ', { quiet: 5000 });
    assert.ok(closed);
  }
});
