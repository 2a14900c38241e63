// A dashboard that stands still must not be felt by a station; what it misses is counted.
import assert from 'node:assert/strict';
import test from 'node:test';
import { System, patience, until } from './harness.mjs';

const seconds = Number(process.env.OCPP_BOARD_STALL ?? 20);
const rate = Math.round(Number(process.env.OCPP_BOARD_RATE ?? 2000) / patience);

/** Runs the simulator open loop; resolves to its summary. */
async function load(system, duration) {
  const sim = system.run('tools/ocpp-sim', [
    ...['-u', `ws://127.0.0.1:${system.gatewayPort}/ocpp`, '-n', '100', '-R', '1s'],
    ...['-m', String(rate), '-d', `${duration}s`, '-j', '-q'],
  ]);
  const { code } = await sim.end(duration + 30);
  assert.equal(code, 0, sim.stderr);
  const summary = JSON.parse(sim.stdout);
  assert.deepEqual([summary.failures, summary.callErrors, summary.unanswered, summary.strays], [0, 0, 0, 0], sim.stdout);
  assert.ok(summary.results > 0.9 * rate * (duration - 1), sim.stdout);
  return summary;
}

const lost = (stream) => stream.of('lost').reduce((sum, { json }) => sum + json.count, 0);
const sequence = ({ json }) => BigInt(/-(\d+)$/.exec(json.id)[1]);

async function stall(t, options) {
  const system = await System.start(t, { options });
  const user = await system.user();
  const stream = system.stream(user, '/api/messages/stream');
  await until('the stream is open', () => stream.of('connected').length === 1);
  const calm = await load(system, 5);
  system.boardd.signal('SIGSTOP');
  const busy = await load(system, seconds);
  system.boardd.signal('SIGCONT');
  const last = await system.station('LAST');
  await last.call('Heartbeat', {}, 'the-last');
  const isLast = ({ json }) => json.messageId === 'the-last' && json.direction === 'OUT';
  await until('the stream is at the end', () => isLast(stream.of('message').at(-1) ?? { json: {} }), 60);
  const ids = stream.of('message').map(sequence);
  const missing = Number(ids.at(-1) - ids[0] + 1n) - ids.length;
  return { user, stream, calm, busy, missing };
}

test(`boardd stopped for ${seconds} s at ${rate} messages/s: answers are unaffected and nothing is lost`, async (t) => {
  const { stream, calm, busy, missing } = await stall(t, { 'shm.messages_size': '256M' });
  for (const share of ['p50', 'p99']) t.diagnostic(`${share} before ${calm.latencyMs[share]} ms, while stopped ${busy.latencyMs[share]} ms`);
  assert.ok(busy.latencyMs.p50 < Math.max(5, 3 * calm.latencyMs.p50) * patience, 'latency as before');
  assert.ok(busy.latencyMs.max < 2000 * patience, 'no answer waited for the dashboard'); // the machine may have other work
  assert.equal(missing, 0);
  assert.equal(lost(stream), 0, 'a ring that holds it all loses nothing');
});

test('with a small ring it says exactly how many it lost', async (t) => {
  const { stream, user, missing } = await stall(t, { 'shm.messages_size': '1M' });
  assert.ok(missing > 0, 'something was lost');
  assert.equal(lost(stream), missing);
  const { events } = await user.get('/api/system-events');
  assert.ok(events.some(({ category }) => category === 'LOST'), 'and there is an event');
});
