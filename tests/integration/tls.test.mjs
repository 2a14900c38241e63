// The dashboard over https: what it refuses, what it tells browsers, and new certificates without a restart.
import assert from 'node:assert/strict';
import { execFileSync, spawnSync } from 'node:child_process';
import fs from 'node:fs';
import https from 'node:https';
import path from 'node:path';
import test from 'node:test';
import tls from 'node:tls';
import { System, cleanup, exchange, patience, privateDirectory, until } from './harness.mjs';

/** A new key with a certificate that signs itself. */
function makeCertificate(directory, name) {
  const files = { cert: path.join(directory, `${name}.cert`), key: path.join(directory, `${name}.key`) };
  const subject = ['-subj', '/CN=localhost', '-addext', 'subjectAltName=DNS:localhost,IP:127.0.0.1'];
  const kind = ['-x509', '-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:P-256', '-nodes', '-days', '30'];
  execFileSync('openssl', ['req', ...kind, ...subject, '-keyout', files.key, '-out', files.cert], { stdio: 'pipe' });
  fs.chmodSync(files.key, 0o600);
  return { ...files, pem: fs.readFileSync(files.cert, 'utf8') };
}

async function secureSystem(t, options = {}) {
  const directory = privateDirectory(t);
  const certificate = makeCertificate(directory, 'first');
  const system = await System.start(t, { options: { 'board.tls_cert': certificate.cert, 'board.tls_key': certificate.key, ...options } });
  return { system, directory, certificate };
}

/** One request; resolves to { status, headers, text, fingerprint }. */
function secureRequest({ port, ca, agent = false }, method, target, { headers = {}, body } = {}) {
  return new Promise((resolve, reject) => {
    const outgoing = https.request({ host: '127.0.0.1', port, ca, method, path: target, headers, agent }, (response) => {
      const { fingerprint256: fingerprint } = response.socket.getPeerCertificate();
      let text = '';
      response.setEncoding('utf8').on('data', (part) => (text += part));
      response.on('end', () => resolve({ status: response.statusCode, headers: response.headers, text, fingerprint }));
    });
    outgoing.on('error', reject);
    outgoing.setTimeout(20_000, () => outgoing.destroy(new Error(`no answer to ${method} ${target} in 20 s`)));
    outgoing.end(body);
  });
}

async function logIn(where, token) {
  const headers = { 'content-type': 'application/json' };
  const { status, headers: reply, text } = await secureRequest(where, 'POST', '/api/auth/login', { headers, body: JSON.stringify({ token }) });
  assert.equal(status, 200, text);
  const [cookie] = reply['set-cookie'];
  return { cookie, headers: { ...headers, cookie: cookie.split(';')[0], 'x-csrf-token': JSON.parse(text).csrfToken } };
}

/** An event stream's text as it comes. */
function openStream(t, { port, ca }, headers) {
  const stream = { text: '', ended: false };
  const outgoing = https.get({ host: '127.0.0.1', port, ca, path: '/api/messages/stream', headers, agent: false }, (response) => {
    response.setEncoding('utf8').on('data', (part) => (stream.text += part));
    response.on('close', () => (stream.ended = true)).on('error', () => {});
  });
  outgoing.on('error', () => (stream.ended = true));
  cleanup(t, () => outgoing.destroy());
  return stream;
}

/** Connects with these options; resolves to the error's text, or '' when the handshake went through. */
function handshake(port, options) {
  return new Promise((resolve) => {
    const socket = tls.connect({ host: '127.0.0.1', port, rejectUnauthorized: false, ...options });
    const finish = (text) => {
      socket.destroy();
      resolve(text);
    };
    socket.on('secureConnect', () => finish('')).on('error', (error) => finish(`${error.code} ${error.message}`));
    socket.on('close', () => resolve('closed'));
    socket.setTimeout(10_000, () => finish('no answer'));
  });
}

