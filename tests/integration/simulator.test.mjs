// The simulated fleet behaves like stations: what it says is valid, what it asks is answered, and it comes back.
import assert from 'node:assert/strict';
import { once } from 'node:events';
import fs from 'node:fs';
import net from 'node:net';
import path from 'node:path';
import test from 'node:test';
import { System, cleanup, until } from './harness.mjs';
import { validators } from './schemas.mjs';

// rooms for days at two hundred times the usual speed
const options = { 'gateway.reconnects': '100000', 'gateway.message_rate': '100000', 'shm.messages_size': '64M' };
const hasty = ['-R', '500ms', '-q', '-j'];

async function summary(sim, seconds) {
  const { code } = await sim.end(seconds);
  assert.equal(code, 0, `${sim.stderr}${sim.stdout}`);
  return JSON.parse(sim.stdout);
}

async function log(system, args) {
  const program = system.run('tools/ocpp-log', ['-n', 'all', '-j', ...args]);
  assert.equal((await program.end(30)).code, 0, program.stderr);
  return program.stdout.split('\n').slice(0, -1).map((line) => JSON.parse(line));
}

function validate({ type, method, protocol, params, payload }) {
  const { validate } = validators[protocol];
  if (type === 'CALL') validate(`urn:${method}.req`, params);
  else if (type === 'SEND') validate(`urn:${method}`, params);
  else if (type === 'CALLRESULT') validate(`urn:${method}.conf`, payload);
  else assert.fail(`unexpected ${type}`);
}

test('simulated days are valid OCPP in all three versions, both ways', async (t) => {
  const system = await System.start(t, { dashboard: false, options });
  const sim = system.run('tools/ocpp-sim', ['-n', '60', '-r', '200', '-e', '30', '-d', '10s', ...hasty]);
  const { callsSent, results, unfinished, sends, connects, strays, failures } = await summary(sim, 60);
  assert.ok(callsSent > 1000, sim.stdout);
  assert.deepEqual([results + unfinished, strays, failures], [callsSent, 0, 0], sim.stdout);
  assert.ok(unfinished <= 60, 'of each station the last CALL alone');
  assert.ok(sends > 0 && connects > 60, sim.stdout);

  const messages = await log(system, []);
  assert.equal(messages.filter(({ type }) => type === 'LOST').length, 0, 'the ring took all of them');
  for (const message of messages) validate(message);
  const seen = new Set(messages.map(({ protocol, method }) => `${protocol} ${method}`));
  for (const action of ['BootNotification', 'Heartbeat', 'StatusNotification', 'Authorize', 'SecurityEventNotification', 'FirmwareStatusNotification'])
    for (const protocol of Object.keys(validators)) assert.ok(seen.has(`${protocol} ${action}`), `${protocol} ${action} in ${[...seen]}`);
  for (const one of ['ocpp1.6 StartTransaction', 'ocpp1.6 StopTransaction', 'ocpp2.0.1 TransactionEvent', 'ocpp2.1 NotifyPeriodicEventStream'])
    assert.ok(seen.has(one), `${one} in ${[...seen]}`);
});

test('registers only grow, and every transaction that ended had begun', async (t) => {
  const system = await System.start(t, { dashboard: false, options });
  const { dropped, unfinished } = await summary(system.run('tools/ocpp-sim', ['-n', '30', '-p', '2.0.1', '-r', '300', '-e', '0', '-d', '8s', ...hasty]), 60);
  const open = new Map();
  let ended = 0;
  let gaps = 0; // a station that gets no answer for long does not keep all it has to say
  for (const { identity, params } of await log(system, ['-a', 'TransactionEvent', '-T', 'CALL'])) {
    const { eventType, seqNo, transactionInfo, meterValue } = params;
    const register = meterValue[0].sampledValue.find(({ measurand }) => measurand === 'Energy.Active.Import.Register').value;
    const key = `${identity} ${transactionInfo.transactionId}`;
    if (eventType === 'Started') open.set(key, { seqNo: -1, register: 0 });
    const before = open.get(key);
    assert.ok(before, `${key} had begun`);
    assert.ok(seqNo > before.seqNo, key);
    gaps += seqNo - before.seqNo - 1;
    assert.ok(register >= before.register, key);
    open.set(key, { seqNo, register });
    ended += eventType === 'Ended';
  }
  assert.ok(ended > 10, `${ended} transactions ended`);
  assert.ok(gaps <= dropped + unfinished, `${gaps} are missing, ${dropped} were dropped, ${unfinished} unfinished`);
});

test('wrong passwords are refused, right ones are not', async (t) => {
  const system = new System(t, { ...options, 'gateway.security_profile': '1', 'gateway.auth_failures': '1000' });
  const identities = Array.from({ length: 20 }, (_, i) => `SIM-${i}`);
  const passwords = path.join(system.directory, 'passwords');
  const stations = path.join(system.directory, 'stations');
  fs.writeFileSync(passwords, identities.map((identity) => `${identity}:secret-of-${identity}\n`).join(''), { mode: 0o600 });
  fs.writeFileSync(stations, identities.map((identity) => `${identity} password=secret-of-${identity}\n`).join(''), { mode: 0o600 });
  system.options['gateway.stations'] = stations;
  await system.startGateway();
  const sim = system.run('tools/ocpp-sim', ['-P', passwords, '-w', '20', '-r', '200', '-e', '60', '-d', '6s', ...hasty, '-R', '100ms']);
  const { stations: count, wrongPasswords, refused, failures } = await summary(sim, 60);
  assert.equal(count, 20);
  assert.ok(wrongPasswords > 0, sim.stdout);
  assert.deepEqual([refused, failures], [wrongPasswords, 0], sim.stdout);
  const events = await log(system, ['-C', 'security']);
  assert.ok(events.length > 0 && events.every(({ category, identity }) => category === 'AUTH_FAILED' && identities.includes(identity)), JSON.stringify(events));
});

test('a fleet comes back after a crash of the gateway, and every CALL is answered', async (t) => {
  const system = await System.start(t, { dashboard: false, options });
  const sim = system.run('tools/ocpp-sim', ['-n', '50', '-r', '100', '-e', '0', '-d', '12s', ...hasty]);
  await until('stations are connected', async () => (await log(system, ['-C', 'connections'])).length >= 50);
  await system.gateway.kill();
  await system.startGateway();
  const { connects, callsSent, results, unanswered } = await summary(sim, 60);
  assert.ok(connects >= 100, sim.stdout);
  assert.deepEqual([results, unanswered], [callsSent, 0], sim.stdout);
});

test('without a gateway it says so', async (t) => {
  const system = new System(t, {});
  const sim = system.run('tools/ocpp-sim', ['-u', 'ws://127.0.0.1:9/ocpp', '-n', '2', '-d', '1s', ...hasty]);
  assert.equal((await sim.end()).code, 1);
  assert.match(sim.stderr, /2 of 2 stations never got through to 127\.0\.0\.1:9/);
});

test('a handshake that the end of the run cuts off is no failure', async (t) => {
  const sockets = [];
  const server = net.createServer((socket) => sockets.push(socket)).listen(0, '127.0.0.1'); // never answers
  cleanup(t, () => {
    for (const socket of sockets) socket.destroy();
    server.close();
  });
  await once(server, 'listening');
  const sim = new System(t, {}).run('tools/ocpp-sim', ['-u', `ws://127.0.0.1:${server.address().port}/ocpp`, '-n', '2', '-d', '1s', ...hasty]);
  await sim.end();
  assert.equal(sockets.length, 2);
  assert.equal(JSON.parse(sim.stdout).failures, 0, sim.stdout);
});
