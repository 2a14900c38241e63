// board.auth = custom: a program decides who gets in, and may be slow, wrong, or mad.
import assert from 'node:assert/strict';
import fs from 'node:fs';
import path from 'node:path';
import test from 'node:test';
import { System, User, until } from './harness.mjs';

/** Tries to log in. */
const attempt = (system, body) => new User(system.boardPort).request('POST', '/api/auth/login', { body });

// What it does is chosen by the user's name.
const program = `#!/bin/sh
read -r line
printf '%s\\n' "$line" >>@/runs
case $line in
*'"username":"ann"'*right*) echo '{"name":"Ann of the program","role":"operator","more":[1]}' ;;
*'"token":"right"'*) echo '{"name":"machine","role":"viewer"}' ;;
*env*) env >@/environment; ls -l /proc/self/fd >@/descriptors; exit 1 ;;
*slow*) sleep 0.4; echo '{"name":"slow","role":"viewer"}' ;;
*hang*) echo $$ >@/hanging; exec sleep 600 ;;
*crash*) kill -SEGV $$ ;;
*status*) echo 'cannot reach the directory' >&2; exit 3 ;;
*garbage*) echo 'no JSON' ;;
*role*) echo '{"name":"x","role":"root"}' ;;
*unnamed*) echo '{"name":"","role":"viewer"}' ;;
*endless*) exec yes ;;
*child*) sleep 600 & echo '{"name":"parent","role":"viewer"}' ;;
*) exit 1 ;;
esac
`;

async function startWithProgram(t, options = {}) {
  const system = new System(t, {});
  const file = path.join(system.directory, 'check-login');
  fs.writeFileSync(file, program.replaceAll('@', system.directory), { mode: 0o755 });
  Object.assign(system.options, { 'board.auth': 'custom', 'board.auth_program': file, 'board.auth_timeout': '1s', 'board.webui': system.directory, ...options });
  await system.startDashboard();
  system.runs = () => fs.readFileSync(path.join(system.directory, 'runs'), 'utf8').split('\n').length - 1;
  return system;
}

const children = (pid) => fs.readFileSync(`/proc/${pid}/task/${pid}/children`, 'utf8').split(' ').filter(Boolean).map(Number);

function isAlive(pid) {
  try {
    return !/^State:\s+[ZX]/m.test(fs.readFileSync(`/proc/${pid}/status`, 'utf8'));
  } catch {
    return false;
  }
}

test('a program decides', async (t) => {
  const system = await startWithProgram(t, { 'board.login_attempts': '100' });
  const login = (username, password = 'x') => attempt(system, { username, password });
  assert.equal((await new User(system.boardPort).get('/api/auth/session')).authMode, 'custom');

  await t.test('right and wrong', async () => {
    assert.deepEqual((await login('ann', 'right')).json.user, { name: 'Ann of the program', role: 'operator' });
    assert.equal((await login('ann', 'wrong')).status, 401);
    assert.equal((await attempt(system, { username: 'ann', token: 'right' })).status, 400, 'never a name without its password');
    assert.deepEqual((await attempt(system, { token: 'right' })).json.user, { name: 'machine', role: 'viewer' });
    const tricky = 'quote " backslash \\ dollar $(id) ; ünïcode';
    assert.equal((await login(tricky)).status, 401);
    const seen = fs.readFileSync(path.join(system.directory, 'runs'), 'utf8').trim().split('\n').map((line) => JSON.parse(line));
    assert.equal(seen.at(-1).username, tricky);
  });
  await t.test('a right login is remembered, a wrong one is not', async () => {
    const before = system.runs();
    assert.equal((await login('ann', 'right')).status, 200);
    assert.equal(system.runs(), before);
    assert.equal((await login('ann', 'right but not quite')).status, 200);
    assert.equal((await login('ann', 'wrong')).status, 401);
    assert.equal(system.runs(), before + 2);
    system.boardd.signal('SIGHUP');
    await until('it is forgotten', async () => (await login('ann', 'right')).status === 200 && system.runs() > before + 2);
  });
  await t.test('its surroundings are clean', async () => {
    assert.equal((await login('env')).status, 401);
    const environment = fs.readFileSync(path.join(system.directory, 'environment'), 'utf8');
    assert.deepEqual(environment.trim().split('\n').map((line) => line.split('=')[0]).filter((name) => !['PWD', 'OLDPWD', '_', 'SHLVL'].includes(name)).sort(), ['LANG', 'PATH']);
    const descriptors = fs.readFileSync(path.join(system.directory, 'descriptors'), 'utf8');
    assert.ok(!/socket|eventpoll|memfd|segment|\.sessions/.test(descriptors), descriptors);
  });
  await t.test('what fails is no login', async () => {
    for (const kind of ['crash', 'status', 'garbage', 'role', 'unnamed', 'endless']) {
      const { status: got, headers } = await login(kind);
      assert.equal(got, 503, kind);
      assert.equal(headers['set-cookie'], undefined);
    }
    await system.boardd.says(/ended with status 3: cannot reach the directory/);
  });
  await t.test('what hangs is killed, and holds up nobody', async () => {
    const begun = Date.now();
    const hanging = login('hang');
    const pid = await until('it hangs', () => Number(fs.readFileSync(path.join(system.directory, 'hanging'), 'utf8')));
    assert.equal((await login('ann', 'right')).status, 200);
    assert.equal((await login('slow')).status, 200);
    assert.equal((await hanging).status, 503);
    assert.ok(Date.now() - begun >= 1000);
    await until('it is dead', () => !isAlive(pid), 2);
    assert.equal((await login('child')).status, 200, 'a process that it leaves behind is not waited for');
  });
});

test('programs are limited in number, and end with boardd', async (t) => {
  const system = await startWithProgram(t, { 'board.auth_programs': '2', 'board.auth_timeout': '30s', 'board.login_attempts': '100' });
  const [helper] = children(system.boardd.pid);
  const hanging = [1, 2].map((n) => new User(system.boardPort).request('POST', '/api/auth/login', { body: { username: 'hang', password: `${n}` } }).catch(() => undefined));
  const programs = await until('both hang', () => {
    const pids = children(helper);
    return pids.length === 2 && pids.every((pid) => /sleep/.test(fs.readFileSync(`/proc/${pid}/comm`, 'utf8'))) && pids;
  });
  const third = await new User(system.boardPort).request('POST', '/api/auth/login', { body: { username: 'ann', password: 'right' } });
  assert.equal(third.status, 503);
  assert.equal(third.headers['retry-after'], '1');
  await system.boardd.kill();
  await Promise.all(hanging);
  await until('all have ended', () => [helper, ...programs].every((pid) => !isAlive(pid)), 3);
});
