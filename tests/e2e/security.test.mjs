// Security events.
import assert from 'node:assert/strict';
import { after, afterEach, before, beforeEach, describe, it } from 'node:test';
import { launchBrowser, pagesLookRight, rowsOf, System } from './harness.mjs';

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

describe('its look', { timeout: 60_000 }, () => {
  it('holds in both themes and widths', async () => {
    const security = async (shown) => {
      await shown.goto(`${system.url}/security`);
      await rowsOf(shown).first().waitFor();
    };
    assert.deepEqual(await pagesLookRight(browser, system, { security }), []);
  });
});
