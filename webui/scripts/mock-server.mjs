// A stand-in for ocpp-boardd with simulated stations, for working on the UI without the daemons:
//   npm run build && npm run mock      (MOCK_PORT, MOCK_STATIONS, MOCK_RATE, MOCK_AUTH=none|token|credentials|custom,
//   MOCK_ROLE=viewer|operator, MOCK_CONTROL=available|off|unreachable, MOCK_GATEWAYS; token and password are "mock")
import { createReadStream, existsSync, statSync } from 'node:fs';
import { createServer } from 'node:http';
import { extname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

const PORT = Number(process.env.MOCK_PORT ?? 9231);
const STATIONS = Number(process.env.MOCK_STATIONS ?? 40);
const RATE = Number(process.env.MOCK_RATE ?? 12);
const PREFIX = process.env.MOCK_PREFIX ?? '';
const AUTH = process.env.MOCK_AUTH ?? 'token';
const ROLE = process.env.MOCK_ROLE ?? 'operator';
const CONTROL = process.env.MOCK_CONTROL ?? 'available';
const GATEWAYS = Array.from({ length: Number(process.env.MOCK_GATEWAYS ?? 1) }, (_, n) =>
  n ? `gateway-${n + 1}` : 'default',
);
const TRIES = 5;
const DIST = fileURLToPath(new URL('../dist/', import.meta.url));
const CSP = "default-src 'self'; base-uri 'none'; form-action 'self'; frame-ancestors 'none'";
const TYPES = {
  '.html': 'text/html; charset=utf-8',
  '.js': 'text/javascript',
  '.css': 'text/css',
  '.svg': 'image/svg+xml',
};
const started = Date.now();

const pick = (list) => list[Math.floor(Math.random() * list.length)];
const stamp = (ms = Date.now()) => new Date(ms).toISOString();
let sequence = 0;
let transaction = 1000;

const stations = Array.from({ length: STATIONS }, (_, n) => {
  const protocol = pick(['ocpp1.6', 'ocpp1.6', 'ocpp2.0.1', 'ocpp2.1']);
  const online = Math.random() < 0.93;
  return {
    identity: `${pick(['DEPOT', 'HQ', 'MALL', 'A9-EAST'])}-${String(n + 1).padStart(3, '0')}`,
    gateway: GATEWAYS[n % GATEWAYS.length],
    remoteAddress: `10.20.${n >> 8}.${n & 255}:${40000 + n}`,
    protocol,
    connectedAt: stamp(started - Math.random() * 9e6),
    disconnectedAt: online ? null : stamp(started - Math.random() * 9e5),
    status: online ? 'online' : 'offline',
    securityProfile: pick([0, 1, 2]),
    messageCount: Math.floor(Math.random() * 900),
    errorCount: Math.random() < 0.2 ? 3 : 0,
    lastMessageAt: stamp(started - Math.random() * 60000),
    avgLatencyMs: 0.4 + Math.random(),
    closeCode: online ? undefined : 1006,
    closeReason: online ? undefined : pick(['connection lost', 'no pong', 'going away']),
    connects: 1 + Math.floor(Math.random() * 4),
    connectors: [1, 2].map((id) => ({
      connectorId: id,
      status: Math.random() < 0.06 ? 'Faulted' : pick(['Available', 'Available', 'Charging']),
      errorCode: 'NoError',
      timestamp: stamp(started - Math.random() * 1e6),
    })),
    boot: { vendor: 'Example', model: 'AC 22', serialNumber: `SN${n}`, firmwareVersion: '1.4.2', status: 'Accepted' },
    transactions:
      Math.random() < 0.3
        ? [
            {
              transactionId: ++transaction,
              connectorId: 1,
              idToken: 'TAG7',
              startedAt: stamp(started - 2e6),
              energyWh: 8400,
              powerW: 21700,
              soc: 63,
              chargingState: 'Charging',
              meterValues: [
                { measurand: 'Power.Active.Import', value: 21700, unit: 'W', timestamp: stamp() },
                { measurand: 'Voltage', value: 231.4, unit: 'V', phase: 'L1-N', timestamp: stamp() },
                { measurand: 'Voltage', value: 230.2, unit: 'V', phase: 'L2-N', timestamp: stamp() },
                { measurand: 'Current.Import', value: 31.2, unit: 'A', phase: 'L1', timestamp: stamp() },
              ],
            },
          ]
        : [],
  };
});

for (const station of stations) {
  const faulted = station.connectors.some(({ status }) => status === 'Faulted');
  station.activeTransactions = station.transactions.length;
  station.problems = [
    ...(station.status === 'online' ? [] : ['offline']),
    ...(faulted ? ['faulted'] : []),
    ...(Math.random() < 0.03 ? ['flapping'] : []),
    ...(Math.random() < 0.03 ? ['slow'] : []),
  ];
  station.connectsLastHour = 1 + Math.floor(Math.random() * 3);
  station.firmware = { status: 'Installed', timestamp: stamp(started - 9e7) };
  station.lastError = {
    code: 'PropertyConstraintViolation',
    description: 'idTag is longer than 20 characters',
    method: 'Authorize',
    timestamp: stamp(started - 4e5),
  };
}

/** Sessions of the last hours, the last one open when the station is online. */
function sessionsOf(station) {
  const minute = 60_000;
  const sessions = [
    { at: 70, length: 30, closeCode: 1006, closeReason: 'no pong' },
    { at: 38, length: 12, closeCode: 1001, closeReason: 'going away' },
    { at: 25, length: 9, closeCode: 1006, closeReason: 'connection lost' },
  ].map(({ at, length, closeCode, closeReason }) => ({
    connectedAt: stamp(started - at * minute),
    disconnectedAt: stamp(started - (at - length) * minute),
    closeCode,
    closeReason,
    remoteAddress: station.remoteAddress,
  }));
  if (station.status === 'online') sessions.push({ connectedAt: stamp(started - 14 * minute) });
  return sessions;
}

const unknown = ['CP-GHOST', "<img src=x onerror=alert('x')>", 'NEW-SITE-01'].map((identity, n) => ({
  identity,
  gateway: 'default',
  remoteAddress: `203.0.113.${7 + n}:${50000 + n}`,
  count: 3 + n * 40,
  firstSeen: stamp(started - 8e6),
  lastSeen: stamp(started - n * 9e5),
}));

const messages = [];
const lists = { security: [], errors: [], system: [], logs: [] };
const history = [];
const streams = new Set();

function emit(event, data) {
  const id = data.id ? `id: ${data.id}\n` : '';
  for (const response of streams) response.write(`event: ${event}\n${id}data: ${JSON.stringify(data)}\n\n`);
}

function push(message) {
  messages.push(message);
  if (messages.length > 50000) messages.splice(0, 5000);
  emit('message', message);
}

const CALLS = {
  Heartbeat: () => [{}, { currentTime: stamp() }],
  StatusNotification: () => [
    {
      connectorId: pick([1, 2]),
      status: pick(['Available', 'Charging', 'Finishing']),
      errorCode: 'NoError',
      timestamp: stamp(),
    },
    {},
  ],
  MeterValues: () => [
    {
      connectorId: 1,
      transactionId: transaction,
      meterValue: [
        {
          timestamp: stamp(),
          sampledValue: [
            { value: String(Math.round(Math.random() * 22000)), measurand: 'Power.Active.Import', unit: 'W' },
            { value: '1284310', measurand: 'Energy.Active.Import.Register', unit: 'Wh' },
          ],
        },
      ],
    },
    {},
  ],
  Authorize: () => [{ idTag: `TAG${Math.floor(Math.random() * 99)}` }, { idTagInfo: { status: 'Accepted' } }],
  StartTransaction: () => [
    { connectorId: 1, idTag: 'TAG7', meterStart: 1284310, timestamp: stamp() },
    { transactionId: ++transaction, idTagInfo: { status: 'Accepted' } },
  ],
};

function exchange() {
  const station = pick(stations);
  if (station.status !== 'online') return;
  const method = pick([
    'Heartbeat',
    'MeterValues',
    'MeterValues',
    'StatusNotification',
    'Authorize',
    'StartTransaction',
  ]);
  const [params, payload] = CALLS[method]();
  const base = {
    identity: station.identity,
    gateway: station.gateway,
    method,
    messageId: Math.random().toString(36).slice(2, 14),
    protocol: station.protocol,
    source: 'station',
  };
  push({ id: `default-${++sequence}`, ...base, direction: 'IN', type: 'CALL', params, timestamp: stamp() });
  const failed = Math.random() < 0.03;
  const latencyMs = failed ? 700 : Number((0.2 + Math.random() ** 6 * 40).toFixed(3));
  const answer = failed
    ? {
        type: 'CALLERROR',
        payload: {
          errorCode: 'PropertyConstraintViolation',
          errorDescription: 'idTag is longer than 20 characters',
          errorDetails: {},
        },
      }
    : { type: 'CALLRESULT', payload };
  if (Math.random() < 0.01) return;
  setTimeout(
    () => push({ id: `default-${++sequence}`, ...base, direction: 'OUT', ...answer, timestamp: stamp(), latencyMs }),
    latencyMs,
  );
  station.messageCount += 2;
  station.lastMessageAt = stamp();
}

function telemetry() {
  const wave = Math.sin(Date.now() / 40000);
  return {
    timestamp: stamp(),
    messagesPerSecond: RATE * 2 + wave * RATE * 0.4 + Math.random() * 2,
    avgLatencyMs: 0.6,
    latency: { p50: 0.3 + Math.random() * 0.1, p90: 0.8 + Math.random() * 0.3, p99: 2 + Math.random() * 4 },
    errorRate: 2 + Math.random(),
    connectionCount: stations.filter(({ status }) => status === 'online').length,
    peakConnections: STATIONS,
    uptimeSeconds: (Date.now() - started) / 1000,
    totalMessages: sequence,
    memoryUsage: { rss: 9.1e6 },
    gateways: GATEWAYS.map((name, n) => ({
      name,
      state: 'live',
      ringFill: { messages: Math.min(1, sequence / 1e4), log: 0.1 },
      loopLagMs: 0.1 + Math.random() * 0.2,
      rss: 9.1e6 + n * 2e6,
      cpuPercent: 1 + n + Math.random(),
      messagesPerSecond: RATE,
      connectionCount: Math.round(STATIONS / GATEWAYS.length),
      lost: 0,
    })),
    board: { rss: 1.4e7, cpuPercent: 0.6 + Math.random() * 0.4, loopLagMs: 0.2, sseClients: streams.size },
    gatewayCpuPercent: 1 + Math.random(),
    boardCpuPercent: 0.7,
    gatewayRss: 9.1e6,
    boardRss: 1.4e7,
    gatewayLoopLagMs: 0.1,
    boardLoopLagMs: 0.2,
    ringFill: { messages: Math.min(1, sequence / 1e4), log: 0.1 },
    custom: { 'grid.load_kw': 410 + wave * 60, 'queue.depth': Math.round(Math.random() * 9) },
  };
}

setInterval(() => {
  for (let n = 0; n < RATE / 10 + Math.random() - 0.5; n += 1) exchange();
}, 100);
for (let ago = 1800; ago > 0; ago -= 1) history.push({ ...telemetry(), timestamp: stamp(started - ago * 2000) });
setInterval(() => {
  const sample = telemetry();
  history.push(sample);
  if (history.length > 1800) history.shift();
  emit('telemetry', sample);
}, 2000);
setInterval(() => {
  const station = pick(stations);
  const event = {
    id: `default-s${++sequence}`,
    gateway: 'default',
    category: pick(['AUTH_FAILED', 'ANOMALY', 'RATE_LIMIT']),
    severity: pick(['low', 'medium', 'high']),
    identity: station.identity,
    remoteAddress: station.remoteAddress,
    timestamp: stamp(),
    message: 'Wrong password for this identity',
  };
  lists.security.unshift(event);
  emit('security', event);
}, 9000);
setInterval(() => {
  const line = {
    id: `default-l${++sequence}`,
    gateway: 'default',
    process: pick(['gateway', 'boardd']),
    level: pick(['info', 'info', 'warning', 'error', 'debug']),
    topic: pick(['station', 'http', 'shm']),
    message: pick([
      'HQ-003: connected from 10.20.0.3:40003, ocpp1.6',
      'DEPOT-017: no pong for 35 s, closing',
      'listening on 127.0.0.1:9220',
    ]),
    timestamp: stamp(),
  };
  lists.logs.unshift(line);
  if (lists.logs.length > 5000) lists.logs.pop();
  emit('log', line);
}, 700);

function json(response, status, body, headers = {}) {
  response.writeHead(status, { 'Content-Type': 'application/json', 'Cache-Control': 'no-store', ...headers });
  response.end(JSON.stringify(body));
}

/** MOCK_AUTH=none lets everybody in; POST /api/mock/expire ends all sessions. */
let generation = 1;
let failures = 0;
let throttledUntil = 0;
const signedIn = (request) =>
  AUTH === 'none' || (request.headers.cookie ?? '').includes(`mock=${generation};`.slice(0, -1));

function logIn(body, response) {
  const wait = Math.ceil((throttledUntil - Date.now()) / 1000);
  if (wait > 0)
    return json(response, 429, { error: 'too many failed logins', retryAfter: wait }, { 'Retry-After': String(wait) });
  if (body.token === 'mock' || body.password === 'mock') {
    failures = 0;
    const cookie = `mock=${generation}; Path=/; HttpOnly; SameSite=Strict`;
    return json(response, 200, { success: true }, { 'Set-Cookie': cookie });
  }
  failures += 1;
  if (failures % TRIES === 0) throttledUntil = Date.now() + 15_000;
  return json(response, 401, { error: AUTH === 'token' ? 'wrong token' : 'wrong name or password' });
}

function readBody(request, then) {
  let text = '';
  request.on('data', (part) => {
    text += part;
  });
  request.on('end', () => then(JSON.parse(text || '{}')));
}

function command(name, station, body, response) {
  if (ROLE !== 'operator') return json(response, 403, { error: 'only for operators' });
  if (CONTROL !== 'available') return json(response, 503, { error: 'the gateway does not answer' });
  if (name === 'disconnect') {
    station.status = 'offline';
    Object.assign(station, { disconnectedAt: stamp(), closeCode: 1000, closeReason: 'by the operator' });
    return json(response, 200, { success: true, disconnected: true });
  }
  if (name === 'purge') {
    stations.splice(stations.indexOf(station), 1);
    return json(response, 200, { success: true, disconnected: true, hidden: true });
  }
  if (body.action === 'Reset')
    return json(response, 200, { success: true, outcome: 'result', payload: { status: 'Accepted' }, latencyMs: 41.2 });
  const error = { code: 'NotImplemented', description: `${body.action} is not implemented`, details: {} };
  return setTimeout(() => json(response, 200, { success: true, outcome: 'error', error, latencyMs: 800 }), 800);
}

function attention() {
  const counts = { offline: 0, faulted: 0, flapping: 0, slow: 0, errors: 0 };
  for (const { problems } of stations) for (const problem of problems) counts[problem] += 1;
  return { attention: counts, attentionStations: stations.filter(({ problems }) => problems.length).slice(0, 12) };
}

const actions = Object.keys({
  Heartbeat: 1,
  MeterValues: 1,
  StatusNotification: 1,
  Authorize: 1,
  StartTransaction: 1,
}).map((action, n) => ({
  action,
  count: 9000 / (n + 1),
  errors: n * 3,
  avgMs: 0.4 + n,
  p50: 0.3 + n / 2,
  p90: 0.9 + n,
  p99: 4 + n * 30,
}));

function connections(query) {
  let found = stations.filter((s) => (query.status ?? 'all') === 'all' || s.status === query.status);
  if (query.q) found = found.filter(({ identity }) => identity.toLowerCase().includes(query.q.toLowerCase()));
  if (query.protocol) found = found.filter(({ protocol }) => protocol === query.protocol);
  if (query.gateway) found = found.filter(({ gateway }) => gateway === query.gateway);
  if (query.problems === 'any') found = found.filter(({ problems }) => problems.length);
  else if (query.problems) found = found.filter(({ problems }) => problems.includes(query.problems));
  const key = (query.sort ?? 'identity').replace(/^-/, '');
  found.sort((a, b) => (a[key] > b[key] ? 1 : a[key] < b[key] ? -1 : 0));
  if (query.sort?.startsWith('-')) found.reverse();
  return found;
}

function messageList(query) {
  const before = query.before ? Number(query.before) : Number.POSITIVE_INFINITY;
  const found = [];
  for (let at = messages.length - 1; at >= 0 && found.length < Number(query.limit ?? 100); at -= 1) {
    const message = messages[at];
    if (Number(message.id.slice(8)) >= before) continue;
    if (query.identity && message.identity.toLowerCase() !== query.identity.toLowerCase()) continue;
    if (query.method && message.method.toLowerCase() !== query.method.toLowerCase()) continue;
    found.push(message);
  }
  return found;
}

function api(request, response, path, query) {
  if (path === 'auth/session')
    return json(
      response,
      200,
      signedIn(request)
        ? { authenticated: true, authMode: AUTH, user: { name: 'mock', role: ROLE }, csrfToken: 'x' }
        : { authenticated: false, authMode: AUTH },
    );
  if (path === 'auth/logout')
    return json(response, 200, { success: true }, { 'Set-Cookie': 'mock=; Path=/; Max-Age=0' });
  if (path === 'auth/login') return readBody(request, (body) => logIn(body, response));
  if (path === 'mock/expire') {
    generation += 1;
    for (const stream of streams) stream.end();
    return json(response, 200, {});
  }
  if (!signedIn(request)) return json(response, 401, { error: 'not logged in' });
  if (path === 'stream') {
    response.writeHead(200, { 'Content-Type': 'text/event-stream', 'Cache-Control': 'no-store' });
    response.write('event: connected\ndata: {}\n\n');
    streams.add(response);
    response.on('close', () => streams.delete(response));
    return;
  }
  const now = telemetry();
  if (path === 'overview')
    return json(response, 200, {
      ...now,
      connectedClients: now.connectionCount,
      totalConnections: STATIONS,
      recentMessages: [],
      securityEventCount: lists.security.length,
      errorCount: 12,
      systemEventCount: 3,
      gateways: GATEWAYS.map((name) => ({ name, state: 'live', startedAt: stamp(started), pid: 1, control: CONTROL })),
      ...attention(),
      board: { startedAt: stamp(started) },
    });
  if (path === 'telemetry') return json(response, 200, now);
  if (path === 'telemetry/actions') return json(response, 200, actions);
  if (path === 'unknown-stations') return json(response, 200, unknown);
  if (path === 'telemetry/history') return json(response, 200, history);
  if (path === 'messages') {
    const found = messageList(query);
    return json(response, 200, found, found.length ? { 'X-Next-Cursor': found.at(-1).id.slice(8) } : {});
  }
  if (path.startsWith('messages/')) {
    const message = messages.find(({ id }) => id === decodeURIComponent(path.slice(9)));
    if (!message) return json(response, 404, { error: 'no such message' });
    const counterpart = messages.find((other) => other !== message && other.messageId === message.messageId) ?? null;
    return json(response, 200, { message, counterpart });
  }
  if (path === 'connections') {
    const found = connections(query);
    const offset = Number(query.offset ?? 0);
    return json(response, 200, found.slice(offset, offset + Number(query.limit ?? 100)), {
      'X-Total-Count': String(found.length),
    });
  }
  if (path.startsWith('connections/')) {
    const identity = decodeURIComponent(path.split('/')[1]);
    const station = stations.find((entry) => entry.identity === identity);
    if (!station) return json(response, 404, { error: 'no such station' });
    if (request.method === 'POST')
      return readBody(request, (body) => command(path.split('/')[2], station, body, response));
    return json(response, 200, {
      ...station,
      sessions: sessionsOf(station),
      messages: messageList({ identity, limit: 100 }),
    });
  }
  if (path === 'security-events')
    return json(response, 200, {
      events: lists.security.slice(0, Number(query.limit ?? 100)),
      totalCount: lists.security.length,
    });
  if (path === 'logs') return json(response, 200, { logs: lists.logs.slice(0, 1000), totalCount: lists.logs.length });
  return json(response, 404, { error: 'no such path' });
}

createServer((request, response) => {
  const url = new URL(request.url, 'http://mock');
  if (!url.pathname.startsWith(`${PREFIX}/`)) return json(response, 404, { error: 'outside of the prefix' });
  const path = url.pathname.slice(PREFIX.length);
  if (path.startsWith('/api/')) return api(request, response, path.slice(5), Object.fromEntries(url.searchParams));
  const file = join(DIST, path);
  const found =
    file.startsWith(DIST) && path !== '/' && existsSync(file) && statSync(file).isFile()
      ? file
      : join(DIST, 'index.html');
  response.writeHead(200, {
    'Content-Type': TYPES[extname(found)] ?? 'application/octet-stream',
    'Content-Security-Policy': CSP,
  });
  createReadStream(found).pipe(response);
}).listen(PORT, '127.0.0.1', () => console.log(`http://127.0.0.1:${PORT}${PREFIX}/login#token=mock`));
