// Who gets in, as whom, for how long, and what happens to those who guess.
import assert from 'node:assert/strict';
import { execFileSync, spawnSync } from 'node:child_process';
import fs from 'node:fs';
import http from 'node:http';
import path from 'node:path';
import test from 'node:test';
import { System, User, build, cleanup, patience, request, sleep, until } from './harness.mjs';

const boardd = path.join(build, 'boardd/ocpp-boardd');
const passwords = { ann: 'correct horse', bob: 'battery staple' };

/** A dashboard without a gateway: nobody here needs one. */
async function start(t, options = {}) {
  const system = new System(t, options);
  system.options['board.webui'] = system.directory;
  await system.startDashboard();
  return system;
}

function setPassword(file, name, password, role) {
  execFileSync(boardd, ['passwd', '-r', role, file, name], { input: `${password}\n`, stdio: ['pipe', 'pipe', 'pipe'] });
}

async function startWithUsers(t, options = {}) {
  const system = new System(t, {});
  const users = path.join(system.directory, 'users');
  setPassword(users, 'ann', passwords.ann, 'operator');
  setPassword(users, 'bob', passwords.bob, 'viewer');
  Object.assign(system.options, { 'board.auth': 'credentials', 'board.users': users, 'board.webui': system.directory, 'board.login_rate': '1000', ...options });
  await system.startDashboard();
  system.users = users;
  return system;
}

const credentials = (username, password = passwords[username]) => ({ username, password });

/** Tries to log in; again while there is too much to do. */
async function attempt(system, body, address) {
  const user = new User(system.boardPort, address);
  for (;;) {
    const response = await user.request('POST', '/api/auth/login', { body });
    if (response.status !== 503 || !/at the moment/.test(response.text)) return response;
  }
}

async function loggedIn(system, body, address) {
  const user = new User(system.boardPort, address);
  await until('the login is taken', async () => (await user.login(body)).status === 200);
  return user;
}

/** An open event stream; `closed` is the time at which it ended. */
function openStream(t, user) {
  const stream = { closed: undefined };
  return new Promise((resolve, reject) => {
    const outgoing = http.get({ host: '127.0.0.1', port: user.port, path: '/api/messages/stream', headers: { cookie: user.cookie }, agent: false }, (response) => {
      if (response.statusCode !== 200) reject(new Error(`stream: ${response.statusCode}`));
      response.on('data', () => resolve(stream));
      response.on('error', () => {});
      response.on('close', () => (stream.closed = Date.now()));
    });
    outgoing.on('error', reject);
    cleanup(t, () => outgoing.destroy());
  });
}

const status = async (user, url = '/api/overview', options) => (await user.request('GET', url, options)).status;

async function securityEvents(system, user, category) {
  return (await user.get(`/api/security-events?category=${category}&limit=1000`)).events;
}

/** Tests that mostly wait: they do so at the same time, at the end. */
const waits = [];
const waiting = (...test) => waits.push(test);

test('the modes and who they say is there', async (t) => {
  await t.test('none', async (t) => {
    const system = await start(t, { 'board.auth': 'none' });
    const user = new User(system.boardPort);
    const session = await user.get('/api/auth/session');
    assert.deepEqual([session.authMode, session.authenticated, session.user.role], ['disabled', true, 'operator']);
    assert.equal((await attempt(system, { token: 'x' })).status, 400);
  });
  await t.test('token', async (t) => {
    const system = await start(t);
    assert.equal((await new User(system.boardPort).get('/api/auth/session')).authMode, 'token');
    assert.equal((await attempt(system, { token: `${system.token}x` })).status, 401);
    assert.equal((await attempt(system, credentials('ann'))).status, 400);
    const user = await loggedIn(system, system.token);
    assert.deepEqual((await user.get('/api/auth/session')).user, { name: 'token', role: 'operator' });
  });
  await t.test('credentials', async (t) => {
    const system = await startWithUsers(t, { 'board.login_attempts': '100' });
    assert.equal((await new User(system.boardPort).get('/api/auth/session')).authMode, 'credentials');
    for (const wrong of [credentials('ann', 'x'), credentials('ann', passwords.bob), credentials('nobody', 'x'), credentials('ann', 'x'.repeat(256))])
      assert.equal((await attempt(system, wrong)).status, 401);
    for (const bad of [{}, { username: 'ann' }, { username: 'ann', password: 7 }, { token: 'x' }, { token: 'x', username: 'ann', password: passwords.ann }, { username: 'ann', password: 'x'.repeat(257) },
      { username: 'x'.repeat(64), password: 'x' }, { username: 'ann', password: '' }, [], null, 'text', '{', '', '{"username":"ann\\u0000","password":"x"}'])
      assert.equal((await attempt(system, bad)).status, 400, JSON.stringify(bad));
    const user = await loggedIn(system, credentials('ann'));
    assert.deepEqual((await user.get('/api/auth/session')).user, { name: 'ann', role: 'operator' });
  });
});

