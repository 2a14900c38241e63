// Real daemons, a simulated fleet and a real browser for the tests of the dashboard.
import assert from 'node:assert/strict';
import { execFileSync, spawn } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { after, afterEach, before, beforeEach } from 'node:test';
import { fileURLToPath } from 'node:url';
import { freePort } from '../integration/free_port.mjs';

const top = fileURLToPath(new URL('../..', import.meta.url));
export const build = resolve(process.env.BUILD_DIR ?? top);
export const artifacts = resolve(process.env.ARTIFACTS ?? join(build, 'test-artifacts'));
const patience = Number(process.env.OCPP_BOARD_PATIENCE ?? 1);
export const TOKEN = 'e2e-token-0123456789abcdef';

// The browser driver is one of the web UI's packages, which are where the web UI was built.
const webui = [join(build, 'webui'), join(top, 'webui')].find((path) => existsSync(join(path, 'node_modules/playwright-core')));
if (!webui) throw new Error(`no node_modules in ${build}/webui: build the web UI first (make webui)`);
const require = createRequire(join(webui, 'package.json'));
const { chromium } = require('playwright-core');
const axeSource = readFileSync(require.resolve('axe-core/axe.min.js'), 'utf8');

const BROWSER_ARGUMENTS =
  '--headless --no-sandbox --disable-gpu --disable-quic --no-first-run --disable-background-networking --disable-component-update --disable-sync'.split(' ');

/** A limit of time, longer on a machine that is told to be slow. */
export const patiently = (ms) => ms * patience;

export const sleep = (ms) => new Promise((done) => setTimeout(done, ms));

export async function until(what, probe, seconds = 10) {
  const end = Date.now() + seconds * 1000 * patience;
  for (let last; ; await sleep(25)) {
    try {
      const value = await probe();
      if (value) return value;
    } catch (error) {
      last = error;
    }
    if (Date.now() > end) throw new Error(`waited in vain until ${what}`, { cause: last });
  }
}

class Program {
  constructor(file, args) {
    this.name = file;
    this.output = '';
    this.child = spawn(join(build, file), args, { stdio: ['ignore', 'pipe', 'pipe'] });
    for (const stream of [this.child.stdout, this.child.stderr]) stream.setEncoding('utf8').on('data', (text) => (this.output += text));
    this.ended = new Promise((done) => this.child.on('close', (code, signal) => done((this.result = { code, signal }))));
  }

  kill(signal = 'SIGTERM') {
    if (!this.result) this.child.kill(signal);
    if (!this.result) this.child.kill('SIGCONT'); // what is stopped takes no other signal
    return this.ended;
  }

  /** Holds the program until `go` is called. */
  stop() {
    this.child.kill('SIGSTOP');
  }

  go() {
    this.child.kill('SIGCONT');
  }
}

/** A gateway, a dashboard and a fleet of their own: directories, ports and shared memory are private. */
export class System {
  /**
   * Events come from a gateway and a fleet; with `publisher`, its arguments, made-up ones from tests/tools/publish_events
   * instead; with `published` it has made all of them before the dashboard starts.
   */
  static async start({ stations = 12, rate = 30, wrongPasswords = 0, incidents = 2, board = [], publisher, published } = {}) {
    const system = new System();
    system.directory = mkdtempSync(join(tmpdir(), 'ocpp-board-e2e.'));
    system.shm = mkdtempSync('/dev/shm/ocpp-board-e2e.');
    system.boardOptions = board;
    writeFileSync(join(system.directory, 'token'), TOKEN, { mode: 0o600 });
    [system.gatewayPort, system.boardPort] = [await freePort(), await freePort()];
    system.url = `http://127.0.0.1:${system.boardPort}`;
    try {
      if (published) await system.startPublisher(['-H', ...published], 'published');
      else if (publisher) await system.startPublisher(publisher, 'ready');
      else await system.startGateway(stations, wrongPasswords > 0);
      await system.startBoard();
      if (!publisher && !published) system.startFleet(stations, rate, wrongPasswords, incidents);
    } catch (error) {
      await system.stop();
      throw error;
    }
    return system;
  }

  options(...pairs) {
    return ['-f', ...[`shm.dir=${this.shm}`, ...pairs].flatMap((pair) => ['-o', pair])];
  }

  async startGateway(stations, passwords) {
    const options = [`gateway.listen=127.0.0.1:${this.gatewayPort}`, ...(this.gatewayOptions ?? [])];
    if (passwords) {
      const identities = Array.from({ length: stations }, (_, n) => `CP-${String(n + 1).padStart(4, '0')}`);
      const write = (name, glue) => {
        const lines = identities.map((identity) => `${identity}${glue}secret-of-${identity}\n`);
        writeFileSync(join(this.directory, name), lines.join(''), { mode: 0o600 });
        return join(this.directory, name);
      };
      this.passwords = write('passwords', ':'); // as the simulator reads them
      options.push('gateway.security_profile=1', `gateway.stations=${write('stations', ' password=')}`);
    }
    this.gateway = new Program('gateway/ocpp-gateway', this.options(...options));
    await until(`the gateway listens (${this.gateway.output})`, () => this.listening(this.gateway));
  }