test('https', async (t) => {
  const { system, certificate } = await secureSystem(t, { 'board.request_timeout': '1s' });
  const where = { port: system.boardPort, ca: certificate.pem };
  const url = `https://localhost:${system.boardPort}`;

  await t.test('curl is content with it', () => {
    const { status, stdout, stderr } = spawnSync('curl', ['-sSi', '-m', '20', '--cacert', certificate.cert, `${url}/health`], { encoding: 'utf8' });
    assert.equal(status, 0, stderr);
    assert.match(stdout, /^HTTP\/1\.1 200 /);
    assert.match(stdout, /"status":"ok"/);
  });
  await t.test('the cookie is for https and this host alone, and the session works', async () => {
    const { cookie, headers } = await logIn(where, system.token);
    assert.match(cookie, /^__Host-[^=]+=/);
    for (const word of ['Secure', 'HttpOnly', 'SameSite=Strict', 'Path=/']) assert.ok(cookie.includes(word), word);
    assert.ok(!/Domain=/i.test(cookie));
    const overview = await secureRequest(where, 'GET', '/api/overview', { headers });
    assert.equal(overview.status, 200);
    assert.match(overview.headers['strict-transport-security'], /max-age=\d{7}/);
    const head = await secureRequest(where, 'HEAD', '/api/overview', { headers });
    assert.deepEqual([head.status, head.text], [200, '']);
    const page = await secureRequest(where, 'POST', '/api/auth/logout', { headers: { ...headers, origin: `http://127.0.0.1:${system.boardPort}` }, body: '{}' });
    assert.equal(page.status, 403, 'a page that came over plain http is another origin');
  });
  await t.test('requests one after the other on one connection', async () => {
    const agent = new https.Agent({ keepAlive: true, maxSockets: 1 });
    for (let i = 0; i < 20; i++) assert.equal((await secureRequest({ ...where, agent }, 'GET', i % 2 ? '/' : '/health')).status, 200);
    agent.destroy();
  });
  await t.test('an event stream carries messages, and ends at the logout', async () => {
    const { headers } = await logIn(where, system.token);
    const stream = openStream(t, where, headers);
    await until('it is open', () => stream.text.includes('event: connected'));
    await (await system.station('TLS-1')).boot();
    await until('the messages come', () => (stream.text.match(/event: message/g) ?? []).length === 2);
    assert.equal((await secureRequest(where, 'POST', '/api/auth/logout', { headers, body: '{}' })).status, 200);
    await until('it ended', () => stream.ended, 3);
  });
  await t.test('plain http is answered in words', async () => {
    for (const method of ['GET', 'POST', 'OPTIONS']) {
      const { text, closed } = await exchange(system.boardPort, `${method} /health HTTP/1.1\r\nHost: localhost\r\n\r\n`);
      assert.ok(closed);
      assert.match(text, /^HTTP\/1\.1 400 /);
      assert.match(text, /use https/);
      assert.ok(!/Strict-Transport/i.test(text), 'nobody can be told over plain http');
    }
  });
  await t.test('old versions, weak ciphers and other protocols are refused', async () => {
    assert.match(await handshake(system.boardPort, { minVersion: 'TLSv1', maxVersion: 'TLSv1.1', ciphers: 'DEFAULT:@SECLEVEL=0' }), /protocol|version/i);
    assert.match(await handshake(system.boardPort, { maxVersion: 'TLSv1.2', ciphers: 'ECDHE-ECDSA-AES128-SHA' }), /handshake failure/i);
    assert.match(await handshake(system.boardPort, { ALPNProtocols: ['h2'] }), /no application protocol/i);
    assert.equal(await handshake(system.boardPort, { ALPNProtocols: ['h2', 'http/1.1'] }), '');
    assert.equal(await handshake(system.boardPort, { maxVersion: 'TLSv1.2' }), '');
    assert.equal(await handshake(system.boardPort, { minVersion: 'TLSv1.3' }), '');
  });
  await t.test('a handshake that never ends is given up, and so is a request', async () => {
    const began = Date.now();
    const dripping = exchange(system.boardPort, Buffer.from('16030100050100', 'hex'), { quiet: 10_000 * patience });
    const silent = exchange(system.boardPort, '', { quiet: 10_000 * patience });
    assert.equal((await secureRequest(where, 'GET', '/health')).status, 200);
    for (const each of [dripping, silent]) assert.ok((await each).closed);
    assert.ok(Date.now() - began < 8000 * patience);
  });
});

test('a new certificate is taken over at SIGHUP, a bad one is not', async (t) => {
  const { system, directory, certificate } = await secureSystem(t);
  const where = { port: system.boardPort, ca: certificate.pem };
  const agent = new https.Agent({ keepAlive: true, maxSockets: 1 });
  cleanup(t, () => agent.destroy());
  const { headers } = await logIn(where, system.token);
  const stream = openStream(t, where, headers);
  await until('it is open', () => stream.text.includes('event: connected'));
  const { fingerprint } = await secureRequest({ ...where, agent }, 'GET', '/health');
  const other = makeCertificate(directory, 'other');
  const reload = async (pattern) => {
    system.boardd.stderr = '';
    system.boardd.signal('SIGHUP');
    return (await system.boardd.says(pattern))[0];
  };

  fs.copyFileSync(other.key, certificate.key); // of another certificate
  assert.match(await reload(/warning: config: .*the old certificate and key stay/), /key .*mismatch/i);
  fs.chmodSync(certificate.key, 0o644);
  assert.match(await reload(/warning: config: .*the old certificate and key stay/), /chmod 600/);
  fs.rmSync(certificate.cert);
  assert.match(await reload(/warning: config: .*the old certificate and key stay/), /first\.cert: No such file/);
  assert.equal((await secureRequest(where, 'GET', '/health')).fingerprint, fingerprint);

  fs.chmodSync(certificate.key, 0o600);
  fs.copyFileSync(other.cert, certificate.cert);
  await reload(/read again/);
  const renewed = await secureRequest({ ...where, ca: other.pem }, 'GET', '/health');
  assert.equal(renewed.status, 200);
  assert.notEqual(renewed.fingerprint, fingerprint);
  assert.equal((await secureRequest({ ...where, agent }, 'GET', '/health')).fingerprint, fingerprint, 'the old connection goes on');
  await (await system.station('RENEWED')).boot();
  await until('the old stream goes on', () => stream.text.includes('RENEWED'));
});

test('a start without a fit key ends with the reason', async (t) => {
  const directory = privateDirectory(t);
  const { cert, key } = makeCertificate(directory, 'first');
  const system = await System.start(t, { dashboard: false });
  const fails = async (options, pattern) => {
    Object.assign(system.options, { 'board.tls_cert': cert, 'board.tls_key': key, ...options });
    const boardd = system.run('boardd/ocpp-boardd', ['-f']);
    assert.equal((await boardd.end()).code, 1);
    assert.match(boardd.stderr, pattern);
  };
  fs.chmodSync(key, 0o640);
  await fails({}, /board\.tls_key.*chmod 600/);
  fs.chmodSync(key, 0o600);
  await fails({ 'board.tls_key': '' }, /board\.tls_cert is set, board\.tls_key is not/);
  await fails({ 'board.tls_key': cert }, /first\.cert.*chmod 600|no key/);
  const locked = path.join(directory, 'locked.key');
  execFileSync('openssl', ['ec', '-in', key, '-aes128', '-passout', 'pass:secret', '-out', locked], { stdio: 'pipe' });
  fs.chmodSync(locked, 0o600);
  await fails({ 'board.tls_key': locked }, /without a passphrase/);
});
