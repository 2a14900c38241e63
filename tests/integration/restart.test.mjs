// Either process may go away at any time; the other one, the stations and the users notice as little as possible.
import assert from 'node:assert/strict';
import test from 'node:test';
import { System, sleep, until } from './harness.mjs';

const fleet = Number(process.env.OCPP_BOARD_FLEET ?? 200);

async function connectFleet(system, count, protocol = 'ocpp1.6') {
  const stations = [];
  for (let i = 0; i < count; i++) stations.push(await system.station(`CP-${String(i).padStart(4, '0')}`, { protocol }));
  return stations;
}

/** Lets every station send numbered CALLs, one after the other's answer, until it is told to stop. */
function keepTalking(stations, pause) {
  const talk = { going: true, sent: [], errors: [] };
  talk.done = Promise.all(
    stations.map(async (station, index) => {
      for (let n = 0; talk.going; n++) {
        const id = `${index}-${n}`;
        try {
          await station.call('Heartbeat', {}, id);
          talk.sent.push(id);
        } catch (error) {
          talk.errors.push(`${id}: ${error.message}`);
          return;
        }
        await sleep(pause);
      }
    }),
  );
  talk.stop = async () => {
    talk.going = false;
    await talk.done;
    return talk;
  };
  return talk;
}

/** The sequence number that ends a message's id. */
const sequence = ({ id }) => BigInt(/-(\d+)$/.exec(id)[1]);
const key = ({ identity, messageId, direction }) => `${identity} ${messageId} ${direction}`;

const gatewayState = async (user) => (await user.get('/health')).gateways[0].state;

test('boardd restarted and killed under 200 stations: nobody notices', async (t) => {
  const system = await System.start(t, { options: { 'shm.messages_size': '32M' } });
  const user = await system.user();
  const stations = await connectFleet(system, fleet);
  const stream = system.stream(user, '/api/messages/stream');
  await until('the stream is open', () => stream.of('connected').length === 1);
  const talk = keepTalking(stations, 200);

  await t.test('a restart', async () => {
    await until('messages flow', () => stream.of('message').length > 100);
    await system.boardd.stop();
    await sleep(500); // messages pass while nobody looks
    await system.startDashboard();
    await until('the stream is back', () => stream.of('connected').length === 2);
  });
  await t.test('kill -9', async () => {
    const before = stream.of('message').length;
    await until('messages flow', () => stream.of('message').length > before + 100);
    await system.boardd.kill();
    await sleep(500);
    await system.startDashboard();
    await until('the stream is back', () => stream.of('connected').length === 3);
  });
  await t.test('the session is still good', async () => {
    assert.equal((await user.get('/api/auth/session')).authenticated, true);
  });
  await t.test('no station was dropped and every CALL was answered', async () => {
    const { errors, sent } = await talk.stop();
    assert.deepEqual(errors, []);
    assert.deepEqual(stations.filter(({ closed }) => closed), []);
    assert.ok(sent.length > fleet * 3, `${sent.length} CALLs`);
  });
  await t.test('the stream has every message exactly once, in order', async () => {
    const expected = new Set(stations.flatMap((station, index) => {
      const identity = `CP-${String(index).padStart(4, '0')}`;
      return talk.sent
        .filter((id) => id.startsWith(`${index}-`))
        .flatMap((messageId) => [key({ identity, messageId, direction: 'IN' }), key({ identity, messageId, direction: 'OUT' })]);
    }));
    const isLast = ({ json }) => json.messageId === 'the-last' && json.direction === 'OUT';
    await stations[0].call('Heartbeat', {}, 'the-last');
    await until('the last message came', () => stream.of('message').some(isLast), 20);
    const seen = stream.of('message').map(({ json }) => key(json)).filter((each) => !each.includes('the-last'));
    assert.equal(new Set(seen).size, seen.length, 'nothing twice');
    assert.deepEqual([...expected].filter((each) => !new Set(seen).has(each)).slice(0, 5), [], 'nothing missed');
    assert.equal(seen.length, expected.size);
    assert.equal(stream.of('lost').length, 0);
    const ids = stream.of('message').map(({ id }) => id);
    assert.equal(new Set(ids).size, ids.length, 'every id once');
    const numbers = stream.of('message').map(({ json }) => sequence(json));
    assert.ok(numbers.every((number, i) => i === 0 || number === numbers[i - 1] + 1n), 'sequence numbers without a gap');
  });
});

test('gateway killed and started again: history stays, the sequence goes on', async (t) => {
  const system = await System.start(t);
  const user = await system.user();
  const stations = await connectFleet(system, 20);
  for (const station of stations) await station.boot();
  await system.shows(user, '/api/connections?status=online', (list) => list.length === 20);
  const before = await system.shows(user, '/api/overview', ({ totalMessages }) => totalMessages >= 40);
  const [newest] = await system.shows(user, '/api/messages?limit=1000', (list) => list.length === 40);
  const stream = system.stream(user, '/api/messages/stream');
  await until('the stream is open', () => stream.of('connected').length === 1);

  await t.test('boardd stays and shows it as down within 2 s', async () => {
    await system.gateway.kill();
    const began = Date.now();
    await until('/health tells', async () => (await gatewayState(user)) === 'down', 5);
    assert.ok(Date.now() - began < 2500, `${Date.now() - began} ms`);
    assert.equal(system.boardd.result, undefined);
    const kept = await user.get('/api/messages?limit=1000');
    assert.equal(kept[0].id, newest.id, 'history can be read while the gateway is away');
  });
  await t.test('it comes back: history and counters are there, stations offline', async () => {
    await system.startGateway();
    await until('/health tells', async () => (await gatewayState(user)) === 'live');
    assert.equal((await user.get('/api/messages?limit=1'))[0].id, newest.id);
    assert.ok((await user.get('/api/overview')).totalMessages >= before.totalMessages);
    await system.shows(user, '/api/connections?status=online', (list) => list.length === 0);
    assert.equal((await user.get('/api/connections?status=offline')).length, 20);
  });
  await t.test('a station comes back, the sequence goes on', async () => {
    const station = await system.station('CP-0000');
    await station.call('Heartbeat', {}, 'after');
    await system.shows(user, '/api/connections?status=online', (list) => list.length === 1 && list[0].identity === 'CP-0000');
    await until('the stream goes on', () => stream.of('message').length === 2);
    const last = sequence(newest);
    const numbers = stream.of('message').map(({ json }) => sequence(json));
    assert.deepEqual(numbers, [last + 1n, last + 2n]);
    assert.equal(stream.connects, 1, 'on the very same connection of the browser');
  });
  await t.test('1.6 transaction ids are not given twice', async () => {
    const start = async (station) =>
      (await station.call('StartTransaction', { connectorId: 1, idTag: 'T', meterStart: 0, timestamp: new Date().toISOString() })).transactionId;
    const first = await start(await system.station('TX-1'));
    await system.gateway.kill();
    await system.startGateway();
    assert.ok((await start(await system.station('TX-1'))) > first);
  });
});