test('a viewer reads and an operator operates', async (t) => {
  const system = await startWithUsers(t);
  const operator = await loggedIn(system, credentials('ann'));
  const viewer = await loggedIn(system, credentials('bob'));
  for (const [user, answers] of [[viewer, 403], [operator, 404]]) {
    assert.equal(await status(user), 200);
    const { status: got, json } = await user.request('POST', '/api/connections/NONE/purge', { body: {} });
    assert.equal(got, answers, json.error);
  }
  viewer.csrf = undefined;
  assert.equal((await viewer.request('POST', '/api/auth/logout', { body: {} })).status, 403, 'without the CSRF token');
});

test('API tokens: scopes, no cookie, no CSRF token', async (t) => {
  const system = new System(t, {});
  const file = path.join(system.directory, 'api_tokens');
  const make = (name, scopes) => execFileSync(boardd, ['token', '-s', scopes, file, name], { encoding: 'utf8' }).trim();
  const tokens = { read: make('reader', 'read'), operate: make('operator', 'operate'), metrics: make('scraper', 'metrics'), both: make('both', 'read,operate') };
  assert.equal(fs.statSync(file).mode & 0o777, 0o600);
  for (const token of Object.values(tokens)) assert.ok(!fs.readFileSync(file, 'utf8').includes(token), 'only a hash is kept');
  Object.assign(system.options, { 'board.api_tokens': file, 'board.webui': system.directory });
  await system.startDashboard();
  const as = (token) => ({ authorization: `Bearer ${token}` });
  const get = async (url, token) => (await request(system.boardPort, 'GET', url, { headers: as(token) })).status;
  const purge = (token) => request(system.boardPort, 'POST', '/api/connections/NONE/purge', { headers: { ...as(token), 'content-length': '0' } });
  const table = { read: [200, 200, 403], operate: [403, 403, 404], metrics: [403, 200, 403], both: [200, 200, 404] };
  for (const [name, expected] of Object.entries(table)) {
    const response = await purge(tokens[name]);
    assert.equal(response.headers['set-cookie'], undefined);
    assert.deepEqual([await get('/api/overview', tokens[name]), await get('/metrics', tokens[name]), response.status], expected, name);
  }
  const body = '{"queue":3}';
  const put = async (token) => (await request(system.boardPort, 'POST', '/api/metrics', { headers: { ...as(token), 'content-type': 'application/json', 'content-length': body.length }, body })).status;
  assert.deepEqual([await put(tokens.read), await put(tokens.operate), await put(tokens.metrics)], [403, 403, 200]);
  const session = (await request(system.boardPort, 'GET', '/api/auth/session', { headers: as(tokens.read) })).json;
  assert.deepEqual(session.user, { name: 'reader', role: 'viewer' });
  assert.equal(await get('/api/overview', system.token), 200, 'the login token is an operator');
  const user = await loggedIn(system, system.token);
  assert.equal(await status(user, '/api/overview', { headers: as('0'.repeat(64)) }), 401, 'a wrong token is not saved by a cookie');

  execFileSync(boardd, ['token', '-D', file, 'reader']);
  system.boardd.signal('SIGHUP');
  await until('the token is gone', async () => (await get('/api/overview', tokens.read)) === 401);
  for (let i = 0; i < 10; i++) await get('/api/overview', `wrong${i}`);
  assert.equal(await get('/api/overview', system.token), 429, 'guessing the login token is slow');
  assert.equal(await get('/api/overview', tokens.both), 200, 'an API token is not kept waiting by that');
  assert.equal((await attempt(system, { token: system.token })).status, 200, 'nor is a user who logs in');
});

test('a login ends the session that it came with, and takes no id that was planted', async (t) => {
  const system = await start(t);
  const user = await loggedIn(system, system.token);
  const [name] = user.cookie.split('=');
  const first = user.cookie;
  const stream = await openStream(t, user);
  await user.login(system.token);
  assert.notEqual(user.cookie, first);
  assert.equal(await status(new User(system.boardPort), '/api/overview', { headers: { cookie: first } }), 401);
  await until('its stream ends', () => stream.closed, 1);

  const planted = `${name}=${'a'.repeat(64)}`;
  const victim = new User(system.boardPort);
  victim.cookie = planted;
  await victim.login(system.token);
  assert.notEqual(victim.cookie, planted);
  assert.equal(await status(new User(system.boardPort), '/api/overview', { headers: { cookie: planted } }), 401);
});

