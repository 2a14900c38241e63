// The filter language gives the same answer wherever it is asked: lists, pages, streams, ocpp-log.
import assert from 'node:assert/strict';
import test from 'node:test';
import { System, until } from './harness.mjs';

const messages = 28;

/** Three stations of three versions; each boots, beats twice and asks for an action that does not exist. */
async function talk(system) {
  for (const [identity, protocol] of [['North-1', 'ocpp1.6'], ['North-2', 'ocpp2.0.1'], ['South*1', 'ocpp2.1']]) {
    const station = await system.station(identity, { protocol });
    await station.boot();
    await station.call('Heartbeat', {}, `first-of-${identity}`);
    await station.call('Heartbeat');
    await station.call('NoSuchAction', { hint: `Grüße "${identity}"` }).catch(() => {});
  }
  await system.stations[0].call('Heartbeat');
  await system.stations[0].call('Heartbeat');
}

const expressions = {
  '': messages,
  'station:North-1': 12,
  'station:north-1': 12,
  'station:North-*': 20,
  'station:North-1,North-2': 20,
  'station:"South*1"': 8,
  'station:"North-*"': 0,
  'station!=North-1': 16,
  'action:Heartbeat': 16,
  'action:heart*,Boot*': 22,
  'dir:in': 14,
  'type:CALL': 14,
  'type:error': 3,
  'type:CALLRESULT dir:out': 11,
  'not type:CALL': 14,
  'protocol:1.6': 12,
  'protocol:2.0.1,2.1': 16,
  'latency>=0': 14,
  'latency>10m': 0,
  'size>1K': 0,
  'gateway:default': messages,
  'gateway:other': 0,
  'id:first-of-*': 6,
  'since:1h': messages,
  'until:1h': 0,
  'since:2100-01-01T00:00:00Z or station:North-2': 8,
  'GRÜßE': 0, // letters beyond A to Z are as they are
  'Grüße': 3,
  '"\\\\\\"North-1\\\\\\""': 1,
  'error:Not*': 3,
  'station:North-1 (type:error or action:BootNotification)': 3,
  'station:North-1 type:error or action:BootNotification': 7,
  '-(station:North-1 or station:North-2) dir:in': 4,
  'event:MESSAGE': messages,
  'event:CONNECTED': 0,
};

test('filter expressions', async (t) => {
  const system = await System.start(t, { options: { 'board.sse_clients_per_session': '100' } });
  const user = await system.user();
  const at = (path, filter) => `${path}${path.includes('?') ? '&' : '?'}filter=${encodeURIComponent(filter)}`;
  const ids = async (filter) => (await user.get(at('/api/messages?limit=1000', filter))).map(({ id }) => id);
  const live = Object.keys(expressions).map((filter) => ({ filter, stream: system.stream(user, at('/api/messages/stream', filter)) }));
  await until('all streams are open', () => live.every(({ stream }) => stream.of('connected').length === 1));
  await talk(system);
  await system.shows(user, '/api/messages', (list) => list.length === messages);

  await t.test('choose messages of the list', async () => {
    for (const [filter, count] of Object.entries(expressions)) assert.equal((await ids(filter)).length, count, filter);
  });
  await t.test('choose the same ones in a stream, live and from history', async () => {
    for (const { filter, stream } of live) {
      const wanted = (await ids(filter)).toReversed();
      const given = () => stream.of('message').map(({ json }) => json.id);
      await until(`${filter}: all came`, () => given().length >= wanted.length);
      assert.deepEqual(given(), wanted, filter);
      const again = system.stream(user, at('/api/messages/stream?history=1000', filter));
      await until(`${filter}: its history came`, () => again.of('message').length >= wanted.length);
      assert.deepEqual(again.of('message').map(({ json }) => json.id), wanted, filter);
      again.close();
    }
  });
  await t.test('choose the same ones in ocpp-log', async () => {
    for (const filter of Object.keys(expressions)) {
      const log = system.run('tools/ocpp-log', ['-j', '-n', 'all', '--', filter]);
      assert.equal((await log.end()).code, 0, `${filter}: ${log.stderr}`);
      const shown = log.stdout.split('\n').slice(0, -1).map((line) => JSON.parse(line).id);
      assert.deepEqual(shown, (await ids(filter)).toReversed(), filter);
    }
  });
  await t.test('narrow what the other parameters choose', async () => {
    assert.equal((await user.get(at('/api/messages?identity=North-2', 'dir:in'))).length, 4);
    assert.equal((await user.get(at('/api/messages?identity=North-2', 'station:North-1'))).length, 0);
    assert.equal((await user.get(at('/api/messages?q=NoSuch', 'protocol:2.1'))).length, 2);
  });
  await t.test('page by cursor', async () => {
    const seen = [];
    let before = '';
    do {
      const { json, headers } = await user.request('GET', `${at('/api/messages?limit=3', 'North Heartbeat or type:error')}${before}`);
      seen.push(...json.map(({ id }) => id));
      before = headers['x-next-cursor'] ? `&before=${encodeURIComponent(headers['x-next-cursor'])}` : '';
    } while (before !== '' && seen.length < 100);
    assert.deepEqual(seen, await ids('North Heartbeat or type:error'));
  });
  await t.test('choose other events', async () => {
    const total = async (path, filter) => (await user.get(at(path, filter))).totalCount;
    assert.equal(await total('/api/connection-events', 'event:CONNECTED station:North-*'), 2);
    assert.equal(await total('/api/connection-events', 'event:DISCONNECTED'), 0);
    assert.ok((await total('/api/logs', 'level>=debug')) > 0);
    assert.equal(await total('/api/logs', 'level>=error'), 0);
    system.stations[2].close(1000);
    await system.shows(user, at('/api/connection-events', 'close:1000 duration<1h station:south?1'), ({ totalCount }) => totalCount === 1);
  });
  await t.test('two spellings of one identity are both found', async () => {
    const twin = await system.station('NORTH-1', { protocol: 'ocpp1.6' });
    await twin.call('Heartbeat');
    await system.shows(user, at('/api/messages', 'station:north-1'), (list) => list.length === 14);
    assert.equal((await user.get('/api/messages?identity=NORTH-1')).length, 2);
  });
  await t.test('say where they are wrong', async () => {
    for (const [filter, said] of [
      ['dir:in statoin:CP', 'filter: at 7: unknown field "statoin", did you mean station?'],
      ['(a or b', 'filter: at 7: expected ")" for the "(" at 0'],
      ['x'.repeat(1025), 'filter: at 1024: longer than 1024 bytes'],
    ]) {
      const { status, json } = await user.request('GET', at('/api/messages', filter));
      assert.equal(status, 400);
      assert.equal(json.error, said);
    }
    const stream = await user.request('GET', at('/api/messages/stream', 'latency>fast'));
    assert.equal(stream.status, 400);
    assert.match(stream.json.error, /^filter: at 8: latency can't be "fast"; expected milliseconds/);
  });
});
