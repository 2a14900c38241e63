// A stand-in for ocpp-boardd with simulated stations, for working on the UI without the daemons:
//   npm run build && npm run mock      (MOCK_PORT, MOCK_STATIONS, MOCK_RATE; the token is "mock")
import { createReadStream, existsSync, statSync } from 'node:fs';
import { createServer } from 'node:http';
import { extname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

const PORT = Number(process.env.MOCK_PORT ?? 9231);
const STATIONS = Number(process.env.MOCK_STATIONS ?? 40);
const RATE = Number(process.env.MOCK_RATE ?? 12);
const PREFIX = process.env.MOCK_PREFIX ?? '';
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
    gateway: 'default',
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
              idTag: 'TAG7',
              startedAt: stamp(started - 2e6),
              energyWh: 8400,
            },
          ]
        : [],
  };
});

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
    gateway: 'default',
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
    gateways: [
      {
        name: 'default',
        state: 'live',
        ringFill: { messages: Math.min(1, sequence / 1e5), log: 0.1 },
        loopLagMs: 0.1 + Math.random() * 0.2,
        rss: 9.1e6,
        cpuPercent: 1 + Math.random(),
      },
    ],
    board: { rss: 1.4e7, cpuPercent: 0.6 + Math.random() * 0.4, loopLagMs: 0.2, sseClients: streams.size },
    gatewayCpuPercent: 1 + Math.random(),
    boardCpuPercent: 0.7,
    gatewayRss: 9.1e6,
    boardRss: 1.4e7,
    gatewayLoopLagMs: 0.1,
    boardLoopLagMs: 0.2,
    custom: {},
  };
}

setInterval(() => {
  for (let n = 0; n < RATE / 10 + Math.random() - 0.5; n += 1) exchange();
}, 100);
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

const signedIn = (request) => /\bmock=1\b/.test(request.headers.cookie ?? '');

function connections(query) {
  let found = stations.filter((s) => (query.status ?? 'all') === 'all' || s.status === query.status);
  if (query.q) found = found.filter(({ identity }) => identity.toLowerCase().includes(query.q.toLowerCase()));
  if (query.protocol) found = found.filter(({ protocol }) => protocol === query.protocol);
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
        ? { authenticated: true, authMode: 'token', user: { name: 'token', role: 'operator' }, csrfToken: 'x' }
        : { authenticated: false, authMode: 'token' },
    );
  if (path === 'auth/logout')
    return json(response, 200, { success: true }, { 'Set-Cookie': 'mock=; Path=/; Max-Age=0' });
  if (path === 'auth/login') {
    let body = '';
    request.on('data', (part) => {
      body += part;
    });
    request.on('end', () =>
      JSON.parse(body).token === 'mock'
        ? json(response, 200, { success: true }, { 'Set-Cookie': 'mock=1; Path=/; HttpOnly; SameSite=Strict' })
        : json(response, 401, { error: 'wrong token' }),
    );
    return;
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
      gateways: [{ name: 'default', state: 'live', startedAt: stamp(started), pid: 1 }],
      board: { startedAt: stamp(started) },
    });
  if (path === 'telemetry') return json(response, 200, now);
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
    if (request.method === 'POST') return json(response, 503, { error: 'the gateway does not answer' });
    return json(response, 200, { ...station, messages: messageList({ identity, limit: 100 }) });
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