waiting('guessing from one address', async (t) => {
  const system = await start(t, { 'board.login_attempts': '5', 'board.login_penalty': '1s', 'board.login_penalty_max': '30s' });
  const wrong = { token: 'wrong' };
  const answers = await Promise.all(Array.from({ length: 40 }, () => attempt(system, wrong, '127.0.0.2')));
  const count = (code) => answers.filter(({ status }) => status === code).length;
  assert.deepEqual([count(401), count(429)], [5, 35]);
  const late = answers.find(({ status }) => status === 429);
  assert.equal(Number(late.headers['retry-after']), late.json.retryAfter);
  assert.equal(late.json.retryAfter, 1);
  assert.equal((await attempt(system, { token: system.token }, '127.0.0.2')).status, 429, 'the right token has to wait as well');
  assert.equal((await attempt(system, { token: system.token }, '127.0.0.3')).status, 200, 'others do not');

  await until('the wait is over', async () => (await attempt(system, wrong, '127.0.0.2')).status === 401, 5);
  const longer = await attempt(system, wrong, '127.0.0.2');
  assert.equal(longer.status, 429);
  assert.equal(longer.json.retryAfter, 2, 'it has doubled');
  await until('that is over too', async () => (await attempt(system, { token: system.token }, '127.0.0.2')).status === 200, 6);

  const user = await loggedIn(system, { token: system.token }, '127.0.0.4');
  const told = await until('the events are there', async () => {
    const events = await securityEvents(system, user, 'AUTH_FAILED');
    return events.length > 0 && events;
  });
  assert.equal(told.reduce((sum, event) => sum + event.count, 0), 6, 'each wrong login is counted');
  assert.ok(told.every((event) => event.remoteAddress === '127.0.0.2'));
  const waits = await securityEvents(system, user, 'RATE_LIMIT');
  assert.equal(waits.length, 2);
});

test('guessing one account from many addresses', async (t) => {
  const system = await startWithUsers(t, { 'board.login_attempts': '5', 'board.login_penalty': '20s', 'board.login_penalty_max': '20s' });
  await loggedIn(system, credentials('bob'), '127.0.9.1');
  const counts = {};
  for (let i = 1; i <= 30; i++) {
    const { status: got } = await attempt(system, credentials('bob', `guess ${i}`), `127.0.8.${i}`);
    counts[got] = (counts[got] ?? 0) + 1;
  }
  assert.deepEqual(counts, { 401: 5, 429: 25 });
  assert.equal((await attempt(system, credentials('bob'), '127.0.8.99')).status, 429, 'from an address that nobody knows');
  assert.equal((await attempt(system, credentials('bob'), '127.0.9.1')).status, 200, 'from where bob has been before');
  assert.equal((await attempt(system, credentials('ann'), '127.0.8.98')).status, 200, 'other accounts are not concerned');
  for (let i = 1; i <= 8; i++) {
    const { status: got } = await attempt(system, credentials('nobody', 'guess'), `127.0.7.${i}`);
    assert.equal(got, i <= 5 ? 401 : 429, 'an account that does not exist looks the same');
  }
});

waiting('many wrong logins from many addresses are all counted, in few events', async (t) => {
  const system = await start(t);
  for (let batch = 0; batch < 5; batch++)
    await Promise.all(Array.from({ length: 20 }, (_, i) => attempt(system, { token: 'wrong' }, `127.1.${batch}.${i + 1}`)));
  const user = await loggedIn(system, system.token);
  await until('the counts add up', async () => {
    const events = await securityEvents(system, user, 'AUTH_FAILED');
    assert.ok(events.length < 60, `${events.length} events`);
    return events.reduce((sum, event) => sum + event.count, 0) === 100;
  });
});

test('logging out everywhere ends all sessions of a user and their streams', async (t) => {
  const system = await startWithUsers(t);
  const [one, two] = [await loggedIn(system, credentials('ann')), await loggedIn(system, credentials('ann'))];
  const other = await loggedIn(system, credentials('bob'));
  const streams = [await openStream(t, one), await openStream(t, two), await openStream(t, other)];
  assert.equal((await one.request('POST', '/api/auth/logout', { body: { everywhere: 1 } })).status, 400);
  const begun = Date.now();
  assert.equal((await one.request('POST', '/api/auth/logout', { body: { everywhere: true } })).status, 200);
  await until('the streams end', () => streams[0].closed && streams[1].closed, 3);
  assert.ok(Math.max(streams[0].closed, streams[1].closed) - begun < 1000 * patience);
  assert.equal(await status(two), 401);
  assert.equal(await status(other), 200);
  assert.equal(streams[2].closed, undefined);
});

