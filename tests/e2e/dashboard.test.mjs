// The dashboard as a person uses it, against the real processes.
import assert from 'node:assert/strict';
import { after, afterEach, before, beforeEach, describe, it } from 'node:test';
import { accessibilityProblems, clickVisibleRow, launchBrowser, logIn, openPage, rowsOf, screenshot, System, TOKEN, until } from './harness.mjs';

const REFUSED = /Failed to load resource: (?:net::ERR_|the server responded with a status of (?:401|429|502|503))/;

let system;
let browser;
let page;

/** Goes to a page by the navigation. */
function openTab(name) {
  return page.getByRole('navigation').getByRole('link', { name, exact: true }).click();
}

before(async () => {
  [system, browser] = await Promise.all([System.start({ wrongPasswords: 20 }), launchBrowser()]);
});

after(async () => {
  await browser?.close();
  await system?.stop();
});

describe('login', () => {
  beforeEach(async () => {
    page = await openPage(browser, system, { expected: [REFUSED] });
  });
  afterEach(() => page.context().close());

  it('refuses a wrong token with words and keeps the form', async () => {
    await page.goto(system.url);
    await page.getByLabel('Access token').fill('wrong');
    await page.getByRole('button', { name: 'Log in' }).click();
    await page.getByRole('alert').filter({ hasText: /wrong token/i }).waitFor();
    assert.equal(await page.getByLabel('Access token').count(), 1);
    assert.deepEqual(page.faults, []);
  });

  it('takes the right token and logs out again', async () => {
    await page.goto(`${system.url}/messages`);
    await page.getByLabel('Access token').fill(TOKEN);
    await page.getByRole('button', { name: 'Log in' }).click();
    await page.waitForSelector('[data-stream="live"]');
    assert.equal(new URL(page.url()).pathname, '/messages', 'the page that was asked for');
    await page.getByRole('button', { name: 'Settings' }).click();
    await page.getByRole('menuitem', { name: /Log out/ }).click();
    await page.getByLabel('Access token').waitFor();
    const status = await page.evaluate(async () => (await fetch('/api/overview')).status);
    assert.equal(status, 401);
    assert.deepEqual(page.faults, []);
  });

  it('logs in with the token of a link and takes it out of the address', async () => {
    await logIn(page, system);
    assert.doesNotMatch(page.url(), /token/);
    await page.goBack().catch(() => null);
    assert.doesNotMatch(page.url(), /token/);
  });
});

