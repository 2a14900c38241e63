// Stations over TLS: security profiles 2 and 3, what is refused and how it is recorded, and what comes in pieces.
import assert from 'node:assert/strict';
import { execFileSync, spawnSync } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import fs from 'node:fs';
import net from 'node:net';
import path from 'node:path';
import test from 'node:test';
import tls from 'node:tls';
import ocppRpc from 'ocpp-rpc';
import { Station, System, cleanup, exchange, patience, privateDirectory, until } from './harness.mjs';

const openssl = (...args) => execFileSync('openssl', args, { stdio: 'pipe' });
const newKey = ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:P-256', '-nodes'];

/** A certificate authority in a directory of its own. */
class Authority {
  constructor(directory, name) {
    this.directory = directory;
    this.cert = path.join(directory, `${name}.cert`);
    this.key = path.join(directory, `${name}.key`);
    openssl('req', '-x509', ...newKey, '-days', '30', '-subj', `/CN=${name}`, '-keyout', this.key, '-out', this.cert);
    this.pem = fs.readFileSync(this.cert, 'utf8');
  }

  /** What it issues: files, and the options `cert` and `key` that a client takes. */
  issue(name, { days = 30, subject = `/O=Operator/CN=${name}`, extensions = 'subjectAltName=IP:127.0.0.1' } = {}) {
    const file = (kind) => path.join(this.directory, `${path.basename(this.cert, '.cert')}-${name}.${kind}`);
    openssl('req', ...newKey, '-subj', subject, '-keyout', file('key'), '-out', file('csr'));
    fs.writeFileSync(file('ext'), `${extensions}\n`);
    openssl('x509', '-req', '-in', file('csr'), '-CA', this.cert, '-CAkey', this.key, '-days', String(days), '-extfile', file('ext'), '-out', file('cert'));
    fs.chmodSync(file('key'), 0o600);
    return { files: { cert: file('cert'), key: file('key') }, cert: fs.readFileSync(file('cert')), key: fs.readFileSync(file('key')) };
  }
}

/** A gateway that listens for TLS, with an authority that has issued its certificate. */
async function secureSystem(t, { options = {}, stations, ...more } = {}) {
  const directory = privateDirectory(t);
  const authority = new Authority(directory, 'authority');
  const server = authority.issue('gateway');
  const system = new System(t, {
    'gateway.tls_listen': '127.0.0.1:0',
    'gateway.tls_cert': server.files.cert,
    'gateway.tls_key': server.files.key,
    ...options,
  });
  if (stations !== undefined) {
    system.options['gateway.stations'] = path.join(system.directory, 'stations');
    fs.writeFileSync(system.options['gateway.stations'], stations, { mode: 0o600 });
  }
  await system.startGateway();
  if (more.dashboard !== false) await system.startDashboard();
  system.secureStation = (identity, { protocol, ...options } = {}) => openSecure(system, identity, { protocol, ca: authority.pem, ...options });
  return { system, directory, authority, server };
}

async function openSecure(system, identity, options) {
  const station = new Station(`wss://127.0.0.1:${system.tlsPort}/ocpp/${identity}`, options);
  system.stations.push(station);
  await station.open();
  return station;
}

const basic = (name, password) => ({ headers: { authorization: `Basic ${Buffer.from(`${name}:${password}`).toString('base64')}` } });

async function securityEvents(system, user, category, count = 1) {
  const { events } = await system.shows(user, `/api/security-events?category=${category}`, ({ events }) => events.length >= count);
  return events;
}

/** A TLS connection whose bytes are gathered as text. */
async function rawConnection(t, system, ca) {
  const socket = tls.connect({ host: '127.0.0.1', port: system.tlsPort, ca });
  const raw = { socket, text: '', ended: false };
  socket.setEncoding('latin1').on('data', (text) => (raw.text += text)).on('error', () => {}).on('close', () => (raw.ended = true));
  cleanup(t, () => socket.destroy());
  await until('the TLS handshake is done', () => socket.getProtocol() && socket.authorized);
  return raw;
}

function frame(text) {
  const payload = Buffer.from(text);
  const head = payload.length < 126 ? Buffer.from([0x81, 0x80 | payload.length]) : Buffer.from([0x81, 0xfe, payload.length >> 8, payload.length & 255]);
  return Buffer.concat([head, Buffer.alloc(4), payload]);
}

