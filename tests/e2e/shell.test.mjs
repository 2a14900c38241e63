// What stands around every page: settings, the palette, the state of the processes, the address.
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { eachPage, logIn, openPage, openTab, patiently, rowsOf, screenshot, TOKEN, until, wholeFile } from './harness.mjs';

let system;
let browser;
let page;

wholeFile((own) => ({ system, browser } = own), { wrongPasswords: 20 });

describe('everywhere', { timeout: patiently(60_000) }, () => {
  eachPage(() => ({ browser, system }), (own) => (page = own));

  it('changes the theme and keeps it without a flash', async () => {
    const background = () => page.evaluate(() => getComputedStyle(document.body).backgroundColor);
    const light = await background();
    await page.getByRole('button', { name: 'Settings' }).click();
    await page.getByRole('menuitemradio', { name: 'Dark' }).click();
    const dark = await until('it is another', async () => {
      const now = await background();
      return now !== light && now;
    });
    await page.reload({ waitUntil: 'commit' });
    await page.waitForSelector('html[data-theme="dark"] body');
    await until('its style is there', async () => (await background()) === dark);
  });

  it('shows times in UTC when asked to', async () => {
    await page.getByRole('button', { name: 'Settings' }).click();
    await page.getByRole('menuitemradio', { name: 'UTC' }).click();
    await page.locator('footer').getByText(/\d\d:\d\d:\d\d UTC/).waitFor();
  });

  it('names each page, and lets the keyboard skip what is around it', async () => {
    await openTab(page, 'Security');
    await until('the title has the page', async () => (await page.title()) === 'Security · ocpp-board');
    await page.reload();
    await page.waitForSelector('[data-stream="live"]');
    await page.keyboard.press('Tab');
    await page.getByRole('button', { name: 'Skip to the page' }).press('Enter');
    await until('the page has the focus', () => page.evaluate(() => document.activeElement.tagName === 'MAIN'));
    await page.keyboard.press('?');
    await page.getByRole('dialog', { name: 'Keyboard' }).waitFor();
    await page.keyboard.press('Escape');
    await page.getByRole('dialog', { name: 'Keyboard' }).waitFor({ state: 'detached' });
  });

  it('goes to a station through the palette', async () => {
    await page.keyboard.press('Control+k');
    await page.getByRole('combobox', { name: 'Go to' }).fill('0005');
    await page.getByRole('option', { name: /^CP-0005/ }).waitFor();
    await page.keyboard.press('Enter');
    await page.getByRole('heading', { name: 'CP-0005' }).waitFor();
    await page.keyboard.press('Control+k');
    await page.getByRole('combobox', { name: 'Go to' }).fill('tele');
    await page.getByRole('option', { name: 'Telemetry' }).waitFor();
    await page.keyboard.press('Enter');
    await page.waitForURL(/\/telemetry$/);
  });
});

describe('when the gateway goes away', { timeout: patiently(60_000) }, () => {
  it('says so, shows its history, and sees it come back', async () => {
    page = await openPage(browser, system);
    await logIn(page, system);
    await page.locator('main ol li').first().waitFor();
    await system.gateway.kill('SIGKILL');
    await page.locator('footer').getByText(/gateway default (?:down|hung)/).waitFor();
    await page.getByRole('alert').filter({ hasText: 'Gateway default is down' }).waitFor();
    await page.getByText('gateway down').waitFor();
    assert.equal(await page.locator('[data-stream="live"]').count(), 1, 'the dashboard itself lives');
    await until('history is still there', async () => (await page.locator('main ol li').count()) > 5);
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

describe('below a base path', { timeout: patiently(60_000) }, () => {
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
