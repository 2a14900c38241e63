// The event stream, and what the dashboard does without it.
import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { launchBrowser, logIn, openPage, REFUSED, rowsOf, rowSpan, screenshot, System, until } from './harness.mjs';

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
    const newest = async () => (await rowSpan(page)).last;
    const before = await newest();
    await until('new messages arrive', async () => (await newest()) > before).catch(async (error) => {
      await screenshot(page, 'not-resumed');
      throw error;
    });
    assert.deepEqual(page.faults, []);
    await page.context().close();
  });
});