  async startPublisher(args, sign) {
    const file = 'tests/tools/publish_events';
    if (!existsSync(join(build, file))) throw new Error(`no ${file}: make ${file}`);
    this.gateway = new Program(file, ['-d', this.shm, ...args]);
    const isReady = () => {
      if (this.gateway.result) throw new Error(this.gateway.output);
      return this.gateway.output.includes(sign);
    };
    await until(`events are published (${this.gateway.output})`, isReady, 30);
  }

  async startBoard() {
    const options = [
      `board.listen=127.0.0.1:${this.boardPort}`,
      `board.token_file=${join(this.directory, 'token')}`,
      `board.webui=${join(build, 'webui/dist')}`,
      ...this.boardOptions,
    ];
    this.board = new Program('boardd/ocpp-boardd', this.options(...options));
    await until('the dashboard answers', async () => {
      if (this.board.result) throw new Error(this.board.output);
      return (await fetch(`${this.url}/health`)).ok;
    });
  }

  /** Adds a user to the users file, which is made with the first; returns the file. */
  addUser(name, password, role) {
    const file = join(this.directory, 'users');
    execFileSync(join(build, 'boardd/ocpp-boardd'), ['passwd', '-r', role, file, name], { input: `${password}\n`, timeout: 10_000 });
    return file;
  }

  async restartBoard(options) {
    await this.board.kill();
    this.boardOptions = options;
    await this.startBoard();
  }

  listening(program) {
    if (program.result) throw new Error(`${program.name} ended: ${program.output}`);
    return program.output.includes('listening on');
  }

  startFleet(stations, rate, wrongPasswords, incidents) {
    const args = ['-q', '-n', String(stations), '-r', String(rate), '-R', '1s', '-e', String(incidents), '-u', `ws://127.0.0.1:${this.gatewayPort}/ocpp`];
    if (this.passwords) args.push('-P', this.passwords, '-w', String(wrongPasswords));
    this.fleet = new Program('tools/ocpp-sim', args);
  }

  async stop() {
    for (const program of [this.fleet, this.board, this.gateway]) {
      if (!program) continue;
      const timer = setTimeout(() => program.kill('SIGKILL'), 5000);
      await program.kill();
      clearTimeout(timer);
    }
    rmSync(this.directory, { recursive: true, force: true });
    rmSync(this.shm, { recursive: true, force: true });
  }
}

export function launchBrowser() {
  return chromium.launch({ executablePath: process.env.CHROMIUM ?? '/usr/bin/chromium', args: BROWSER_ARGUMENTS });
}

/**
 * A page that notes what must not happen: messages of the console that are errors, exceptions, requests to other hosts.
 * `expected` holds patterns of console errors that belong to the test.
 */
export async function openPage(browser, system, { width = 1440, height = 900, theme = 'light', expected = [], context } = {}) {
  context ??= await browser.newContext({ viewport: { width, height }, colorScheme: theme });
  const page = await context.newPage();
  page.setDefaultTimeout(10_000 * patience);
  page.faults = [];
  page.expected = expected;
  page.on('console', (message) => {
    if (message.type() !== 'error' || page.expected.some((pattern) => pattern.test(message.text()))) return;
    page.faults.push(message.text());
  });
  page.on('pageerror', (error) => page.faults.push(error.stack ?? error.message));
  page.on('request', (request) => {
    const url = new URL(request.url());
    if (url.protocol.startsWith('http') && url.origin !== system.url) page.faults.push(`request to ${url.origin}`);
  });
  return page;
}

export async function logIn(page, system) {
  await page.goto(`${system.url}/login#token=${TOKEN}`);
  await page.waitForSelector('[data-stream="live"]');
}

/** For all tests of a file: a system with these settings and a browser, both ended after the last. `use` may prepare more. */
export function wholeFile(use, settings) {
  let system;
  let browser;
  const start = async () => {
    [system, browser] = await Promise.all([System.start(settings), launchBrowser()]);
    await use({ system, browser });
  };
  before(start, { timeout: patiently(60_000) });
  after(async () => {
    await browser?.close();
    await system?.stop();
  });
}

/** In a suite: each test gets a page of its own, logged in, and must leave no fault on it. `where` tells browser and system. */
export function eachPage(where, use) {
  let page;
  beforeEach(async () => {
    const { browser, system } = where();
    page = await openPage(browser, system);
    use(page);
    await logIn(page, system);
  });
  afterEach(async () => {
    const { faults } = page;
    await page.context().close();
    assert.deepEqual(faults, []);
  });
}