const upgrade = (identity) =>
  [`GET /ocpp/${identity} HTTP/1.1`, 'Host: a', 'Upgrade: websocket', 'Connection: Upgrade', 'Sec-WebSocket-Version: 13',
    'Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==', 'Sec-WebSocket-Protocol: ocpp1.6', '', ''].join('\r\n');

test('security profile 2: Basic over TLS', async (t) => {
  const { system, authority } = await secureSystem(t, {
    options: { 'gateway.listen': '', 'gateway.security_profile': '2' },
    stations: 'BASIC-16 password=correct-horse\nBASIC-201 password=correct-horse\n',
  });
  const user = await system.user();
  for (const [identity, version] of [['BASIC-16', 'ocpp1.6'], ['BASIC-201', 'ocpp2.0.1']]) {
    await t.test(`ocpp-rpc's client, ${version}`, async (t) => {
      const station = new ocppRpc.RPCClient({
        endpoint: `wss://127.0.0.1:${system.tlsPort}/ocpp`, identity, protocols: [version], password: 'correct-horse', reconnect: false, callTimeoutMs: 10_000, wsOpts: { ca: authority.pem },
      });
      cleanup(t, () => station.close({ force: true }));
      await station.connect();
      const payload = version === 'ocpp1.6' ? { chargePointVendor: 'Example', chargePointModel: 'One' } : { reason: 'PowerUp', chargingStation: { model: 'One', vendorName: 'Example' } };
      assert.equal((await station.call('BootNotification', payload)).status, 'Accepted');
      const shown = await system.shows(user, `/api/connections/${identity}`, ({ status }) => status === 'online');
      assert.equal(shown.securityProfile, 2);
    });
  }
  await t.test('wrong and missing passwords get 401 before the upgrade', async () => {
    await assert.rejects(system.secureStation('BASIC-16', basic('BASIC-16', 'wrong')), { status: 401 });
    await assert.rejects(system.secureStation('BASIC-16'), { status: 401 });
    assert.equal((await securityEvents(system, user, 'AUTH_FAILED', 2))[0].identity, 'BASIC-16');
  });
  await t.test('TLS 1.2 with the suites of OCPP, TLS 1.3, nothing older or weaker', async () => {
    const open = async (options) => (await system.secureStation('BASIC-16', { ...basic('BASIC-16', 'correct-horse'), ...options })).call('Heartbeat');
    for (const ciphers of ['ECDHE-ECDSA-AES128-GCM-SHA256', 'ECDHE-ECDSA-AES256-GCM-SHA384']) await open({ maxVersion: 'TLSv1.2', ciphers });
    await open({ minVersion: 'TLSv1.3' });
    await assert.rejects(open({ minVersion: 'TLSv1', maxVersion: 'TLSv1.1', ciphers: 'DEFAULT:@SECLEVEL=0' }));
    await assert.rejects(open({ maxVersion: 'TLSv1.2', ciphers: 'ECDHE-ECDSA-AES128-SHA' }));
    const texts = (await securityEvents(system, user, 'PROTOCOL_VIOLATION', 2)).map((event) => JSON.stringify(event)).join();
    assert.match(texts, /unsupported protocol/);
    assert.match(texts, /no shared cipher/);
  });
  await t.test('who does not trust the gateway is recorded', async () => {
    const strange = new Authority(system.directory, 'strange').cert;
    const client = spawnSync('openssl', ['s_client', '-connect', `127.0.0.1:${system.tlsPort}`, '-verify_return_error', '-CAfile', strange], { input: '', timeout: 10_000 });
    assert.notEqual(client.status, 0);
    assert.match(JSON.stringify(await securityEvents(system, user, 'ANOMALY')), /alert (unknown ca|bad certificate)/);
  });
  await t.test('plain HTTP is answered in words, and recorded once for each', async () => {
    const { text, closed } = await exchange(system.tlsPort, upgrade('BASIC-16'));
    assert.ok(closed);
    assert.match(text, /^HTTP\/1\.1 400 [^]*connect to wss:/);
    const events = await securityEvents(system, user, 'PROTOCOL_VIOLATION', 3);
    assert.match(JSON.stringify(events), /no TLS on the port for it: http request/);
    await exchange(system.tlsPort, 'log\u001b[31m line\nforged: yes\r\n\r\n');
    await securityEvents(system, user, 'PROTOCOL_VIOLATION', 4);
    assert.ok(!/forged/.test(system.gateway.stderr));
  });
  await t.test('failures of one address are recorded up to a limit', async () => {
    for (let i = 0; i < 30; i++) await exchange(system.tlsPort, 'GET / HTTP/1.1\r\n\r\n');
    const [{ count = 1 }] = await securityEvents(system, user, 'RATE_LIMIT');
    assert.equal(count, 1);
    const all = await user.get('/api/security-events?category=PROTOCOL_VIOLATION');
    assert.ok(all.events.length <= 14, `${all.events.length} events`);
    await (await system.secureStation('BASIC-16', basic('BASIC-16', 'correct-horse'))).call('Heartbeat'); // neighbours do not suffer
  });
});

