// Numbers: telemetry, custom metrics by POST and statsd, and what Prometheus reads.
import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import fs from 'node:fs';
import path from 'node:path';
import test from 'node:test';
import { promisify } from 'node:util';
import { Program, System, cleanup, privateDirectory, request, until } from './harness.mjs';

/** What Prometheus wants of its text format, and what promtool's linter wants of the names. */
function checkMetrics(text) {
  const types = new Map();
  const samples = new Set();
  let current;
  assert.ok(text.endsWith('\n'));
  for (const line of text.trimEnd().split('\n')) {
    const help = /^# HELP ([a-z_:][a-z0-9_:]*) (\S.*)$/.exec(line);
    const type = /^# TYPE ([a-z_:][a-z0-9_:]*) (counter|gauge|histogram)$/.exec(line);
    if (help) {
      assert.ok(!types.has(help[1]), `${help[1]} has its HELP once`);
      current = help[1];
    } else if (type) {
      assert.equal(type[1], current, 'TYPE comes after HELP');
      assert.equal(type[2] === 'counter', current.endsWith('_total'), `${current}: a counter, and no other, ends in _total`);
      assert.doesNotMatch(current, /_(us|ms|milliseconds|kb|mb|percent|count|sum|bucket)(_|$)/, 'base units');
      types.set(current, type[2]);
    } else {
      const [, name, labels, value] = /^([a-z_:][a-z0-9_:]*)(\{(?:[a-z_]+="(?:[^"\\\n]|\\["\\n])*",?)+\})? (\S+)$/.exec(line) ?? assert.fail(`no sample: ${line}`);
      const base = types.get(current) === 'histogram' ? name.replace(/_(bucket|sum|count)$/, '') : name;
      assert.equal(base, current, `${name} stands with its TYPE`);
      assert.ok(types.has(current));
      assert.ok(Number.isFinite(Number(value)), line);
      assert.ok(!samples.has(name + labels), `${name}${labels} comes once`);
      samples.add(name + labels);
    }
  }
  return { types, samples };
}

const numbers = async (user, name) => {
  const { text } = await user.request('GET', '/metrics');
  return Number(new RegExp(`^${name} (\\S+)$`, 'm').exec(text)?.[1]);
};

test('custom metrics', async (t) => {
  const socket = path.join(privateDirectory(t), 'statsd');
  const system = await System.start(t, {
    options: { 'board.statsd': socket, 'board.telemetry_interval': '200ms', 'board.max_metrics': 4, 'board.metric_lifetime': '2s' },
  });
  const user = await system.user();
  const post = (body) => user.request('POST', '/api/metrics', { body });

  await t.test('by POST, in both forms', async () => {
    assert.deepEqual((await post({ 'queue.depth': 5, load: -0.5 })).json, { success: true, accepted: 2 });
    const list = { metrics: [{ name: 'jobs', value: 2, type: 'counter' }, { name: 'jobs', value: 3, type: 'counter' }, { name: 'load', value: 1 }] };
    assert.deepEqual((await post(list)).json, { success: true, accepted: 3 });
    const { custom } = await user.get('/api/telemetry');
    assert.deepEqual(custom, { 'queue.depth': 5, load: 1, jobs: 5 });
    await system.shows(user, '/api/telemetry/history', (all) => all.at(-1).custom.jobs === 5);
    const stream = system.stream(user, '/api/telemetry/stream');
    await until('the stream has them', () => stream.of('telemetry').at(-1)?.json.custom['queue.depth'] === 5);
  });
  await t.test('in /metrics, with names that Prometheus takes', async () => {
    const { text } = await user.request('GET', '/metrics');
    const { types } = checkMetrics(text);
    assert.equal(types.get('ocpp_custom_queue_depth'), 'gauge');
    assert.equal(types.get('ocpp_custom_jobs_total'), 'counter');
    assert.equal(await numbers(user, 'ocpp_custom_queue_depth'), 5);
  });
  await t.test('bad ones are a 400 that names them, and change nothing', async () => {
    const bad = [
      ['[]', /object/], ['{', /object/], [{ 'a b': 1 }, /a b/], [{ good: 1, load: 'x' }, /load/], [{ load: null }, /load/], ['{"load":1e999}', /load/],
      [{ jobs: 1 }, /jobs.*counter/], [{ 'queue-depth': 1 }, /queue-depth/], [{ metrics: [{ value: 1 }] }, /metrics\[0\]/],
      [{ metrics: [{ name: 'load', value: 1, type: 'set' }] }, /load.*type/], [{ metrics: [{ name: 'jobs', value: -1, type: 'counter' }] }, /jobs/],
      [{ ['x'.repeat(65)]: 1 }, /xxx/], [{ new1: 1, new2: 1 }, /new2.*max_metrics/],
    ];
    for (const [body, error] of bad) {
      const { status, json } = await post(body);
      assert.equal(status, 400, JSON.stringify(body));
      assert.match(json.error, error);
    }
    assert.deepEqual(Object.keys((await user.get('/api/telemetry')).custom).sort(), ['jobs', 'load', 'queue.depth']);
    assert.equal((await request(system.boardPort, 'POST', '/api/metrics', { headers: { 'content-type': 'application/json' }, body: '{"a":1}' })).status, 401);
  });
  await t.test('by lines of statsd', async () => {
    assert.equal(fs.statSync(socket).mode & 0o777, 0o660);
    const send = new Program('/usr/bin/python3', ['-c', `
import socket, sys
s = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
s.connect(sys.argv[1])
s.send(b'load:7.25|g\\njobs:2|c\\nnonsense\\n\\nload:x|g')
s.send(b'x' * 20000)
s.send(b'')
s.send(b'statsd_only:1|g')
`, socket]);
    cleanup(t, () => send.kill());
    assert.equal((await send.end()).code, 0, send.stderr);
    const { custom } = await system.shows(user, '/api/telemetry', (seen) => seen.custom.statsd_only === 1);
    assert.equal(custom.load, 7.25);
    assert.equal(custom.jobs, 7);
    assert.equal(system.boardd.stderr.match(/statsd: a line was dropped/g).length, 1, 'said once a minute');
  });
  await t.test('what is not given any more goes', async () => {
    await system.shows(user, '/api/telemetry', ({ custom }) => Object.keys(custom).length === 0);
    assert.equal((await post({ a: 1, b: 1, c: 1, d: 1 })).status, 200, 'there is room again');
  });
  await t.test('the socket goes with the dashboard, and a stale one is replaced', async () => {
    await system.boardd.kill();
    assert.ok(fs.existsSync(socket));
    await system.startDashboard();
    assert.equal(fs.statSync(socket).mode & 0o777, 0o660);
  });
});