/** What a browser says of requests while boardd is away or the session has ended. */
export const REFUSED = /Failed to load resource: (?:net::ERR_|the server responded with a status of (?:401|429|502|503))/;

export async function logInAs(page, system, name, password) {
  await page.goto(`${system.url}/login`);
  await page.getByLabel('User').fill(name);
  await page.getByLabel('Password').fill(password);
  await page.getByRole('button', { name: 'Log in' }).click();
  await page.waitForSelector('[data-stream="live"]');
}

/** Rows of the grid on the page. */
export function rowsOf(page) {
  return page.locator('[role="grid"] [role="row"][aria-selected]');
}

/** Numbers of the first and the last row that the grid on the page has elements for; their order in the document is another. */
export async function rowSpan(page) {
  const indexes = await rowsOf(page).evaluateAll((rows) => rows.map((row) => Number(row.getAttribute('aria-rowindex'))));
  return { first: Math.min(...indexes), last: Math.max(...indexes) };
}

/** What identifies the row in the middle of what is seen. */
export async function seenRow(page) {
  const box = await page.getByRole('grid').boundingBox();
  return page.evaluate(
    ([x, y]) => document.elementFromPoint(x, y)?.closest('[role="row"]')?.id ?? '',
    [box.x + 60, box.y + box.height / 2],
  );
}

/** Sends frames, or texts that are none, as a station, and closes with that reason; resolves to the gateway's first answer. */
export async function sendAsStation(browser, system, identity, frames, reason = '') {
  const page = await (await browser.newContext()).newPage();
  try {
    return await page.evaluate(
      ([url, frames, reason]) =>
        new Promise((done, fail) => {
          const socket = new WebSocket(url, 'ocpp1.6');
          let answer;
          socket.onopen = () => {
            for (const frame of frames) socket.send(typeof frame === 'string' ? frame : JSON.stringify(frame));
          };
          socket.onmessage = ({ data }) => {
            answer = JSON.parse(data);
            socket.close(4000, reason);
          };
          socket.onerror = () => fail(new Error(`no connection to ${url}`));
          socket.onclose = () => done(answer);
        }),
      [`ws://127.0.0.1:${system.gatewayPort}/ocpp/${encodeURIComponent(identity)}`, frames, reason],
    );
  } finally {
    await page.context().close();
  }
}

/** Clicks a row in the middle of what is seen, wherever the list has moved to. */
export async function clickVisibleRow(page) {
  const box = await page.getByRole('grid').boundingBox();
  await page.mouse.click(box.x + 60, box.y + box.height / 2);
}

export async function screenshot(page, name) {
  mkdirSync(artifacts, { recursive: true });
  await page.screenshot({ path: join(artifacts, `${name}.png`) });
}

/** What axe-core calls serious or critical on the page as it is. */
export async function accessibilityProblems(page) {
  await page.evaluate(axeSource);
  const { violations } = await page.evaluate(() => globalThis.axe.run(document, { resultTypes: ['violations'] }));
  return violations
    .filter(({ impact }) => impact === 'serious' || impact === 'critical')
    .map(({ id, help, nodes }) => `${id}: ${help}: ${nodes.slice(0, 3).map(({ html }) => html.slice(0, 160)).join(' | ')}`);
}

/** Goes to a page by the navigation. */
export function openTab(page, name) {
  return page.getByRole('navigation').getByRole('link', { name, exact: true }).click();
}

/** Texts of cells that reach beyond the row that they are in. */
function widerThanTheirRow(page) {
  return page.locator('[role="row"] > [role="gridcell"]').evaluateAll((cells) =>
    cells
      .filter((cell) => cell.getBoundingClientRect().right > cell.parentElement.getBoundingClientRect().right + 1)
      .slice(0, 3)
      .map((cell) => cell.textContent),
  );
}

/**
 * Shows each page in both themes and two widths: nothing may be wider than the window, be serious for axe-core, or stand on
 * the console as an error. `pages` maps a name to what brings that page up. Leaves a screenshot of each.
 */
export async function pagesLookRight(browser, system, pages) {
  const problems = [];
  for (const theme of ['light', 'dark']) {
    for (const width of [1440, 390]) {
      const page = await openPage(browser, system, { theme, width, height: width < 600 ? 844 : 900 });
      await logIn(page, system);
      for (const [name, show] of Object.entries(pages)) {
        await show(page, width);
        await screenshot(page, `${name}-${theme}-${width}`);
        const where = `${name}, ${theme}, ${width}`;
        for (const problem of await accessibilityProblems(page)) problems.push(`${where}: ${problem}`);
        const overflow = await page.evaluate(() => document.documentElement.scrollWidth - innerWidth);
        if (overflow > 0) problems.push(`${where}: wider than the window by ${overflow}`);
        for (const text of await widerThanTheirRow(page)) problems.push(`${where}: wider than its row: ${text}`);
      }
      problems.push(...page.faults);
      await page.context().close();
    }
  }
  return problems;
}
