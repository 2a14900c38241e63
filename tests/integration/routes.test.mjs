// Every row of the route table against the running dashboard: what is documented is there, and nothing else.
import assert from 'node:assert/strict';
import fs from 'node:fs';
import test from 'node:test';
import { System, cleanup, request, until } from './harness.mjs';

const table = fs.readFileSync(new URL('../../boardd/api/routes.def', import.meta.url), 'utf8');
const routes = [...table.matchAll(/^ROUTE\((\w+), "([^"]+)", (\w+), (\w+),\s*"([^"]*)"/gm)].map(
  ([, method, path, role, handler, parameters]) => ({ method, path, role, handler, parameters: parameters.split(' ').filter(Boolean) }),
);
const methods = ['GET', 'POST', 'PUT', 'DELETE'];
const isStream = ({ path }) => path.endsWith('stream');
const filled = (path) => path.replace(':identity', 'ROUTES').replace(/:\w+/, 'no-such');

/** The head of a stream's answer; its body has no end. */
function openStream(t, user, path) {
  return new Promise((resolve, reject) => {
    const controller = new AbortController();
    cleanup(t, () => controller.abort());
    fetch(`http://127.0.0.1:${user.port}${path}`, { headers: { cookie: user.cookie }, signal: controller.signal }).then((response) => {
      resolve({ status: response.status, type: response.headers.get('content-type') });
      controller.abort();
    }, reject);
  });
}

test('the table of routes', async (t) => {
  assert.ok(routes.length > 20, `${routes.length} rows found`);
  const rows = table.match(/^ROUTE\(/gm).length;
  assert.equal(routes.length, rows, 'every row was understood');
  const system = await System.start(t);
  const user = await system.user();
  await (await system.station('ROUTES')).boot();
  await system.shows(user, '/api/messages', (list) => list.length === 2);
  const paths = [...new Set(routes.map(({ path }) => path))];
  const inTurn = [...routes].sort((a, b) => Number(a.path.includes('logout')) - Number(b.path.includes('logout')));

  await t.test('each needs its role', async () => {
    for (const { method, path, role } of routes) {
      const headers = { 'content-type': 'application/json', 'content-length': 2 };
      const { status } = await request(system.boardPort, method, filled(path), method === 'GET' ? {} : { headers, body: '{}' });
      if (role === 'NONE') assert.notEqual(status, 403, `${method} ${path}`);
      else assert.equal(status, 401, `${method} ${path}`);
    }
  });
  await t.test('a method that no row has is a 405 with those that there are', async () => {
    for (const path of paths) {
      const known = routes.filter((route) => route.path === path).map(({ method }) => method);
      for (const method of methods.filter((each) => !known.includes(each))) {
        const { status, headers } = await user.request(method, filled(path), method === 'GET' ? {} : { body: {} });
        const other = routes.some((route) => route.method === method && new RegExp(`^${route.path.replace(/:\w+/, '[^/]+')}$`).test(filled(path)));
        if (other) continue; // "/messages/stream" is also an id of "/messages/:id"
        assert.equal(status, 405, `${method} ${path}`);
        for (const each of known) assert.ok(headers.allow.split(', ').includes(each), `${path}: Allow: ${headers.allow}`);
      }
      const options = await user.request('OPTIONS', filled(path), { body: '' });
      assert.equal(options.status, 204, path);
    }
  });
  await t.test('a path beside them is a JSON 404', async () => {
    for (const path of paths) {
      for (const beside of [`${filled(path)}/`, `${filled(path)}/x/y`, filled(path).replace(/(.)$/, '$1$1')]) {
        if (paths.some((each) => new RegExp(`^${each.replace(/:\w+/, '[^/]+')}$`).test(beside))) continue;
        const { status, json } = await user.request('GET', beside);
        if (!beside.startsWith('/api') && status === 200) continue; // a page of the web UI
        assert.equal(status, 404, beside);
        assert.equal(typeof json.error, 'string', beside);
      }
    }
  });
  await t.test('parameters: those of the row are known, others are refused by name', async () => {
    for (const { path, method, parameters } of routes.filter(({ method: each }) => each === 'GET')) {
      for (const name of parameters) {
        const { status, json } = await user.request('HEAD', `${filled(path)}?${name}=%21`).then(({ status: code }) =>
          code === 400 ? user.request(method, `${filled(path)}?${name}=%21`) : { status: code });
        assert.ok(status !== 400 || !/unknown parameter/i.test(json.error), `${path}: ${name}: ${json?.error}`);
      }
      if (path.includes('/auth/') || path === '/health') continue;
      const { status, json } = await user.request(method, `${filled(path)}?nonsense=1`);
      assert.equal(status, 400, path);
      assert.match(json.error, /nonsense/, path);
    }
  });
  await t.test('numbers that are none, or too large, are refused by name', async () => {
    const wrong = { limit: ['-1', '0', 'abc', '1e9', '1001', '0x10', '1.5', '%20', '18446744073709551617'], offset: ['-1', 'abc', '1e9', '18446744073709551617'] };
    for (const { path, parameters } of routes.filter(({ method, parameters: known }) => method === 'GET' && known.includes('limit'))) {
      for (const [name, values] of Object.entries(wrong)) {
        for (const value of parameters.includes(name) ? values : []) {
          const { status, json } = await user.request('GET', `${filled(path)}?${name}=${value}`);
          assert.equal(status, 400, `${path}?${name}=${value}`);
          assert.match(json.error, new RegExp(`\\b${name}\\b`), path);
        }
      }
    }
  });
  await t.test('the OpenAPI document lists each route with its parameters, and no other', async () => {
    const { paths: described, openapi } = await user.get('/api/openapi.json');
    assert.match(openapi, /^3\.1\./);
    const theirs = Object.entries(described).flatMap(([path, item]) =>
      Object.entries(item).map(([method, { parameters = [] }]) => `${method.toUpperCase()} ${path} ${parameters.map(({ name }) => name).sort()}`));
    const ours = routes.map(({ method, path, parameters }) => {
      const inPath = [...path.matchAll(/:(\w+)/g)].map(([, name]) => name);
      return `${method} ${path.replace(/:(\w+)/g, '{$1}')} ${[...inPath, ...parameters].sort()}`;
    });
    assert.deepEqual(theirs.sort(), ours.sort());
  });
  await t.test('each answers', async () => {
    for (const route of inTurn) {
      const { method, path } = route;
      if (method === 'GET' && isStream(route)) {
        const { status, type } = await openStream(t, user, path === '/api/stream' ? `${path}?topics=messages` : path);
        assert.equal(status, 200, path);
        assert.match(type, /^text\/event-stream/, path);
        continue;
      }
      const answer = await user.request(method, filled(path), method === 'GET' ? {} : { body: {} });
      assert.notEqual(answer.json?.error, 'no such resource', `${method} ${path}`);
      assert.ok(![401, 403, 405, 500, 501].includes(answer.status), `${method} ${path}: ${answer.status} ${answer.text.slice(0, 200)}`);
      if (method !== 'GET' || answer.status !== 200) continue;
      const head = await user.request('HEAD', filled(path));
      assert.deepEqual([head.status, head.text], [200, ''], `HEAD ${path}`);
      assert.equal(head.headers['content-type'], answer.headers['content-type'], path);
      if (path.startsWith('/api')) assert.match(answer.headers['cache-control'], /no-store/, path);
      assert.equal(answer.headers['x-content-type-options'], 'nosniff', path);
    }
  });
});

test('a list that has not changed is a 304', async (t) => {
  const system = await System.start(t);
  const user = await system.user();
  const station = await system.station('TAGGED');
  await station.boot();
  await system.shows(user, '/api/messages', (list) => list.length === 2);
  for (const path of ['/api/messages', '/api/connections?status=all', '/api/security-events', '/api/openapi.json']) {
    const { etag } = (await user.request('GET', path)).headers;
    assert.match(etag, /^W\/"[0-9a-f]{16}"$/, path);
    const again = await user.request('GET', path, { headers: { 'if-none-match': `"x", ${etag}` } });
    assert.deepEqual([again.status, again.text, again.headers.etag], [304, '', etag], path);
    assert.equal((await user.request('GET', path, { headers: { 'if-none-match': 'W/"0000000000000000"' } })).status, 200, path);
  }
  const { etag } = (await user.request('GET', '/api/messages')).headers;
  await station.call('Heartbeat');
  await until('the list has changed', async () => (await user.request('GET', '/api/messages', { headers: { 'if-none-match': etag } })).status === 200);
  assert.equal((await user.request('GET', '/api/overview')).headers.etag, undefined, 'what changes every time has none');
});
