// The overview.
import assert from 'node:assert/strict';
import { after, afterEach, before, beforeEach, describe, it } from 'node:test';
import { launchBrowser, logIn, openPage, pagesLookRight, System, until } from './harness.mjs';

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

describe('overview', { timeout: 60_000 }, () => {
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
});

describe('its look', { timeout: 60_000 }, () => {
  it('holds in both themes and widths', async () => {
    const overview = async (shown) => {
      await shown.goto(system.url);
      await shown.locator('main ol li').nth(4).waitFor();
    };
    assert.deepEqual(await pagesLookRight(browser, system, { overview }), []);
  });
});
