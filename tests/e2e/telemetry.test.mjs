// Charts.
import assert from 'node:assert/strict';
import { after, afterEach, before, beforeEach, describe, it } from 'node:test';
import { launchBrowser, pagesLookRight, System } from './harness.mjs';

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

describe('its look', { timeout: 110_000 }, () => {
  it('holds in both themes and widths', async () => {
    const telemetry = async (shown) => {
      await shown.goto(`${system.url}/telemetry`);
      await shown.locator('.recharts-line-curve').first().waitFor();
    };
    assert.deepEqual(await pagesLookRight(browser, system, { telemetry }), []);
  });
});