describe('pages', () => {
  beforeEach(async () => {
    page = await openPage(browser, system);
    await logIn(page, system);
  });
  afterEach(async () => {
    const { faults } = page;
    await page.context().close();
    assert.deepEqual(faults, []);
  });

  it('shows live messages on the overview', async () => {
    const newest = page.locator('main ol li').first();
    await newest.waitFor();
    const text = await newest.textContent();
    await until('another message is the newest', async () => (await newest.textContent()) !== text);
    await page.getByText('Stations connected').first().waitFor();
  });

  it('filters messages and keeps the filter in the address', async () => {
    await openTab('Messages');
    await rowsOf(page).first().waitFor();
    await page.getByRole('combobox', { name: 'Filter' }).fill('action:Heartbeat');
    await until('only heartbeats are left', async () => {
      const texts = await rowsOf(page).allTextContents();
      return texts.length > 0 && texts.every((text) => text.includes('Heartbeat'));
    });
    await until('the address has it', () => new URL(page.url()).searchParams.get('filter') === 'action:Heartbeat');
    await page.reload();
    await until('it holds after a reload', async () => {
      const texts = await rowsOf(page).allTextContents();
      return texts.length > 0 && texts.every((text) => text.includes('Heartbeat'));
    });
    await page.getByRole('combobox', { name: 'Filter' }).fill('nonsense:1');
    await page.getByRole('alert').filter({ hasText: 'is no key' }).waitFor();
  });

  it('completes keys and actions in the filter', async () => {
    await page.goto(`${system.url}/messages`);
    await rowsOf(page).first().waitFor();
    const filter = page.getByRole('combobox', { name: 'Filter' });
    await filter.pressSequentially('act');
    await page.getByRole('option', { name: /^action:/ }).waitFor();
    await filter.press('ArrowDown');
    await filter.press('Enter');
    await filter.pressSequentially('Heartb');
    await page.getByRole('option', { name: 'Heartbeat' }).click();
    assert.equal(await filter.inputValue(), 'action:Heartbeat ');
  });

  it('opens a message with its request and answer, and finds it again by its link', async () => {
    await page.goto(`${system.url}/messages`);
    await until('an answered exchange is shown', async () => (await rowsOf(page).filter({ hasText: 'ok' }).count()) > 30);
    await clickVisibleRow(page);
    const detail = page.getByTestId('message-detail');
    await detail.getByRole('heading', { name: 'Request of the station' }).waitFor();
    await detail.getByText('CALLRESULT').waitFor();
    await page.getByTestId('resume').waitFor(); // selecting pauses
    await detail.getByRole('button', { name: 'Raw' }).click();
    await until('the frame is shown', async () => /\[2,"/.test(await detail.textContent()));
    const action = await detail.getByRole('heading').first().textContent();
    const link = page.url();
    assert.match(link, /[?&]m=/);
    await page.goto(link);
    await until('the same message is open', async () => (await detail.getByRole('heading').first().textContent()) === action);
    await page.keyboard.press('Escape');
    await detail.waitFor({ state: 'detached' });
  });

  it('pauses when scrolled up, counts what is new and returns', async () => {
    await page.goto(`${system.url}/messages`);
    await until('the list is longer than the window', async () => (await rowsOf(page).count()) > 30);
    await page.getByRole('grid').hover();
    await page.mouse.wheel(0, -300);
    const resume = page.getByTestId('resume');
    await resume.filter({ hasText: 'new' }).waitFor();
    const top = await rowsOf(page).first().getAttribute('aria-rowindex');
    await until('more came', async () => Number.parseInt((await resume.textContent()).replace(/\D/g, ''), 10) > 5);
    assert.equal(await rowsOf(page).first().getAttribute('aria-rowindex'), top, 'the list stood still');
    await resume.click();
    await resume.waitFor({ state: 'detached' });
  });

  it('moves through messages by keyboard', async () => {
    await page.goto(`${system.url}/messages`);
    await until('the list is full', async () => (await rowsOf(page).count()) > 30);
    await clickVisibleRow(page);
    const selected = () => page.locator('[role="row"][aria-selected="true"]').getAttribute('aria-rowindex');
    const at = Number(await selected());
    await page.getByRole('grid').focus();
    await page.keyboard.press('j');
    await until('the next row is selected', async () => Number(await selected()) === at + 1);
    await page.keyboard.press('k');
    await page.keyboard.press('k');
    await until('the row before is selected', async () => Number(await selected()) === at - 1);
  });

  it('finds a station and opens it', async () => {
    await openTab('Connections');
    await page.getByLabel('Search by identity').fill('0007');
    await until('one station is left', async () => (await rowsOf(page).count()) === 1);
    await page.getByRole('link', { name: 'CP-0007' }).click();
    await page.getByRole('heading', { name: 'CP-0007' }).waitFor();
    await until('its messages are there', async () => (await rowsOf(page).count()) > 2);
    await page.getByText('Serial number').waitFor();
    await until('its connectors are known', async () => (await page.getByText(/^(?:Connector \d|EVSE \d\/\d)$/).count()) > 0);
    const url = new URL(page.url());
    assert.equal(url.searchParams.get('id'), 'CP-0007');
  });

  it('sorts stations by their messages', async () => {
    await page.goto(`${system.url}/connections`);
    await rowsOf(page).first().waitFor();
    const header = page.getByRole('columnheader', { name: /Messages/ });
    await header.getByRole('button').click();
    await header.getByRole('button').click();
    assert.equal(await header.getAttribute('aria-sort'), 'descending');
    await until('the busiest is first', async () => {
      const texts = await page.locator('[role="row"][aria-selected] [role="gridcell"]:nth-child(9)').allTextContents();
      const counts = texts.map((text) => Number(text.replace(/\D/g, '')));
      return counts.length > 5 && counts.every((count, index) => index === 0 || count <= counts[index - 1]);
    });
  });

  it('says that a station is unknown', async () => {
    page.expected = [/404/];
    await page.goto(`${system.url}/station?id=NOBODY`);
    await page.getByText('No gateway knows a station NOBODY').waitFor();
  });

  it('changes the theme and keeps it without a flash', async () => {
    const background = () => page.evaluate(() => getComputedStyle(document.body).backgroundColor);
    const light = await background();
    await page.getByRole('button', { name: 'Settings' }).click();
    await page.getByRole('menuitemradio', { name: 'Dark' }).click();
    const dark = await background();
    assert.notEqual(dark, light);
    await page.reload({ waitUntil: 'commit' });
    await page.waitForSelector('html[data-theme="dark"]');
    assert.equal(await background(), dark);
  });

  it('shows times in UTC when asked to', async () => {
    await page.getByRole('button', { name: 'Settings' }).click();
    await page.getByRole('menuitemradio', { name: 'UTC' }).click();
    await page.locator('footer').getByText(/\d\d:\d\d:\d\d UTC/).waitFor();
  });

  it('goes to a station through the palette', async () => {
    await page.keyboard.press('Control+k');
    await page.getByRole('combobox', { name: 'Go to' }).fill('0005');
    await page.getByRole('option', { name: /^CP-0005/ }).waitFor();
    await page.keyboard.press('Enter');
    await page.getByRole('heading', { name: 'CP-0005' }).waitFor();
    await page.keyboard.press('Control+k');
    await page.getByRole('combobox', { name: 'Go to' }).fill('tele');
    await page.keyboard.press('Enter');
    await page.waitForURL(/\/telemetry$/);
  });

  it('shows log lines of both processes', async () => {
    await openTab('Logs');
    const log = page.getByRole('log');
    await until('a line of boardd', async () => (await log.textContent()).includes('boardd'));
    await page.getByLabel('Process').selectOption('gateway');
    await until('only the gateway', async () => !/\bboardd\b/.test(await log.textContent()));
  });
});

describe('when boardd goes away', () => {
  it('says so, comes back by itself and misses nothing', async () => {
    page = await openPage(browser, system, { expected: [REFUSED] });
    await logIn(page, system);
    await page.goto(`${system.url}/messages`);
    await rowsOf(page).first().waitFor();
    await system.board.kill('SIGKILL');
    await page.getByText('Reconnecting').waitFor();
    await page.getByText(/No live events/).waitFor();
    await screenshot(page, 'reconnecting');
    await system.startBoard();
    await page.waitForSelector('[data-stream="live"]', { timeout: 15_000 });
    assert.equal(await page.getByLabel('Access token').count(), 0, 'still logged in');
    const newest = async () => Number(await rowsOf(page).last().getAttribute('aria-rowindex'));
    const before = await newest();
    await until('new messages arrive', async () => (await newest()) > before).catch(async (error) => {
      await screenshot(page, 'not-resumed');
      throw error;
    });
    assert.deepEqual(page.faults, []);
    await page.context().close();
  });
});

describe('when the gateway goes away', () => {
  it('says so, shows its history, and sees it come back', async () => {
    page = await openPage(browser, system);
    await logIn(page, system);
    await page.locator('main ol li').first().waitFor();
    await system.gateway.kill('SIGKILL');
    await page.locator('footer').getByText(/gateway default (?:down|hung)/).waitFor();
    await page.getByRole('alert').filter({ hasText: 'Gateway default is down' }).waitFor();
    await page.getByText('gateway down').waitFor();
    assert.equal(await page.locator('[data-stream="live"]').count(), 1, 'the dashboard itself lives');
    assert.ok((await page.locator('main ol li').count()) > 5, 'history is still there');
    await screenshot(page, 'gateway-down');
    await system.startGateway(12, true);
    await until('the footer shows it live', async () => !/down|hung/.test(await page.locator('footer').textContent())).catch(async (error) => {
      await screenshot(page, 'gateway-not-back');
      throw error;
    });
    await page.getByText('gateway down').waitFor({ state: 'detached' });
    assert.deepEqual(page.faults, []);
    await page.context().close();
  });
});

describe('every page, both themes, two widths', () => {
  const PAGES = ['overview', 'connections', 'messages', 'telemetry', 'security', 'logs', 'station', 'message'];
  const PATHS = { overview: '', station: 'station?id=CP-0003', message: 'messages' };

  async function show(name) {
    await page.goto(`${system.url}/${PATHS[name] ?? name}`);
    await page.waitForSelector('[data-stream="live"]');
    if (name === 'security' || name === 'logs') await page.getByRole('toolbar').waitFor();
    if (name === 'telemetry') await page.locator('.recharts-line-curve').first().waitFor();
    if (name === 'message' || name === 'messages' || name === 'connections' || name === 'station') await rowsOf(page).nth(4).waitFor();
    if (name === 'message') await until('the list is full', async () => (await rowsOf(page).count()) > 15);
    if (name !== 'message') return;
    await clickVisibleRow(page);
    await page.getByTestId('message-detail').waitFor();
  }

  for (const theme of ['light', 'dark']) {
    for (const width of [1440, 390]) {
      it(`${theme}, ${width} wide`, async () => {
        page = await openPage(browser, system, { theme, width, height: width < 600 ? 844 : 900 });
        await page.goto(`${system.url}/login`);
        await page.getByLabel('Access token').waitFor();
        await screenshot(page, `login-${theme}-${width}`);
        await logIn(page, system);
        const problems = [];
        for (const name of PAGES) {
          await show(name);
          await screenshot(page, `${name}-${theme}-${width}`);
          for (const problem of await accessibilityProblems(page)) problems.push(`${name}: ${problem}`);
          const overflow = await page.evaluate(() => document.documentElement.scrollWidth - innerWidth);
          if (overflow > 0) problems.push(`${name}: wider than the window by ${overflow}`);
        }
        assert.deepEqual(problems, []);
        assert.deepEqual(page.faults, []);
        await page.context().close();
      });
    }
  }
});

describe('below a base path', () => {
  it('works at its address, on every page and after a reload', async () => {
    await system.board.kill();
    system.boardOptions = ['board.base_path=/charging/board'];
    await system.startBoard();
    page = await openPage(browser, system);
    const base = `${system.url}/charging/board`;
    await page.goto(`${base}/login#token=${TOKEN}`);
    await page.waitForSelector('[data-stream="live"]');
    assert.equal(new URL(page.url()).pathname, '/charging/board/');
    await openTab('Messages');
    await rowsOf(page).first().waitFor();
    await page.reload();
    await rowsOf(page).first().waitFor();
    assert.equal(new URL(page.url()).pathname, '/charging/board/messages');
    await openTab('Telemetry');
    await page.locator('.recharts-line-curve').first().waitFor();
    assert.deepEqual(page.faults, []);
    await page.context().close();
  });
});
