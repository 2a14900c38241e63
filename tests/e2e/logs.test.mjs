// The viewer of both processes' log, against the real processes.
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { describe, it } from 'node:test';
import { eachPage, openTab, pagesLookRight, sendAsStation, until, wholeFile } from './harness.mjs';

const HOSTILE = '<img src=x onerror=hacked=1>';

let system;
let browser;
let page;

const log = () => page.getByRole('log');
const lines = () => log().locator('[data-index]');
const address = () => new URL(page.url()).searchParams;

/** The page with that query, once it has lines. */
async function showLogs(query = {}) {
  await page.goto(`${system.url}/logs?${new URLSearchParams(query)}`);
  await until('lines are shown', async () => (await lines().count()) > 0);
}

/** Makes a line of the log: a station of that identity sends what is no message. */
const makeLine = (identity) => sendAsStation(browser, system, identity, [HOSTILE, [2, 'm1', 'Heartbeat', {}]], HOSTILE);

wholeFile((own) => ({ system, browser } = own));

describe('logs', () => {
  eachPage(() => ({ browser, system }), (own) => (page = own));

  it('shows lines of both processes, or of one', async () => {
    await openTab(page, 'Logs');
    await until('a line of boardd', async () => (await log().textContent()).includes('boardd'));
    await page.getByLabel('Process').selectOption('gateway');
    await until('only the gateway', async () => !/\bboardd\b/.test(await log().textContent()));
    await until('the address has the process', () => address().get('process') === 'gateway');
  });

  it('shows lines as they come, as text, and pauses', async () => {
    await showLogs();
    await makeLine('CP-FIRST');
    await log().getByText(/CP-FIRST/).first().waitFor();
    await page.keyboard.press(' ');
    const resume = page.getByTestId('resume');
    await resume.waitFor();
    await page.locator('[data-stream="live"]', { hasText: 'Paused' }).waitFor();
    await makeLine('CP-SECOND');
    await resume.filter({ hasText: /\d new/ }).waitFor();
    assert.equal(await log().getByText(/CP-SECOND/).count(), 0, 'the list stands still');
    await resume.click();
    await log().getByText(/CP-SECOND/).first().waitFor();
    await log().getByText(HOSTILE).first().waitFor();
    assert.equal(await page.evaluate(() => globalThis.hacked), undefined);
    assert.equal(await page.locator('main img').count(), 0);
  });

  it('shows a level and what is worse', async () => {
    await makeLine('CP-LEVEL');
    await showLogs({ level: 'warning' });
    await until('only warnings and errors', async () => {
      const levels = await lines().evaluateAll((found) => found.map(({ dataset }) => dataset.level));
      return levels.length > 0 && levels.every((level) => level === 'warning' || level === 'error');
    });
    await page.getByRole('button', { name: 'debug' }).click();
    await until('the address has the level', () => address().get('level') === 'debug');
    await until('lines of less weight are back', async () => (await log().locator('[data-level="info"]').count()) > 0);
  });

  it('searches, marks what it found, and keeps the search in the address', async () => {
    await showLogs();
    await page.keyboard.press('/');
    await page.keyboard.type('LISTENING');
    await until('only such lines are left', async () => {
      const texts = await lines().allTextContents();
      return texts.length > 0 && texts.every((text) => /listening/i.test(text));
    });
    assert.equal((await log().locator('mark').first().textContent()).toLowerCase(), 'listening');
    await until('the address has it', () => address().get('q') === 'LISTENING');
    await page.reload();
    await until('it holds after a reload', async () => (await log().locator('mark').count()) > 0);
    await page.getByLabel('Search in logs').fill('nothing is like this');
    await page.getByText('No log line passes.').waitFor();
  });

  it('saves what is shown, and wraps long lines', async () => {
    await showLogs({ q: 'listening' });
    const download = page.waitForEvent('download');
    await page.getByRole('button', { name: 'Save what is shown' }).click();
    const text = readFileSync(await (await download).path(), 'utf8');
    assert.match(text, /^\d{4}-\d\d-\d\dT[\d:.]+Z (?:gateway|boardd) info \w+: .*listening/m);
    const wrap = page.getByRole('button', { name: 'Wrap long lines' });
    await wrap.click();
    const wraps = async () => (await wrap.getAttribute('aria-pressed')) === 'true';
    await until('they are wrapped', wraps);
    await page.reload();
    await until('it stays', wraps);
  });
});

describe('how the page of logs looks', () => {
  it('is right in both themes, wide and narrow', async () => {
    await makeLine('CP-LOOK');
    const show = async (opened) => {
      await opened.goto(`${system.url}/logs`);
      await until('lines are shown', async () => (await opened.getByRole('log').textContent()).includes('listening'));
    };
    assert.deepEqual(await pagesLookRight(browser, system, { logs: show }), []);
  });
});
