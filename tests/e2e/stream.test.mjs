// What the dashboard does when a process or the session goes away, and below a base path.
import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { launchBrowser, logIn, openPage, openTab, REFUSED, rowsOf, screenshot, System, TOKEN, until } from './harness.mjs';

let system;
let browser;
let page;

before(async () => {
  [system, browser] = await Promise.all([System.start({ wrongPasswords: 20 }), launchBrowser()]);
});

after(async () => {
  await browser?.close();
  await system?.stop();
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
    await openTab(page, 'Messages');
    await rowsOf(page).first().waitFor();
    await page.reload();
    await rowsOf(page).first().waitFor();
    assert.equal(new URL(page.url()).pathname, '/charging/board/messages');
    await openTab(page, 'Telemetry');
    await page.locator('.recharts-line-curve').first().waitFor();
    assert.deepEqual(page.faults, []);
    await page.context().close();
  });
});
