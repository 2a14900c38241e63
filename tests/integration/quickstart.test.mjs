// ./quickstart cluster: three gateways, their ocpp-forward, a redis-server and one dashboard, started and stopped.
import assert from 'node:assert/strict';
import fs from 'node:fs';
import path from 'node:path';
import test from 'node:test';
import { spawn } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { freePort, isFree } from './free_port.mjs';
import { User, build, cleanup, patience, privateDirectory, until } from './harness.mjs';
import { hasRedis } from './redis.mjs';

const quickstart = fileURLToPath(new URL('../../quickstart', import.meta.url));
const hasForward = fs.existsSync(path.join(build, 'forward/ocpp-forward'));
const skip = (!hasRedis && 'redis-tools is not installed') || (!hasForward && 'built without hiredis');
const names = ['north', 'south', 'west'];
const stations = 25; // of each gateway

/** The first of four ports that follow each other. */
async function fourPorts() {
  return until('four ports are free', async () => {
    const first = await freePort();
    const free = await Promise.all([1, 2, 3].map((more) => isFree(first + more)));
    return free.every(Boolean) && first;
  });
}

class Cluster {
  static async make(t) {
    const cluster = new Cluster();
    cluster.run = privateDirectory(t);
    cluster.directory = path.join(cluster.run, 'cluster');
    cluster.boardPort = await freePort();
    cluster.port = await fourPorts();
    // what a sanitizer finds is in a file there, since the daemons have no standard error
    const log = (options) => `${options}:exitcode=99:log_path=${cluster.run}/sanitizer`;
    cluster.environment = {
      ...process.env,
      OCPP_BOARD_BUILD: build,
      RUN_DIRECTORY: cluster.run,
      CLUSTER_PORT: String(cluster.port),
      ASAN_OPTIONS: log('detect_leaks=1'),
      UBSAN_OPTIONS: log('print_stacktrace=1'),
    };
    cleanup(t, () => cluster.end());
    return cluster;
  }

  /** Runs quickstart; resolves to what it printed. What it leaves running has its output elsewhere. */
  async do(...words) {
    const output = path.join(this.run, 'quickstart.log');
    const file = fs.openSync(output, 'w');
    const child = spawn(quickstart, words, { env: this.environment, stdio: ['ignore', file, file] });
    fs.closeSync(file);
    let code;
    child.on('error', () => (code = -1)).on('close', (status) => (code = status ?? -1));
    try {
      await until(`quickstart ${words[0]} ends`, () => code !== undefined, 60);
    } finally {
      if (code === undefined) child.kill('SIGKILL');
    }
    const text = fs.readFileSync(output, 'utf8');
    assert.equal(code, 0, text);
    return text;
  }

  start() {
    return this.do('cluster', '-o', `board.listen=127.0.0.1:${this.boardPort}`);
  }

  /** The process ids of all that runs, by the names of their files. */
  pids() {
    const files = ['redis.pid', 'board/boardd.pid', ...names.flatMap((name) => ['gateway', 'forward', 'sim'].map((what) => `${name}/${what}.pid`))];
    const running = {};
    for (const file of files) {
      const pid = fs.existsSync(path.join(this.directory, file)) && Number(fs.readFileSync(path.join(this.directory, file), 'utf8'));
      if (pid && isAlive(pid)) running[file] = pid;
    }
    return running;
  }

  async user() {
    const user = new User(this.boardPort);
    await user.login(fs.readFileSync(path.join(this.directory, 'board/token'), 'utf8').trim());
    return user;
  }

  async end() {
    try {
      await this.do('stop');
    } finally {
      for (const pid of Object.values(this.pids())) process.kill(pid, 'SIGKILL');
    }
  }
}

function isAlive(pid) {
  try {
    return !fs.readFileSync(`/proc/${pid}/stat`, 'utf8').includes(') Z');
  } catch {
    return false;
  }
}

test('quickstart cluster: three gateways in one dashboard', { skip, timeout: 120_000 * patience }, async (t) => {
  const cluster = await Cluster.make(t);
  const printed = await cluster.start();
  assert.doesNotMatch(printed, /building|installing/);
  assert.match(printed, new RegExp(`dashboard at http://127\\.0\\.0\\.1:${cluster.boardPort}/`));
  const pids = cluster.pids();
  assert.equal(Object.keys(pids).length, 11, JSON.stringify(pids));

  const user = await cluster.user();
  await until('all stations of all gateways are connected', async () => {
    const { gateways } = await user.get('/api/telemetry');
    return names.every((name) => gateways.some((one) => one.name === name && one.connectionCount === stations));
  }, 30);
  await until('messages come from each', async () => {
    const messages = await user.get('/api/messages?limit=500');
    return names.every((name) => messages.some(({ gateway }) => gateway === name));
  }, 30);
  await t.test('a disconnect finds its way to the gateway', async () => {
    const { identity, gateway } = await until('a station is shown as connected', async () => {
      const connections = await user.get('/api/connections?limit=200');
      return connections.find((station) => station.gateway === 'west' && station.status === 'online');
    });
    const { status, json } = await user.request('POST', `/api/connections/${identity}/disconnect`, { body: { gateway } });
    assert.equal(status, 200, JSON.stringify(json));
    assert.equal(json.disconnected, true);
  });
  await t.test('started again, everything stays', async () => {
    await cluster.start();
    assert.deepEqual(cluster.pids(), pids);
  });
  const shm = fs.readlinkSync(path.join(cluster.directory, 'shm'));
  await cluster.do('stop');
  await until('all has ended', () => Object.values(pids).every((pid) => !isAlive(pid)));
  assert.equal(fs.existsSync(shm), false, 'nothing is left in shared memory');
  const reports = fs.readdirSync(cluster.run).filter((file) => file.startsWith('sanitizer'));
  assert.deepEqual(reports.map((file) => fs.readFileSync(path.join(cluster.run, file), 'utf8')), []);
});