test('security profile 3: client certificates', async (t) => {
  const system3 = await secureSystem(t, { options: { 'gateway.listen': '' } , dashboard: false });
  const { system, authority, directory } = system3;
  await system.gateway.stop();
  Object.assign(system.options, { 'gateway.security_profile': '3', 'gateway.tls_client_ca': authority.cert, 'gateway.stations': path.join(directory, 'stations') });
  fs.writeFileSync(system.options['gateway.stations'], 'SAME\nMAPPED certificate=SERIAL-0815\nCP-0001 certificate=SAME\n', { mode: 0o600 });
  await system.startGateway();
  await system.startDashboard();
  const user = await system.user();
  const clients = Object.fromEntries(['SAME', 'SERIAL-0815'].map((name) => [name, authority.issue(name)]));

  for (const maxVersion of ['TLSv1.2', 'TLSv1.3']) {
    await t.test(`the right ones, ${maxVersion}`, async () => {
      await (await system.secureStation('SAME', { ...clients.SAME, maxVersion })).call('Heartbeat');
      await (await system.secureStation('MAPPED', { ...clients['SERIAL-0815'], protocol: 'ocpp2.0.1', maxVersion })).boot();
      assert.equal((await system.shows(user, '/api/connections/MAPPED', ({ status }) => status === 'online')).securityProfile, 3);
    });
  }
  await t.test('another station\'s', async () => {
    await assert.rejects(system.secureStation('MAPPED', clients.SAME), { status: 403 });
    await assert.rejects(system.secureStation('SAME', clients['SERIAL-0815']), { status: 403 });
    const [event] = await securityEvents(system, user, 'AUTH_FAILED', 2);
    assert.equal(event.identity, 'SAME');
    assert.match(JSON.stringify(event), /is that of ..?SERIAL-0815/);
  });
  await t.test('none, of an unknown authority, expired, of two names', async () => {
    const strange = new Authority(directory, 'strange').issue('SAME');
    await assert.rejects(system.secureStation('SAME'));
    await assert.rejects(system.secureStation('SAME', { cert: strange.cert, key: strange.key }));
    await assert.rejects(system.secureStation('SAME', authority.issue('SAME-old', { days: -1, subject: '/CN=SAME' })));
    await assert.rejects(system.secureStation('SAME', authority.issue('SAME-two', { subject: '/CN=OTHER/CN=SAME' })), { status: 403 });
    const texts = JSON.stringify(await securityEvents(system, user, 'AUTH_FAILED', 6));
    for (const reason of [/did not return a certificate/, /unable to get (local )?issuer certificate|unable to verify/, /certificate has expired/, /one common name/]) assert.match(texts, reason);
  });
  await t.test('simulated stations', async () => {
    const files = authority.issue('SAME').files;
    const simulate = (ca) => system.run('tools/ocpp-sim', ['-u', `wss://127.0.0.1:${system.tlsPort}/ocpp`, '-C', ca, '-E', files.cert, '-K', files.key, '-n', '1', '-r', '100', '-R', '0s', '-d', '1s']);
    const sim = simulate(authority.cert);
    assert.equal((await sim.end()).code, 0, sim.stderr + sim.stdout);
    const distrustful = simulate(new Authority(directory, 'other').cert);
    assert.equal((await distrustful.end()).code, 1);
    assert.match(distrustful.stdout + distrustful.stderr, /certificate/);
  });
  await t.test('unknown stations are refused as ever', async () => {
    await assert.rejects(system.secureStation('UNLISTED', clients.SAME), { status: 404 });
  });
});

