// A dashboard that stands still must not be felt by a station; what it misses is counted.
import assert from 'node:assert/strict';
import test from 'node:test';
import { System, patience, sleep, until } from './harness.mjs';

const seconds = Number(process.env.OCPP_BOARD_STALL ?? 20);
const rate = Math.round(Number(process.env.OCPP_BOARD_RATE ?? 2000) / patience);

/** Runs the simulator open loop; resolves to its summary. */
async function load(system, duration) {
  const sim = system.run('tools/ocpp-sim', ['-u', `ws://127.0.0.1:${system.gatewayPort}/ocpp`, '-n', '100', '-m', String(rate), '-d', `${duration}s`, '-R', '0s', '-j', '-q']);
  const { code } = await sim.end(duration + 30);
  assert.equal(code, 0, sim.stderr);
  return JSON.parse(sim.stdout);
}

async function stalled(t, options) {
  const system = await System.start(t, { options });
  const user = await system.user();
  const stream = system.stream(user, '/api/messages/stream');
  await until('the stream is open', () => stream.of('connected').length === 1);
  const calm = await load(system, Math.min(seconds, 5));
  await until('the stream has it all', async () => stream.of('message').length + lost(stream) >= 2 * calm.calls_answered);
  system.boardd.signal('SIGSTOP');
  const began = stream.of('message').length;
  const busy = await load(system, seconds);
  system.boardd.signal('SIGCONT');
  return { system, user, stream, calm, busy, began };
}

const lost = (stream) => stream.of('lost').reduce((sum, { json }) => sum + json.count, 0);

test(`boardd stopped for ${seconds} s at ${rate} messages/s: answers are unaffected`, async (t) => {
  const { stream, calm, busy, user } = await stalled(t, { 'shm.messages_size': '256M' });
  assert.equal(busy.calls_failed ?? 0, 0);
  t.diagnostic(`p99 before ${calm.p99_ms} ms, while stopped ${busy.p99_ms} ms`);
  assert.ok(busy.p99_ms < Math.max(20, 5 * calm.p99_ms) * patience, 'latency as before');
  const all = 2 * (calm.calls_answered + busy.calls_answered);
  await until('boardd caught up', async () => (await user.get('/api/overview')).totalMessages >= all, 30);
  assert.equal(lost(stream), 0, 'a ring that holds it all loses nothing');
});

test('with a small ring it says exactly how many it lost', async (t) => {
  const { stream, system, user } = await stalled(t, { 'shm.messages_size': '1M' });
  const station = await system.station('LAST');
  await station.call('Heartbeat', {}, 'the-last');
  await until('the stream is at the end', () => stream.of('message').some(({ json }) => json.messageId === 'the-last' && json.direction === 'OUT'), 30);
  const ids = stream.of('message').map(({ id }) => BigInt(/(\d+)$/.exec(id)[1]));
  const gaps = ids.reduce((sum, id, i) => (i === 0 ? sum : sum + Number(id - ids[i - 1] - 1n)), 0);
  assert.ok(gaps > 0, 'something was lost');
  assert.equal(lost(stream), gaps);
  const events = await user.get('/api/system-events');
  assert.ok(events.events.some(({ category }) => category === 'LOST'), 'and there is an event');
  await sleep(0);
});
