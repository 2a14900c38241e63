// What somebody tries who is no friend: from another site, with crafted bytes, with text that wants to be code.
import assert from 'node:assert/strict';
import fs from 'node:fs';
import net from 'node:net';
import path from 'node:path';
import test from 'node:test';
import { System, User, exchange, privateDirectory, request, until } from './harness.mjs';

const json = { 'content-type': 'application/json' };
const table = fs.readFileSync(new URL('../../boardd/api/routes.def', import.meta.url), 'utf8');
const unsafe = [...table.matchAll(/^ROUTE\((POST|PUT|DELETE), "([^"]+)", (\w+)/gm)].map(([, method, route, role]) => ({ method, role, target: route.replace(/:\w+/, 'CP1') }));

test('requests from another site', async (t) => {
  const system = await System.start(t, { options: { 'board.cors_origins': 'https://ops.example' } });
  const port = system.boardPort;
  const user = await system.user();
  const own = `http://127.0.0.1:${port}`;

  await t.test('CSRF: no request that changes something passes without the page\'s own origin, type and token', async () => {
    const attempts = [
      [{ origin: 'https://evil.example' }, 403],
      [{ origin: 'null' }, 403],
      [{ origin: own.replace('127.0.0.1', 'localhost') }, 403],
      [{ origin: `${own}.evil.example` }, 403],
      [{ 'sec-fetch-site': 'cross-site' }, 403],
      [{ 'sec-fetch-site': 'same-site' }, 403],
      [{ 'x-csrf-token': '' }, 403],
      [{ 'x-csrf-token': '0'.repeat(64) }, 403],
      [{ 'content-type': 'text/plain' }, 415],
      [{ 'content-type': 'application/x-www-form-urlencoded' }, 415],
      [{ 'content-type': 'multipart/form-data; boundary=a' }, 415],
      [{ 'content-type': 'application/jsonp' }, 415],
    ];
    for (const { method, target, role } of unsafe) {
      for (const [headers, wanted] of attempts) {
        if (role === 'NONE' && 'x-csrf-token' in headers) continue; // a login comes before there is a token
        const { status } = await user.request(method, target, { body: '{"a":1}', headers });
        assert.equal(status, wanted, `${method} ${target} ${JSON.stringify(headers)}`);
      }
    }
    assert.equal((await user.get('/api/auth/session')).authenticated, true, 'nobody was logged out');
  });
  await t.test('session fixation: an id that was planted is worth nothing', async () => {
    const [name] = user.cookie.split('=');
    const victim = new User(port);
    victim.cookie = `${name}=${'a'.repeat(64)}`;
    const { headers } = await victim.login(system.token);
    assert.ok(!headers['set-cookie'][0].includes('a'.repeat(64)));
    assert.equal((await request(port, 'GET', '/api/overview', { headers: { cookie: `${name}=${'a'.repeat(64)}` } })).status, 401);
    const before = victim.cookie;
    await victim.login(system.token);
    assert.notEqual(victim.cookie, before);
    assert.equal((await request(port, 'GET', '/api/overview', { headers: { cookie: before } })).status, 401, 'the old one ended');
    const twice = `${victim.cookie}; ${name}=${'b'.repeat(64)}`;
    assert.equal((await request(port, 'GET', '/api/overview', { headers: { cookie: twice } })).status, 401, 'two of a name are none');
  });
  await t.test('DNS rebinding: another Host is not served, whatever is asked for', async () => {
    for (const host of ['evil.example', `evil.example:${port}`, '127.0.0.1.evil.example', 'localhost.evil.example', '0x7f000001.example', 'xn--localhost-']) {
      for (const target of ['/', '/index.html', '/health', '/metrics', '/api/overview', '/api/messages/stream', '/api/nothing']) {
        const { status, text } = await user.request('GET', target, { headers: { host } });
        assert.equal(status, 421, `${host} ${target}`);
        assert.ok(text.length < 200);
      }
      assert.equal((await user.request('POST', '/api/auth/login', { headers: { host }, body: { token: system.token } })).status, 421, host);
    }
    for (const host of ['localhost', `localhost:${port}`, '127.0.0.1', `[::1]:${port}`]) assert.equal((await request(port, 'GET', '/health', { headers: { host } })).status, 200, host);
  });
  await t.test('CORS reflection: an origin is never repeated unless it is listed, letter by letter', async () => {
    const origins = ['https://evil.example', 'null', 'https://ops.example.evil.example', 'https://evil-ops.example', 'http://ops.example', 'https://ops.example:8443', 'https://ops.example/', 'https://OPS.example.', '*', own];
    for (const origin of origins) {
      for (const [method, target] of [['GET', '/api/overview'], ['GET', '/health'], ['GET', '/'], ['OPTIONS', '/api/overview'], ['OPTIONS', '/api/auth/login']]) {
        const { headers } = await user.request(method, target, { headers: { origin, 'access-control-request-method': 'POST' } });
        for (const name of Object.keys(headers)) assert.ok(!name.startsWith('access-control-'), `${method} ${target} from ${origin}: ${name}: ${headers[name]}`);
      }
    }
    const listed = await user.request('OPTIONS', '/api/overview', { headers: { origin: 'https://ops.example', 'access-control-request-method': 'POST', 'access-control-request-headers': 'x-csrf-token' } });
    assert.equal(listed.status, 204);
    assert.equal(listed.headers['access-control-allow-origin'], 'https://ops.example');
    assert.match(listed.headers['access-control-allow-headers'], /x-csrf-token/i);
    assert.match(listed.headers.vary, /origin/i);
  });
  await t.test('a proxy that is not trusted can\'t say who the browser is, nor that it speaks https', async () => {
    const stranger = new User(port);
    const { headers } = await stranger.request('POST', '/api/auth/login', { body: { token: system.token }, headers: { 'x-forwarded-proto': 'https', 'x-forwarded-for': '203.0.113.9' } });
    assert.doesNotMatch(headers['set-cookie'][0], /Secure|__Host-/);
    await request(port, 'POST', '/api/auth/login', { headers: { ...json, 'x-forwarded-for': '203.0.113.9' }, body: '{"token":"wrong"}' });
    await system.boardd.says(/wrong login/i);
    assert.doesNotMatch(system.boardd.stderr, /203\.0\.113\.9/);
  });
});

test('crafted requests', async (t) => {
  const webui = privateDirectory(t);
  const outside = privateDirectory(t);
  fs.mkdirSync(path.join(webui, 'assets'));
  fs.writeFileSync(path.join(webui, 'index.html'), '<title>page</title>');
  fs.writeFileSync(path.join(webui, 'assets', 'app.js'), 'app');
  fs.writeFileSync(path.join(webui, '.hidden'), 'SECRET');
  fs.writeFileSync(path.join(outside, 'secret.txt'), 'SECRET');
  const system = await System.start(t, { options: { 'board.webui': webui } });
  const port = system.boardPort;
  const user = await system.user();
  const get = (target, ...more) => [`GET ${target} HTTP/1.1`, 'Host: 127.0.0.1', `Cookie: ${user.cookie}`, ...more, '', ''].join('\r\n');
  const answers = (text) => text.match(/HTTP\/1\.1 \d{3} /g) ?? [];

  await t.test('smuggling: a second request inside the first is never answered', async () => {
    const inner = get('/api/overview');
    const post = (...headers) => ['POST /api/auth/logout HTTP/1.1', 'Host: 127.0.0.1', 'Content-Type: application/json', ...headers, '', ''].join('\r\n');
    const attempts = {
      'a length and chunks': `${post('Content-Length: 4', 'Transfer-Encoding: chunked')}0\r\n\r\n${inner}`,
      'chunks and a length': `${post('Transfer-Encoding: chunked', `Content-Length: ${inner.length + 5}`)}0\r\n\r\n${inner}`,
      'the same length twice': `${post('Content-Length: 0', 'Content-Length: 0')}${inner}`,
      'lengths that differ': `${post('Content-Length: 0', `Content-Length: ${inner.length}`)}${inner}`,
      'a length with a space inside': `${post('Content-Length: 1 0')}${inner}`,
      'a length with a vertical tab': `${post('Content-Length: \x0b0')}${inner}`,
      'a length before a space and a colon': `${post('Content-Length : 0')}${inner}`,
      'two Hosts': `GET / HTTP/1.1\r\nHost: 127.0.0.1\r\nHost: localhost\r\n\r\n${inner}`,
      'bare LF': `POST / HTTP/1.1\nHost: 127.0.0.1\nContent-Length: 0\n\n${inner}`,
      'bare CR': `GET / HTTP/1.1\r\nHost: 127.0.0.1\rX: a\r\n\r\n${inner}`,
      'a folded header': `GET / HTTP/1.1\r\nHost: 127.0.0.1\r\nX: a\r\n\tb\r\n\r\n${inner}`,
      'an absolute target': `GET http://evil.example/ HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n${inner}`,
      'an authority as target': `CONNECT evil.example:443 HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n${inner}`,
      'an asterisk as target': `OPTIONS * HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n${inner}`,
    };
    for (const [name, bytes] of Object.entries(attempts)) {
      const { text, closed } = await exchange(port, bytes);
      assert.deepEqual(answers(text).length, 1, `${name}: ${text.slice(0, 300)}`);
      assert.match(text, /^HTTP\/1\.1 4\d\d /, name);
      assert.ok(closed, `${name}: closed`);
    }
    const swallowed = await exchange(port, `${get('/health', `Content-Length: ${inner.length}`)}${inner}`, { quiet: 300 });
    assert.equal(answers(swallowed.text).length, 1, 'the body of a GET is a body');
  });
  await t.test('path traversal: no file outside, no hidden one, whatever the spelling', async () => {
    const up = ['..', '%2e%2e', '%2E%2E', '.%2e', '..%00', '%c0%ae%c0%ae', '%252e%252e', '..;', '...', '..%5c'];
    const slash = ['/', '%2f', '%5c', '//', '/./'];
    for (const dots of up) {
      for (const between of slash) {
        for (const target of [`/${[dots, dots, dots, dots, 'etc', 'passwd'].join(between)}`, `/assets${between}${dots}${between}${dots}${outside}/secret.txt`, `/assets/${dots}${between}.hidden`]) {
          const { text } = await exchange(port, get(target, 'Connection: close'));
          assert.match(text, /^HTTP\/1\.1 (200|400|404) /, target);
          assert.ok(!text.includes('SECRET') && !text.includes('root:'), target);
          if (text.startsWith('HTTP/1.1 200')) assert.match(text, /<title>page<\/title>/, target);
        }
      }
    }
    for (const target of ['/.hidden', '/assets/app.js%00.html', '/assets', '//etc/passwd', '/index.html/']) assert.ok(!(await user.request('GET', target)).text.includes('SECRET'), target);
    assert.equal((await user.request('GET', '/assets/app.js')).text, 'app');
  });
  await t.test('oversized everything: the right status, and small answers', async () => {
    const big = 'a'.repeat(100_000);
    const cases = [
      ['a target', get(`/${big}`), 414],
      ['a query', get(`/api/messages?q=${big}`), 414],
      ['a cookie', get('/health', `Cookie: x=${big}`), 431],
      ['a thousand headers', get('/health', ...Array.from({ length: 1000 }, (_, i) => `X-${i}: ${i}`)), 431],
      ['a hundred short headers', get('/health', ...Array.from({ length: 100 }, () => 'X: a')), 431],
      ['an announced body', get('/api/auth/login', 'Content-Length: 99999999').replace('GET', 'POST'), 413],
      ['a method', `${big} / HTTP/1.1\r\n\r\n`, 414],
    ];
    for (const [name, bytes, status] of cases) {
      const { text, closed } = await exchange(port, bytes);
      assert.match(text, new RegExp(`^HTTP/1\\.1 ${status} `), name);
      assert.ok(closed && text.length < 2000, name);
    }
    const many = Array.from({ length: 200 }, (_, i) => `a${i}=1`).join('&');
    const parameters = ['identity', 'method', 'q', 'filter', 'since', 'before', 'limit', 'offset'].map((name) => `${name}=${'9'.repeat(3000)}`);
    for (const query of [many, ...parameters]) {
      const { status, json: body } = await user.request('GET', `/api/messages?${query}`);
      assert.equal(status, 400, query.slice(0, 40));
      assert.ok(body.error.length < 400);
    }
    const deep = `${'{"token":'.repeat(5000)}1${'}'.repeat(5000)}`;
    for (const body of [deep, JSON.stringify({ token: 'a'.repeat(60_000) }), `{${'"a":1,'.repeat(9000)}"token":1}`])
      assert.equal((await request(port, 'POST', '/api/auth/login', { headers: { ...json, 'content-length': body.length }, body })).status, 400);
    const id = await user.request('GET', '/api/messages/stream', { headers: { 'last-event-id': '9'.repeat(7000) } });
    assert.equal(id.status, 400);
  });
  await t.test('it serves as before', async () => assert.equal((await user.request('GET', '/api/overview')).status, 200));
});

test('text that wants to be code, and text that wants to be a log line', async (t) => {
  const script = '</script><script>alert(1)</script><img src=x onerror=alert(1)>"\'&';
  const system = await System.start(t, { options: { 'shm.instance': 'XSS-gateway' } });
  const user = await system.user();
  const forged = '\r\n2026-01-01T00:00:00.000Z ocpp-boardd: info: auth: FORGED\u2028\u202e\u001b[31m';

  await t.test('shown as JSON text alone, never as a page', async () => {
    const station = await system.station("it's-<CP>".replace(/[<>']/g, '_'));
    await station.call(script.slice(0, 50), { text: script, [script]: script }, script.slice(0, 36)).catch(() => {});
    station.raw(`[4,"x","${script.replace(/["]/g, '')}","",{}]`);
    station.raw(script);
    station.socket.close(1000, script.slice(0, 120));
    await until('it is closed', () => station.closed);
    for (const identity of ['<script>alert(1)</script>', '"><img src=x>', "a'b", 'a\u2028b']) await assert.rejects(system.station(identity), /refused with 4/, identity);
    await system.shows(user, '/api/connection-events', ({ events }) => JSON.stringify(events).includes('alert(1)'));
    await system.shows(user, '/api/messages', (list) => JSON.stringify(list).includes('alert(1)'));
    const encoded = encodeURIComponent(script);
    for (const target of ['/api/messages', '/api/errors', '/api/logs', '/api/system-events', '/api/security-events', '/api/connection-events', '/api/connections?status=all', '/api/overview', '/health',
      `/api/connections/${encoded}`, `/api/messages/${encoded}`, `/api/messages?type=${encoded}`, `/api/messages?${encoded}=1`, `/api/messages?filter=${encoded}`, `/api/${encoded}`]) {
      const { headers, text } = await user.request('GET', target);
      assert.match(headers['content-type'], /^application\/json/, target);
      assert.equal(headers['x-content-type-options'], 'nosniff', target);
      assert.match(headers['content-security-policy'], /default-src 'self'/, target);
      assert.doesNotThrow(() => JSON.parse(text), target);
    }
    const [message] = (await user.get('/api/messages?limit=1000')).filter(({ type, method }) => type === 'CALL' && method?.includes('<script>'));
    assert.ok(message, 'the action is told as it came');
    const stream = system.stream(user, '/api/stream?topics=messages,logs,errors,connections&history=100', { reconnect: false });
    await until('the stream has it', () => stream.events.some(({ data }) => data.includes('alert(1)')));
    for (const { data, json: parsed } of stream.events) assert.ok(parsed !== undefined, data.slice(0, 200));
  });
  await t.test('a line break in what was sent makes no log line', async () => {
    const station = await system.station('FORGER');
    station.socket.close(1000, forged.slice(0, 100));
    await until('it is closed', () => station.closed);
    for (const identity of [`A${forged}`, 'A\n']) await assert.rejects(system.station(identity));
    for (const body of [{ token: forged }, { username: forged, password: forged }]) await request(system.boardPort, 'POST', '/api/auth/login', { headers: json, body: JSON.stringify(body) });
    await user.request('GET', `/api/connections/${encodeURIComponent(forged)}`);
    await user.request('GET', `/${encodeURIComponent(forged)}`);
    await user.request('GET', '/api/overview', { headers: { 'user-agent': 'a\tFORGED', referer: 'http://a/%0d%0aFORGED', 'x-forwarded-for': '1.2.3.4%0aFORGED' } });
    await exchange(system.boardPort, `GET / HTTP/1.1\r\nHost: 127.0.0.1\r\nUser-Agent: a${forged.slice(2)}\r\n\r\n`);
    await exchange(system.gatewayPort, `GET /ocpp/A%0aFORGED HTTP/1.1\r\nHost: a${forged}\r\n\r\n`);
    await user.get('/api/logs');
    const line = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z ocpp-(gateway|boardd): (error|warning|info|debug): [a-z]+: /;
    for (const program of [system.gateway, system.boardd]) {
      for (const text of program.stderr.split('\n').filter(Boolean)) {
        assert.match(text, line);
        assert.doesNotMatch(text, /^\S+ \S+ info: auth: FORGED/);
        // eslint-disable-next-line no-control-regex
        assert.doesNotMatch(text, /[\u0000-\u001f\u007f-\u009f\u2028\u2029\u202a-\u202e]/);
      }
    }
    for (const { text } of (await user.get('/api/logs?limit=1000')).events) assert.doesNotMatch(text ?? '', /[\r\n\u2028]/);
  });
});

test('a connection that is reset at any point harms nobody', async (t) => {
  const system = await System.start(t);
  const user = await system.user();
  const bytes = `GET /api/overview HTTP/1.1\r\nHost: 127.0.0.1\r\nCookie: ${user.cookie}\r\n\r\n`;
  for (let length = 0; length <= bytes.length; length += 3) {
    await new Promise((resolve, reject) => {
      const socket = net.connect({ host: '127.0.0.1', port: system.boardPort });
      socket.on('error', reject).on('close', resolve);
      socket.on('connect', () => socket.write(bytes.slice(0, length), () => socket.resetAndDestroy()));
    });
  }
  assert.equal((await user.request('GET', '/api/overview')).status, 200);
});

test('guessing the login, from one address and from many', async (t) => {
  const system = await System.start(t, { options: { 'board.trusted_proxies': '127.0.0.1', 'board.request_rate': '100000', 'board.request_burst': '100000' } });
  const attempt = (token, address) =>
    request(system.boardPort, 'POST', '/api/auth/login', { headers: { ...json, 'x-forwarded-for': address }, body: JSON.stringify({ token }) });
  const statuses = {};
  const guess = async (address) => {
    const { status, headers } = await attempt('0'.repeat(64), address);
    statuses[status] = (statuses[status] ?? 0) + 1;
    if (status === 429) assert.ok(Number(headers['retry-after']) >= 1);
  };
  for (let i = 0; i < 300; i++) await guess('198.51.100.7');
  t.diagnostic(`300 from one address: ${JSON.stringify(statuses)}`);
  assert.ok(statuses[401] <= 10, 'most were not even looked at');
  assert.equal((await attempt(system.token, '198.51.100.7')).status, 429, 'not even the right one helps there');
  assert.equal((await attempt(system.token, '203.0.113.5')).status, 200, 'others log in');

  for (let i = 0; i < 1000; i += 20) await Promise.all(Array.from({ length: 20 }, (_, k) => guess(`10.${(i + k) >> 8}.${(i + k) & 255}.1`)));
  t.diagnostic(`and 1,000 from as many: ${JSON.stringify(statuses)}`);
  assert.equal((await attempt(system.token, '203.0.113.5')).status, 200, 'who is known logs in');
  const user = new User(system.boardPort);
  user.cookie = (await attempt(system.token, '203.0.113.5')).headers['set-cookie'][0].split(';')[0];
  const { events, totalCount } = await user.get('/api/security-events?limit=1000');
  assert.ok(events.some(({ category }) => category === 'AUTH_FAILED') && events.some(({ category }) => category === 'RATE_LIMIT'));
  assert.ok(totalCount < 700, `${totalCount} events for 1,300 guesses`);
  assert.ok(system.boardd.stderr.split('\n').filter((line) => /wrong login/i.test(line)).length < 700, 'nor as many lines');
  assert.ok(!JSON.stringify(events).includes('00000000') && !system.boardd.stderr.includes('00000000'), 'what was tried is not told');
});