test('certificates are read again on SIGHUP, connections go on', async (t) => {
  const { system, authority, server, directory } = await secureSystem(t, { options: { 'gateway.ping_interval': '500ms' } });
  const user = await system.user();
  const before = await system.secureStation('BEFORE');
  const other = new Authority(directory, 'other');
  const renewed = other.issue('gateway');
  const reload = async (pattern) => {
    system.gateway.stderr = '';
    system.gateway.signal('SIGHUP');
    return (await system.gateway.says(pattern))[0];
  };
  fs.copyFileSync(renewed.files.key, server.files.key);
  assert.match(await reload(/the old configuration stays.*/), /mismatch/);
  fs.chmodSync(server.files.key, 0o644);
  assert.match(await reload(/the old configuration stays.*/), /chmod 600/);
  await (await system.secureStation('STILL')).call('Heartbeat');
  fs.chmodSync(server.files.key, 0o600);
  fs.copyFileSync(renewed.files.cert, server.files.cert);
  await reload(/the configuration was read again/);
  await assert.rejects(system.secureStation('AFTER', { ca: authority.pem }));
  await (await system.secureStation('AFTER', { ca: other.pem })).call('Heartbeat');
  await before.call('Heartbeat');
  await system.shows(user, '/api/overview', ({ connectedClients }) => connectedClients === 3);
});

test('beside a plain port, profile 1 is 2 over TLS', async (t) => {
  const { system } = await secureSystem(t, { options: { 'gateway.security_profile': '1' }, stations: 'ONE password=correct-horse\nTWO password=correct-horse\n' });
  const user = await system.user();
  await (await system.station('ONE', basic('ONE', 'correct-horse'))).call('Heartbeat');
  await (await system.secureStation('TWO', basic('TWO', 'correct-horse'))).call('Heartbeat');
  await assert.rejects(system.secureStation('TWO', {}), { status: 401 });
  const profiles = await system.shows(user, '/api/connections', (list) => list.length === 2);
  assert.deepEqual(profiles.map(({ identity, securityProfile }) => [identity, securityProfile]).sort(), [['ONE', 1], ['TWO', 2]]);
});

test('contradictory settings are refused with what to set', async (t) => {
  const { system, authority } = await secureSystem(t, { dashboard: false });
  const listening = { ...system.options };
  const fails = async (options, pattern) => {
    system.options = { ...listening, ...options };
    const gateway = system.run('gateway/ocpp-gateway', ['-f', '-t']);
    assert.equal((await gateway.end()).code, 1);
    assert.match(gateway.stderr, pattern);
  };
  await fails({ 'gateway.security_profile': '3', 'gateway.listen': '' }, /needs gateway\.tls_client_ca/);
  await fails({ 'gateway.tls_client_ca': authority.cert }, /is for gateway\.security_profile = 3/);
  await fails({ 'gateway.security_profile': '3', 'gateway.tls_client_ca': authority.cert }, /over TLS only, but gateway\.listen is 127\.0\.0\.1/);
  await fails({ 'gateway.security_profile': '2', 'gateway.listen': '', 'gateway.stations': '' }, /needs gateway\.stations/);
  await fails({ 'gateway.security_profile': '2', 'gateway.listen': '', 'gateway.tls_listen': '' }, /set gateway\.tls_listen, gateway\.tls_cert/);
  await fails({ 'gateway.tls_key': '' }, /gateway\.tls_cert is set, gateway\.tls_key is not/);
  await fails({ 'gateway.tls_cert': '/nonexistent' }, /certificate \/nonexistent: No such file/);
});

