// ocpp-board: start, stop, restart, status, run.
import assert from 'node:assert/strict';
import fs from 'node:fs';
import net from 'node:net';
import os from 'node:os';
import path from 'node:path';
import test from 'node:test';
import { freePort } from './free_port.mjs';
import { EventStream, Program, Station, User, build, cleanup, patience, privateDirectory, until } from './harness.mjs';

const hasForward = fs.existsSync(path.join(build, 'forward/ocpp-forward'));

class Launcher {
  static async make(t) {
    const launcher = new Launcher();
    launcher.run = path.join(privateDirectory(t), 'run');
    launcher.shm = privateDirectory(t, '/dev/shm');
    launcher.gatewayPort = await freePort();
    launcher.boardPort = await freePort();
    launcher.options = [`gateway.listen=127.0.0.1:${launcher.gatewayPort}`, `board.listen=127.0.0.1:${launcher.boardPort}`, `shm.dir=${launcher.shm}`, 'shm.messages_size=1M'];
    cleanup(t, async () => {
      await launcher.do('stop');
      for (const name of ['gateway', 'boardd', 'forward', 'supervisor']) assert.equal(launcher.pid(name), undefined, `${name} is gone`);
    });
    return launcher;
  }

  program(...command) {
    const options = this.options.flatMap((option) => ['-o', option]);
    return new Program(path.join(build, 'ocpp-board'), [...options, '-r', this.run, ...command]);
  }

  async do(...command) {
    const program = this.program(...command);
    const { code } = await program.end(30);
    return { code, stdout: program.stdout, stderr: program.stderr, text: program.stdout + program.stderr };
  }

  async must(...command) {
    const result = await this.do(...command);
    assert.equal(result.code, 0, result.text);
    return result;
  }

  /** The process id in the pid file, if that process lives. */
  pid(name) {
    try {
      const pid = Number(fs.readFileSync(path.join(this.run, `${name}.pid`), 'utf8'));
      return fs.readFileSync(`/proc/${pid}/stat`, 'utf8').includes(') Z') ? undefined : pid;
    } catch {
      return undefined;
    }
  }

  async user() {
    const user = new User(this.boardPort);
    await user.login(fs.readFileSync(path.join(this.run, 'token'), 'utf8').trim());
    return user;
  }
}

test('start, status, restart and stop', async (t) => {
  const launcher = await Launcher.make(t);
  assert.equal((await launcher.do('status')).code, 3, 'not running');

  const { stdout } = await launcher.must('start');
  const token = fs.readFileSync(path.join(launcher.run, 'token'), 'utf8').trim();
  assert.match(token, /^[0-9a-f]{64}$/);
  assert.equal(fs.statSync(path.join(launcher.run, 'token')).mode & 0o777, 0o600);
  assert.ok(stdout.includes(`http://127.0.0.1:${launcher.boardPort}/login#token=${token}`));
  assert.equal((await launcher.must('status')).code, 0);
  assert.equal((await launcher.must('start')).code, 0, 'starting what runs is fine');

  await t.test('no secret in arguments or environment', () => {
    for (const name of ['gateway', 'boardd']) {
      for (const file of ['cmdline', 'environ']) assert.ok(!fs.readFileSync(`/proc/${launcher.pid(name)}/${file}`, 'utf8').includes(token), `${name} ${file}`);
    }
  });
  await t.test('boardd has the lower weight', () => {
    const nice = (pid) => Number(fs.readFileSync(`/proc/${pid}/stat`, 'utf8').split(') ')[1].split(' ')[16]);
    assert.ok(nice(launcher.pid('boardd')) > nice(launcher.pid('gateway')));
  });
  await t.test('restart boardd leaves gateway, stations and sessions alone', async () => {
    const user = await launcher.user();
    const station = new Station(`ws://127.0.0.1:${launcher.gatewayPort}/ocpp/KEPT`);
    await station.open();
    const stream = new EventStream(user, '/api/messages/stream');
    await until('the stream is open', () => stream.of('connected').length === 1);
    const [gateway, boardd] = [launcher.pid('gateway'), launcher.pid('boardd')];
    await launcher.must('restart', 'boardd');
    assert.equal(launcher.pid('gateway'), gateway);
    assert.notEqual(launcher.pid('boardd'), boardd);
    await station.call('Heartbeat');
    await until('the stream comes back and has it', () => stream.of('message').length === 2);
    assert.equal(station.closed, undefined);
    assert.equal((await user.get('/api/auth/session')).authenticated, true);
    assert.equal(fs.readFileSync(path.join(launcher.run, 'token'), 'utf8').trim(), token, 'the token stays');
    stream.close();
    station.terminate();
  });
  await t.test('one of them stopped, one killed', async () => {
    await launcher.must('stop', 'boardd');
    assert.equal((await launcher.do('status', 'boardd')).code, 3);
    assert.equal((await launcher.do('status', 'gateway')).code, 0);
    assert.equal((await launcher.do('status')).code, 3);
    process.kill(launcher.pid('gateway'), 'SIGKILL');
    await until('it is dead', () => launcher.pid('gateway') === undefined);
    assert.equal((await launcher.do('status', 'gateway')).code, 1, 'dead with a pid file');
    await launcher.must('start');
    await launcher.must('status');
  });
  await launcher.must('stop');
  assert.equal((await launcher.do('status')).code, 3);
  assert.equal((await launcher.must('stop')).code, 0, 'stopping what does not run is fine');
});

