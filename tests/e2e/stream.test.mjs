// The event stream that all tabs share, and what the dashboard does without it.
import assert from 'node:assert/strict';
import { afterEach, describe, it } from 'node:test';
import {
  clickVisibleRow,
  logIn,
  openPage,
  patiently,
  REFUSED,
  rowsOf,
  rowSpan,
  screenshot,
  TOKEN,
  until,
  wholeFile,
} from './harness.mjs';

let system;
let browser;
let page;

wholeFile((own) => ({ system, browser } = own));

afterEach(async () => {
  const { faults } = page;
  await page.context().close();
  assert.deepEqual(faults, []);
});

/** Event streams that boardd serves. */
async function streams() {
  const response = await fetch(`${system.url}/metrics`, { headers: { Authorization: `Bearer ${TOKEN}` } });
  return Number(/^ocpp_board_event_streams (\d+)/m.exec(await response.text())[1]);
}

const streamsAre = (count) => until(`there are ${count} streams`, async () => (await streams()) === count);

describe('the stream', () => {
  it('is one for all tabs, with another for each filter that is looked at', async () => {
    page = await openPage(browser, system);
    await logIn(page, system);
    const other = await openPage(browser, system, { context: page.context() });
    await other.goto(`${system.url}/messages`);
    await other.waitForSelector('[data-stream="live"]');
    await until('both get messages', async () => (await rowsOf(other).count()) > 10 && (await page.locator('main ol li').count()) > 5);
    await streamsAre(1);
    await other.getByRole('combobox', { name: 'Filter' }).fill('dir:in');
    await streamsAre(2);
    await until('the filtered list goes on', async () => {
      const { last } = await rowSpan(other);
      await other.waitForTimeout(300);
      return (await rowSpan(other)).last > last;
    });
    await other.getByRole('combobox', { name: 'Filter' }).fill('');
    await streamsAre(1);
    await other.close();
    await page.waitForSelector('[data-stream="live"]');
    page.faults.push(...other.faults);
  });

  it('works where there are no shared workers', async () => {
    page = await openPage(browser, system);
    await page.addInitScript(() => delete globalThis.SharedWorker);
    await logIn(page, system);
    await page.goto(`${system.url}/messages?filter=dir:in`);
    await until('messages come', async () => (await rowsOf(page).count()) > 10);
    await streamsAre(2);
  });

  it('says that it is gone, comes back by itself and misses nothing', async () => {
    page = await openPage(browser, system, { expected: [REFUSED] });
    await logIn(page, system);
    await page.goto(`${system.url}/messages`);
    await rowsOf(page).first().waitFor();
    await system.board.kill('SIGKILL');
    await page.getByText('Reconnecting').waitFor();
    await page.getByText(/No live events/).waitFor();
    await screenshot(page, 'reconnecting');
    await system.startBoard();
    await page.waitForSelector('[data-stream="live"]', { timeout: patiently(15_000) });
    assert.equal(await page.getByLabel('Access token').count(), 0, 'still logged in');
    const { last } = await rowSpan(page);
    await until('new messages arrive', async () => (await rowSpan(page)).last > last);
  });

  it('says that events come late, as long as they do', async () => {
    page = await openPage(browser, system);
    await page.addInitScript(() => delete globalThis.SharedWorker); // its clock is another
    await page.clock.install();
    await logIn(page, system);
    const status = (word) => page.locator('[data-stream="live"]', { hasText: word });
    await status('Live').waitFor();
    await page.clock.fastForward(20_000); // what comes from now on has the age of 20 s
    await status('Lagging').waitFor();
    assert.equal(await status('Lagging').getAttribute('title'), 'Events arrive late, but all of them');
    await screenshot(page, 'lagging');
    await page.clock.setSystemTime(Date.now());
    await status('Live').waitFor();
  });

  it('ends with the session, and goes on after the next login with the page as it was', async () => {
    page = await openPage(browser, system, { expected: [REFUSED] });
    await logIn(page, system);
    await page.goto(`${system.url}/messages?filter=dir:in`);
    await until('the list is filled', async () => (await rowsOf(page).count()) > 20);
    await clickVisibleRow(page);
    const detail = page.getByTestId('message-detail');
    await detail.waitFor();
    const address = page.url();
    const chosen = await page.locator('[aria-selected="true"]').getAttribute('id');

    const other = await openPage(browser, system, { context: page.context(), expected: [REFUSED] });
    await other.goto(`${system.url}/logs`);
    await other.getByRole('button', { name: 'Settings' }).click();
    await other.getByRole('menuitem', { name: /^Log out(?: \(|$)/ }).click();
    await other.getByLabel('Access token').waitFor();
    await other.close();

    const dialog = page.getByRole('dialog');
    await dialog.waitFor();
    await screenshot(page, 'signed-out');
    await page.waitForSelector('[data-stream="signed-out"]');
    await dialog.getByLabel('Access token').fill(TOKEN);
    await dialog.getByRole('button', { name: 'Log in' }).click();
    await dialog.waitFor({ state: 'detached' });
    await page.waitForSelector('[data-stream="live"]');
    assert.equal(page.url(), address);
    assert.equal(await detail.count(), 1, 'the message is still open');
    assert.equal(await page.locator('[aria-selected="true"]').getAttribute('id'), chosen);
    const fresh = page.getByTestId('resume').filter({ hasText: 'new' });
    await fresh.waitFor();
  });
});