waiting('a stream keeps its session; after session_max it ends all the same', async (t) => {
  const longest = 3 * patience; // seconds
  const system = await start(t, { 'board.session_idle': '1s', 'board.session_max': `${longest}s` });
  const begun = Date.now();
  const [reading, idle] = [await loggedIn(system, system.token), await loggedIn(system, system.token)];
  const stream = await openStream(t, reading);
  await sleep(1500); // to ask whether it has ended would be a use of it
  assert.equal(await status(idle), 401);
  assert.equal(await status(reading), 200);
  await until('the stream ends', () => stream.closed, longest + 2);
  assert.ok(stream.closed - begun < 1500 * longest);
  assert.equal(await status(reading), 401);
});

test('sessions, with names and roles, survive a restart of boardd', async (t) => {
  const system = await startWithUsers(t);
  const [ann, bob] = [await loggedIn(system, credentials('ann')), await loggedIn(system, credentials('bob'))];
  const state = path.join(system.shm, 'ocpp-board.default.sessions');
  assert.equal(fs.statSync(state).mode & 0o777, 0o600);
  await system.boardd.kill();
  await system.startDashboard();
  assert.deepEqual((await ann.get('/api/auth/session')).user, { name: 'ann', role: 'operator' });
  assert.deepEqual((await bob.get('/api/auth/session')).user, { name: 'bob', role: 'viewer' });
  await system.boardd.stop();
  setPassword(system.users, 'ann', 'another password', 'operator');
  await system.startDashboard();
  assert.equal(await status(ann), 401, 'the password has changed in the meantime');
  assert.equal(await status(bob), 200);
});

test('the users file is read again on SIGHUP', async (t) => {
  const system = await startWithUsers(t);
  const [ann, bob] = [await loggedIn(system, credentials('ann')), await loggedIn(system, credentials('bob'))];
  const stream = await openStream(t, bob);
  setPassword(system.users, 'carol', 'a new password', 'viewer');
  execFileSync(boardd, ['passwd', '-D', system.users, 'bob']);
  system.boardd.signal('SIGHUP');
  await until('bob is out', async () => (await status(bob)) === 401);
  await until('and so is his stream', () => stream.closed, 2);
  assert.equal(await status(ann), 200);
  assert.equal((await attempt(system, credentials('bob'))).status, 401);
  assert.equal((await attempt(system, credentials('carol', 'a new password'))).status, 200);

  fs.appendFileSync(system.users, 'broken\n');
  system.boardd.signal('SIGHUP');
  await system.boardd.says(/users:\d+: .*; the old one stays/);
  assert.equal((await attempt(system, credentials('carol', 'a new password'))).status, 200);
});

test('files and programs that will not do stop the start', async (t) => {
  const system = new System(t, {});
  const file = path.join(system.directory, 'users');
  fs.writeFileSync(file, 'ann:viewer:secret\n', { mode: 0o600 });
  const open = path.join(system.directory, 'open');
  setPassword(open, 'ann', 'long enough', 'viewer');
  fs.chmodSync(open, 0o644);
  const cases = [
    [{ 'board.auth': 'credentials' }, /no board\.users/],
    [{ 'board.auth': 'credentials', 'board.users': file }, /users:1: the password is no yescrypt hash/],
    [{ 'board.auth': 'credentials', 'board.users': open }, /chmod 600/],
    [{ 'board.auth': 'custom' }, /board\.auth_program/],
    [{ 'board.auth': 'custom', 'board.auth_program': '/nonexistent' }, /board\.auth_program: \/nonexistent can't be run/],
    [{ 'board.api_tokens': file }, /board\.api_tokens: .*users:1: /],
    [{ 'board.login_penalty': '1h', 'board.login_penalty_max': '1m' }, /login_penalty must not be more/],
  ];
  for (const [options, wanted] of cases) {
    const all = { ...system.options, 'board.webui': system.directory, ...options };
    const result = spawnSync(boardd, ['-f', ...Object.entries(all).flatMap(([key, value]) => ['-o', `${key}=${value}`])], { encoding: 'utf8', timeout: 10_000 * patience });
    assert.equal(result.status, 1, result.stderr);
    assert.match(result.stderr, wanted);
  }
  for (const [input, wanted] of [['short\n', /8 to 256 bytes/], ['', /no password/], [`${'x'.repeat(300)}\n`, /too long/]]) {
    const result = spawnSync(boardd, ['passwd', path.join(system.directory, 'new'), 'ann'], { input, encoding: 'utf8', timeout: 10_000 });
    assert.equal(result.status, 1);
    assert.match(result.stderr, wanted);
  }
  assert.ok(!fs.existsSync(path.join(system.directory, 'new')));
});

test('what takes its time', { concurrency: true }, (t) => Promise.all(waits.map((wait) => t.test(...wait))));
