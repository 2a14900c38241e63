// Many event streams while the dashboard is killed again and again: each has every message once, or is told what it lost.
import assert from 'node:assert/strict';
import test from 'node:test';
import { System, patience, sleep, until } from './harness.mjs';

const clients = Number(process.env.OCPP_BOARD_STREAMS ?? 30);
const kills = Number(process.env.OCPP_BOARD_KILLS ?? 5);
const rate = Math.round(Number(process.env.OCPP_BOARD_RATE ?? 1000) / patience);

async function load(system, seconds) {
  const sim = system.run('tools/ocpp-sim', [
    ...['-u', `ws://127.0.0.1:${system.gatewayPort}/ocpp`, '-n', '50', '-R', '1s'],
    ...['-m', String(rate), '-d', `${seconds}s`, '-j', '-q'],
  ]);
  const { code } = await sim.end(seconds + 30);
  assert.equal(code, 0, sim.stderr);
}

/** Walks through a stream's events; a message follows the one before, or a `lost` that counts what is between. */
function check(stream, name) {
  let next;
  for (const { event, json } of stream.events) {
    if (event === 'lost' && next !== undefined) next += json.count;
    if (event !== 'message') continue;
    const number = Number(/-(\d+)$/.exec(json.id)[1]);
    if (next !== undefined) assert.equal(number, next, `${name}: the next message`);
    next = number + 1;
  }
  return next;
}

async function torture(t, options, pause = 0) {
  const system = await System.start(t, { options: { 'board.sse_clients_per_session': String(clients), ...options } });
  const user = await system.user();
  const streams = Array.from({ length: clients }, () => system.stream(user, '/api/messages/stream'));
  await until('all are open', () => streams.every((stream) => stream.connects === 1));
  const traffic = load(system, 2 * kills + 2);
  for (let i = 0; i < kills; i++) {
    await sleep(1500);
    await system.boardd.kill();
    await sleep(pause);
    await system.startDashboard();
  }
  await traffic;
  const last = await system.station('LAST');
  await last.call('Heartbeat', {}, 'the-last');
  const isLast = ({ json }) => json.messageId === 'the-last' && json.direction === 'OUT';
  await until('all are at the end', () => streams.every((stream) => isLast(stream.of('message').at(-1) ?? { json: {} })), 60);
  const ends = streams.map((stream, index) => check(stream, `stream ${index}`));
  assert.equal(new Set(ends).size, 1, 'all ended with the same message');
  return { streams, ids: streams.map((stream) => stream.of('message').map(({ id }) => id)) };
}

test(`${clients} streams, boardd killed ${kills} times: nothing is missing and nothing comes twice`, async (t) => {
  const { streams, ids } = await torture(t, { 'shm.messages_size': '32M' });
  for (const { connects } of streams) assert.ok(connects > 1, `${connects} connects`);
  for (const stream of streams) assert.deepEqual(stream.of('lost'), []);
  for (const each of ids) assert.deepEqual(each, ids[0]);
});

test('with a ring that is too small, what is lost is counted exactly', async (t) => {
  const { streams } = await torture(t, { 'shm.messages_size': '256K' }, 1500); // long enough for the ring to be written over
  assert.ok(streams.some((stream) => stream.of('lost').length > 0), 'something was lost');
});
