// One station.
import assert from 'node:assert/strict';
import { after, afterEach, before, beforeEach, describe, it } from 'node:test';
import { launchBrowser, logIn, openPage, pagesLookRight, rowsOf, System, until } from './harness.mjs';

let system;
let browser;
let page;

before(async () => {
  [system, browser] = await Promise.all([System.start({}), launchBrowser()]);
});

after(async () => {
  await browser?.close();
  await system?.stop();
});

describe('station', { timeout: 60_000 }, () => {
  beforeEach(async () => {
    page = await openPage(browser, system);
    await logIn(page, system);
  });
  afterEach(async () => {
    const { faults } = page;
    await page.context().close();
    assert.deepEqual(faults, []);
  });

  it('says that a station is unknown', async () => {
    page.expected = [/404/];
    await page.goto(`${system.url}/station?id=NOBODY`);
    await page.getByText('No gateway knows a station NOBODY').waitFor();
  });
});

describe('its look', { timeout: 60_000 }, () => {
  it('holds in both themes and widths', async () => {
    const station = async (shown) => {
      await shown.goto(`${system.url}/station?id=CP-0003`);
      await rowsOf(shown).nth(4).waitFor();
    };
    assert.deepEqual(await pagesLookRight(browser, system, { station }), []);
  });
});
