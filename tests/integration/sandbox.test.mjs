// The dashboard in its sandbox: everything that it has to do later still works there.
import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import fs from 'node:fs';
import path from 'node:path';
import test from 'node:test';
import { System, privateDirectory, request, until } from './harness.mjs';

const status = (program, name) => new RegExp(`^${name}:\\s+(\\d+)`, 'm').exec(fs.readFileSync(`/proc/${program.pid}/status`, 'utf8'))?.[1];

test('in the sandbox files are read again, sessions are written, a restarted gateway is found', async (t) => {
  const webui = privateDirectory(t);
  fs.writeFileSync(path.join(webui, 'index.html'), '<title>first</title>');
  const made = privateDirectory(t);
  const [statsd, pidFile] = ['statsd', 'pid'].map((name) => path.join(made, name));
  const system = await System.start(t, { options: { 'board.webui': webui, 'board.statsd': statsd, 'board.pid_file': pidFile } });
  const [, level] = await system.boardd.says(/sandbox: (.*)/);
  t.diagnostic(level);
  if (/seccomp\)/.test(level) && !/no limits on system calls|none/.test(level))
    assert.deepEqual([status(system.boardd, 'Seccomp'), status(system.boardd, 'NoNewPrivs')], ['2', '1']);

  const user = await system.user();
  await (await system.station('BEFORE')).boot();
  await system.shows(user, '/api/messages', (list) => list.length === 2);
  await system.gateway.kill();
  fs.rmSync(path.join(system.shm, 'ocpp-board.default'), { force: true }); // another file, not the same again
  await system.startGateway();
  await (await system.station('AFTER')).boot();
  await system.shows(user, '/api/connections', (list) => list.some(({ identity }) => identity === 'AFTER'));

  const token = randomBytes(32).toString('hex');
  for (const [file, text] of [[system.tokenFile, token], [path.join(webui, 'index.html'), '<title>second</title>']]) {
    fs.writeFileSync(`${file}.new`, text, { mode: 0o600 });
    fs.renameSync(`${file}.new`, file);
  }
  system.boardd.signal('SIGHUP');
  await system.boardd.says(/read again/);
  assert.match((await request(system.boardPort, 'GET', '/')).text, /second/);
  system.token = token;
  const other = await system.user();

  const sessions = fs.readdirSync(system.shm).find((name) => name.endsWith('.sessions'));
  assert.ok(sessions);
  assert.ok(fs.existsSync(statsd) && fs.existsSync(pidFile));
  await system.boardd.stop();
  assert.ok(!fs.existsSync(statsd) && !fs.existsSync(pidFile), 'what it made is removed');
  await system.startDashboard();
  assert.equal((await other.request('GET', '/api/overview')).status, 200, 'the session was written from inside');
  assert.doesNotMatch(system.boardd.stderr, /Operation not permitted|Permission denied/);
});

test('it can be switched off, and be required', async (t) => {
  const system = await System.start(t, { options: { 'board.sandbox': 'off' } });
  await system.boardd.says(/sandbox: off/);
  assert.equal(status(system.boardd, 'NoNewPrivs'), '0');
  await system.boardd.stop();
  system.options['board.sandbox'] = 'require';
  const boardd = system.run('boardd/ocpp-boardd', ['-f']);
  const started = await until('it decides', () => boardd.result ?? /listening on/.test(boardd.stderr), 15);
  if (started === true) return assert.match(boardd.stderr, /Landlock \d+\); system calls limited/);
  assert.equal(boardd.result.code, 1);
  assert.match(boardd.stderr, /board\.sandbox = require: .*missing/);
});