test('start fails loudly', async (t) => {
  const launcher = await Launcher.make(t);
  await t.test('when a port is taken', async (t) => {
    for (const port of [launcher.gatewayPort, launcher.boardPort]) {
      const server = net.createServer();
      await new Promise((resolve) => server.listen(port, '127.0.0.1', resolve));
      const { code, stderr } = await launcher.do('start');
      await new Promise((resolve) => server.close(resolve));
      assert.equal(code, 1);
      assert.match(stderr, new RegExp(`${port}.*in use`, 'i'));
      await launcher.do('stop');
    }
  });
  await t.test('when the configuration is wrong', async () => {
    launcher.options.push('gateway.lisen=x');
    const { code, stderr } = await launcher.do('start');
    assert.equal(code, 1);
    assert.match(stderr, /gateway\.listen/, 'the nearest key is suggested');
    launcher.options.pop();
  });
  await t.test('when the command is wrong', async () => {
    for (const command of [[], ['begin'], ['start', 'everything'], ['-x', 'start'], ['start', 'gateway', 'boardd']]) {
      const { code, stderr } = await launcher.do(...command);
      assert.equal(code, 2);
      assert.match(stderr, /usage: ocpp-board/);
    }
  });
});

test('run keeps both alive until it is asked to stop', async (t) => {
  const launcher = await Launcher.make(t);
  const run = launcher.program('run');
  cleanup(t, () => run.stop());
  await until('both are up', () => launcher.pid('gateway') && launcher.pid('boardd'));
  await until('the dashboard answers', async () => (await launcher.user()).get('/api/overview'));

  for (const name of ['boardd', 'gateway']) {
    const before = launcher.pid(name);
    process.kill(before, 'SIGKILL');
    await until(`${name} is there again`, () => launcher.pid(name) && launcher.pid(name) !== before, 15);
  }
  assert.match(run.stderr, /boardd ended .*again in 1 s/);
  await until('the dashboard answers', async () => (await launcher.user()).get('/api/overview'));
  assert.equal((await launcher.do('start')).code, 1, 'a second one is refused');
  assert.match((await launcher.do('stop', 'boardd')).stderr, /belong to/);

  const boardd = launcher.pid('boardd');
  await launcher.must('restart', 'boardd');
  await until('boardd was restarted', () => launcher.pid('boardd') && launcher.pid('boardd') !== boardd);
  const began = Date.now();
  await launcher.must('stop');
  const { code } = await run.end();
  assert.equal(code, 0, run.stderr);
  assert.ok(Date.now() - began < 10_000 * patience);
});