test('handshakes that drip or stay half done hold up nobody', async (t) => {
  const { system, authority } = await secureSystem(t, { options: { 'gateway.handshake_timeout': '1s', 'gateway.max_handshakes': '150' }, dashboard: false });
  const station = await system.secureStation('BUSY');
  const hello = await clientHello();
  const half = Array.from({ length: 200 }, (_, i) => {
    const socket = net.connect(system.tlsPort, '127.0.0.1');
    const each = { socket, closed: false, began: Date.now() };
    socket.on('error', () => {}).on('close', () => (each.closed = Date.now())).resume();
    socket.on('connect', () => socket.write(i % 2 ? hello.subarray(0, 20) : hello)); // a piece of the first message; or all of it, and never another
    cleanup(t, () => socket.destroy());
    return each;
  });
  const dripping = net.connect(system.tlsPort, '127.0.0.1').on('error', () => {});
  cleanup(t, () => dripping.destroy());
  let at = 0, dripped = false;
  const drip = setInterval(() => dripping.write(hello.subarray(at, ++at)), 40);
  cleanup(t, () => clearInterval(drip));
  dripping.resume().on('close', () => (dripped = Date.now()));
  const began = Date.now();
  for (let i = 0; i < 5; i++) await (await system.secureStation(`OTHER-${i}`)).call('Heartbeat');
  await station.call('Heartbeat');
  assert.ok(Date.now() - began < 1000 * patience, 'others come in while they stand there');
  await until('all are cut', () => half.every(({ closed }) => closed) && dripped, 5 * patience);
  assert.ok(dripped - began >= 900, 'not before the deadline');
  await (await system.secureStation('AFTER')).call('Heartbeat');
});

/** The first message of a client, to be sent by hand. */
async function clientHello() {
  const server = net.createServer();
  await new Promise((resolve) => server.listen(0, '127.0.0.1', resolve));
  const bytes = new Promise((resolve) => server.once('connection', (socket) => socket.once('data', (data) => (resolve(data), socket.destroy()))));
  const client = tls.connect(server.address().port, '127.0.0.1').on('error', () => {});
  const hello = await bytes;
  client.destroy();
  server.close();
  return hello;
}

test('messages arrive whole, however they are cut', async (t) => {
  const { system, authority } = await secureSystem(t, {
    options: { 'gateway.max_message': '1M', 'gateway.max_output': '2M', 'gateway.message_burst': '100000', 'gateway.message_rate': '100000' },
  });
  const user = await system.user();
  await t.test('a message of many records', async () => {
    const station = await system.secureStation('LARGE', { protocol: 'ocpp2.0.1' });
    await station.boot();
    const data = randomBytes(40_000).toString('base64');
    await station.call('DataTransfer', { vendorId: 'x', data });
    const list = await system.shows(user, '/api/messages?identity=LARGE&method=DataTransfer', (list) => list.length === 2);
    assert.equal(list.find(({ direction }) => direction === 'IN').params.data, data, 'what is recorded is what was sent');
    const large = JSON.stringify([2, 'large', 'DataTransfer', { vendorId: 'x', data: randomBytes(600_000).toString('base64') }]);
    station.raw(large);
    await until('it is answered', () => station.frames.some(([type, id]) => type === 3 && id === 'large'));
    await system.shows(user, '/api/messages?identity=LARGE', (all) => all.some(({ raw }) => raw && large.startsWith(raw.slice(0, 4000))));
  });
  await t.test('many answers at once', async () => {
    const station = await system.secureStation('MANY');
    station.socket.pause(); // the gateway has to wait with what the socket doesn't take
    const calls = Array.from({ length: 8_000 }, (_, i) => station.call('Heartbeat', {}, `m${i}`));
    await new Promise((resolve) => setTimeout(resolve, 300));
    station.socket.resume();
    await Promise.all(calls);
    assert.deepEqual(station.frames.map(([, id]) => id), Array.from({ length: 8_000 }, (_, i) => `m${i}`));
  });
  const heartbeats = (from, to) => Array.from({ length: to - from }, (_, i) => frame(`[2,"h${from + i}","Heartbeat",{}]`));
  await t.test('handshake and messages in one record, then nothing more', async (t) => {
    const raw = await rawConnection(t, system, authority.pem);
    raw.socket.write(Buffer.concat([Buffer.from(upgrade('EARLY')), ...heartbeats(0, 400)])); // 16 KiB hold all of it
    await until('all are answered', () => raw.text.includes('[3,"h399",'));
  });
  await t.test('records of one byte', async (t) => {
    const raw = await rawConnection(t, system, authority.pem);
    for (const byte of Buffer.concat([Buffer.from(upgrade('BYTES')), ...heartbeats(0, 3)])) raw.socket.write(Buffer.from([byte]));
    await until('all are answered', () => raw.text.includes('[3,"h2",'));
  });
});
