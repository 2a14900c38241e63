// The viewer of both processes' log, against the real processes.
import assert from 'node:assert/strict';
import { after, afterEach, before, beforeEach, describe, it } from 'node:test';
import { launchBrowser, logIn, openPage, openTab, pagesLookRight, System, until } from './harness.mjs';

let system;
let browser;
let page;

before(async () => {
  [system, browser] = await Promise.all([System.start(), launchBrowser()]);
});

after(async () => {
  await browser?.close();
  await system?.stop();
});

describe('logs', () => {
  beforeEach(async () => {
    page = await openPage(browser, system);
    await logIn(page, system);
  });
  afterEach(async () => {
    const { faults } = page;
    await page.context().close();
    assert.deepEqual(faults, []);
  });

  it('shows log lines of both processes', async () => {
    await openTab(page, 'Logs');
    const log = page.getByRole('log');
    await until('a line of boardd', async () => (await log.textContent()).includes('boardd'));
    await page.getByLabel('Process').selectOption('gateway');
    await until('only the gateway', async () => !/\bboardd\b/.test(await log.textContent()));
  });
});

describe('the looks of the page', () => {
  it('is right in both themes, wide and narrow', async () => {
    const lines = async (opened) => {
      await opened.goto(`${system.url}/logs`);
      await until('lines are shown', async () => (await opened.getByRole('log').textContent()).includes('listening'));
    };
    assert.deepEqual(await pagesLookRight(browser, system, { logs: lines }), []);
  });
});