const forwardTest = { timeout: 60_000 * patience, skip: !hasForward && 'built without hiredis' };

/** A launcher whose ocpp-forward has a store where nobody is: it waits. */
async function withForward(t) {
  const launcher = await Launcher.make(t);
  launcher.options.push(`forward.store=redis://127.0.0.1:${await freePort()}/0`);
  return launcher;
}

test('ocpp-forward is started, told of and stopped when it is named', forwardTest, async (t) => {
  const launcher = await withForward(t);
  assert.equal((await launcher.do('status', 'forward')).code, 3);
  assert.match((await launcher.must('start', 'forward')).text, /forward started \(pid \d+\)/);
  const pid = launcher.pid('forward');
  assert.equal(os.getPriority(pid), 10, 'it gives way to the gateway');
  assert.match((await launcher.must('status', 'forward')).text, /forward runs/);
  await launcher.must('restart', 'forward');
  assert.notEqual(launcher.pid('forward'), pid);
  assert.match((await launcher.do('status')).text, /gateway does not run[^]*forward runs/);
  await launcher.do('stop');
  assert.equal(launcher.pid('forward'), undefined, 'stop without a name stops it too');
});

test('start without a name starts ocpp-forward where forward.store is set', forwardTest, async (t) => {
  const launcher = await withForward(t);
  assert.match((await launcher.must('start')).text, /gateway started[^]*boardd started[^]*forward started/);
  assert.match((await launcher.must('status')).text, /forward runs/);
  launcher.options.pop();
  assert.match((await launcher.must('status')).text, /forward runs/, 'told of where it runs, wanted or not');
  await launcher.must('stop');
  assert.equal(launcher.pid('forward'), undefined);
  assert.doesNotMatch((await launcher.must('start')).text, /forward/, 'without a store nobody wants it');
});

test('run watches ocpp-forward where forward.store is set', forwardTest, async (t) => {
  const launcher = await withForward(t);
  const run = launcher.program('run');
  cleanup(t, () => run.stop());
  await until('all are up', () => ['gateway', 'boardd', 'forward'].every((name) => launcher.pid(name)));
  const before = launcher.pid('forward');
  assert.equal(os.getPriority(before), 10, 'it gives way to the gateway');
  process.kill(before, 'SIGKILL');
  await until('it is there again', () => launcher.pid('forward') && launcher.pid('forward') !== before, 15);
  assert.match(run.stderr, /forward ended .*again in 1 s/);
  const second = launcher.pid('forward');
  await launcher.must('restart', 'forward');
  await until('it was restarted', () => launcher.pid('forward') && launcher.pid('forward') !== second, 15);
  assert.match((await launcher.do('stop', 'forward')).stderr, /belong to/);
  await launcher.must('stop');
  assert.equal((await run.end()).code, 0, run.stderr);
  assert.equal(launcher.pid('forward'), undefined);
});

test('run that does not watch ocpp-forward leaves it to who started it', forwardTest, async (t) => {
  const launcher = await Launcher.make(t);
  const run = launcher.program('run');
  cleanup(t, () => run.stop());
  await until('both are up', () => launcher.pid('gateway') && launcher.pid('boardd'));
  launcher.options.push(`forward.store=redis://127.0.0.1:${await freePort()}/0`);
  await launcher.must('start', 'forward');
  await launcher.must('restart', 'forward');
  await launcher.must('stop', 'forward');
  await launcher.must('start', 'forward');
  assert.equal((await launcher.do('start')).code, 1, 'the others belong to run');
  await launcher.must('stop');
  assert.equal((await run.end()).code, 0, run.stderr);
  assert.equal(launcher.pid('forward'), undefined);
});