test('telemetry and /metrics of a busy gateway', async (t) => {
  const system = await System.start(t, { options: { 'board.telemetry_interval': '200ms' } });
  const user = await system.user();
  const station = await system.station('CP1');
  await station.boot();
  for (let i = 0; i < 50; i++) await station.call('Heartbeat');
  await assert.rejects(station.call('NoSuchAction', {}));

  const telemetry = await system.shows(user, '/api/telemetry', ({ totalMessages, errorRate }) => totalMessages === 104 && errorRate > 0);
  assert.ok(telemetry.latency.p50 > 0 && telemetry.latency.p50 <= telemetry.latency.p90 && telemetry.latency.p90 <= telemetry.latency.p99);
  assert.ok(telemetry.errorRate > 1 && telemetry.errorRate < 3);
  const [gateway] = telemetry.gateways;
  for (const field of ['rss', 'cpuPercent', 'loopLagMs', 'messagesPerSecond', 'connectionCount', 'lost']) assert.equal(typeof gateway[field], 'number', field);
  for (const field of ['rss', 'cpuPercent', 'loopLagMs', 'sseClients']) assert.equal(typeof telemetry.board[field], 'number', field);
  assert.ok(telemetry.board.rss > 1e6);

  const actions = await user.get('/api/telemetry/actions');
  assert.deepEqual(actions.map(({ action, count }) => [action, count]), [['Heartbeat', 50], ['BootNotification', 1]]);
  for (const { avgMs, p50, p99, errors } of actions) assert.ok(avgMs > 0 && p50 > 0 && p50 <= p99 && errors === 0);

  await t.test('/metrics keeps the rules', async () => {
    const { text, headers } = await user.request('GET', '/metrics');
    assert.match(headers['content-type'], /^text\/plain; version=0\.0\.4/);
    const { types, samples } = checkMetrics(text);
    for (const name of ['ocpp_gateway_up', 'ocpp_gateway_messages_in_total', 'ocpp_gateway_call_duration_seconds', 'ocpp_board_stations_with_problem'])
      assert.ok(types.has(name), name);
    assert.ok(samples.has('ocpp_board_stations_with_problem{problem="errors"}'));
    assert.doesNotMatch(text, /CP1/, 'no series of a station');
  });
  await t.test('promtool accepts it, where there is one', async () => {
    const { text } = await user.request('GET', '/metrics');
    const promtool = process.env.PROMTOOL ?? 'promtool';
    const run = promisify(execFile)(promtool, ['check', 'metrics'], { timeout: 10_000 });
    run.child.stdin.on('error', () => {}).end(text);
    const { stdout, stderr } = await run.catch((error) => (error.code === 'ENOENT' ? { stdout: '', stderr: '' } : Promise.reject(error)));
    assert.equal(stdout + stderr, '');
  });
});
