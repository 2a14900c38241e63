// The dashboard as a person uses it, against the real processes.
import assert from 'node:assert/strict';
import { after, afterEach, before, beforeEach, describe, it } from 'node:test';
import { accessibilityProblems, clickVisibleRow, launchBrowser, logIn, openPage, rowsOf, screenshot, System, until } from './harness.mjs';

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

describe('every page, both themes, two widths', () => {
  const PAGES = ['messages', 'logs', 'message'];
  const PATHS = { message: 'messages' };

  async function show(name) {
    await page.goto(`${system.url}/${PATHS[name] ?? name}`);
    await page.waitForSelector('[data-stream="live"]');
    if (name === 'logs') await page.getByRole('toolbar').waitFor();
    if (name === 'message' || name === 'messages') await rowsOf(page).nth(4).waitFor();
    if (name === 'message') await until('the list is full', async () => (await rowsOf(page).count()) > 15);
    if (name !== 'message') return;
    await clickVisibleRow(page);
    await page.getByTestId('message-detail').waitFor();
  }

  for (const theme of ['light', 'dark']) {
    for (const width of [1440, 390]) {
      it(`${theme}, ${width} wide`, async () => {
        page = await openPage(browser, system, { theme, width, height: width < 600 ? 844 : 900 });
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
