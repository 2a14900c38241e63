// Logging in and out.
import assert from 'node:assert/strict';
import { after, afterEach, before, beforeEach, describe, it } from 'node:test';
import { accessibilityProblems, launchBrowser, logIn, openPage, screenshot, System, TOKEN } from './harness.mjs';

let system;
let browser;
let page;

before(async () => {
  [system, browser] = await Promise.all([System.start({ stations: 3 }), launchBrowser()]);
});

after(async () => {
  await browser?.close();
  await system?.stop();
});

const REFUSED = /Failed to load resource: (?:net::ERR_|the server responded with a status of (?:401|429|502|503))/;

describe('login', { timeout: 60_000 }, () => {
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
    await page.getByRole('menuitem', { name: 'Log out', exact: true }).click();
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

describe('its look', { timeout: 60_000 }, () => {
  for (const theme of ['light', 'dark']) {
    for (const width of [1440, 390]) {
      it(`holds in ${theme}, ${width} wide`, async () => {
        page = await openPage(browser, system, { theme, width, height: width < 600 ? 844 : 900 });
        await page.goto(`${system.url}/login`);
        await page.getByLabel('Access token').waitFor();
        await screenshot(page, `login-${theme}-${width}`);
        assert.deepEqual(await accessibilityProblems(page), []);
        assert.deepEqual(page.faults, []);
        await page.context().close();
      });
    }
  }
});
