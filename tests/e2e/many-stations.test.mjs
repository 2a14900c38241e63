// The table of stations with 100,000 of them, and texts that are markup.
import assert from 'node:assert/strict';
import { beforeEach, describe, it } from 'node:test';
import { logIn, openPage, patiently, rowsOf, screenshot, until, wholeFile } from './harness.mjs';

const MARKUP = '<img src=x onerror=alert(1)>';
const COUNT = 100_000;

let system;
let browser;
let page;

wholeFile((own) => ({ system, browser } = own), { published: ['-s', String(COUNT), '-t', '131072', '-n', '2000', '-x', MARKUP] });

describe('100,000 stations', { timeout: patiently(60_000) }, () => {
  beforeEach(async () => {
    page = await openPage(browser, system);
    await logIn(page, system);
  });

  it('are scrolled through with a few dozen rows in the page', async () => {
    await page.goto(`${system.url}/connections`);
    await page.getByText('100,001 stations').waitFor();
    await until('the first are there', async () => (await rowsOf(page).filter({ hasText: 'CP0000' }).count()) > 20);
    const seen = (row) => rowsOf(page).filter({ hasText: row }).first();
    const grid = page.getByRole('grid');
    await grid.evaluate((element) => element.scrollTo({ top: 50_000 * 26 }));
    await seen('CP05000').waitFor();
    assert.ok((await rowsOf(page).count()) < 100, 'only what is seen is in the page');
    assert.equal(await grid.getAttribute('aria-rowcount'), String(COUNT + 2));
    await screenshot(page, 'many-stations-middle');
    await grid.focus();
    await page.keyboard.press('End');
    await seen('CP099999').waitFor();
    await until('the last is chosen by its name', () => new URL(page.url()).searchParams.get('at') === 'default/CP099999');
    await page.keyboard.press('k');
    await until('the one before it', () => new URL(page.url()).searchParams.get('at') === 'default/CP099998');
    assert.deepEqual(page.faults, []);
    await page.context().close();
  });

  it('are searched and sorted by the server', async () => {
    await page.goto(`${system.url}/connections`);
    await page.getByText('100,001 stations').waitFor();
    await page.getByLabel('Search by identity').fill('P09999');
    await page.getByText('10 stations', { exact: true }).waitFor();
    await rowsOf(page).filter({ hasText: 'CP099990' }).waitFor();
    const header = page.getByRole('columnheader', { name: /Station/ });
    await header.getByRole('button').click();
    await until('the order is turned round', async () => (await rowsOf(page).first().textContent()).includes('CP099999'));
    await page.getByRole('button', { name: 'Offline', exact: true }).click();
    await page.getByText('No station matches.').waitFor();
    assert.deepEqual(page.faults, []);
    await page.context().close();
  });

  it('asks the server no more than it has to', async () => {
    const asked = new Set();
    page.on('request', (request) => {
      const url = new URL(request.url());
      if (url.pathname === '/api/connections' && url.searchParams.get('q')) asked.add(url.searchParams.get('q'));
    });
    await page.goto(`${system.url}/connections`);
    await page.getByText('100,001 stations').waitFor();
    // all at once: with a key at a time a busy machine may take longer than the page waits for the next
    await page.getByLabel('Search by identity').evaluate((input) => {
      const set = Object.getOwnPropertyDescriptor(HTMLInputElement.prototype, 'value').set;
      for (let length = 1; length <= 6; length += 1) {
        set.call(input, 'CP0999'.slice(0, length));
        input.dispatchEvent(new Event('input', { bubbles: true }));
      }
    });
    await page.getByText('100 stations', { exact: true }).waitFor();
    assert.deepEqual([...asked], ['CP0999']);
    await page.context().close();
  });
});

describe('markup that stations send', { timeout: patiently(60_000) }, () => {
  const shown = () => page.getByText(MARKUP).first();

  async function noMarkup(path) {
    await page.goto(`${system.url}/${path}`);
    await shown().waitFor();
    assert.equal(await page.locator('img').count(), 0, path);
  }

  it('is shown as text everywhere', async () => {
    page = await openPage(browser, system);
    let alerts = 0;
    page.on('dialog', (dialog) => {
      alerts += 1;
      return dialog.dismiss();
    });
    await logIn(page, system);
    await noMarkup(`connections?q=${encodeURIComponent('<img')}`);
    await noMarkup(`station?id=${encodeURIComponent(MARKUP)}`);
    await page.getByText('Vendor').waitFor();
    await until('vendor and reason', async () => (await page.getByText(MARKUP, { exact: true }).count()) >= 2);
    await noMarkup('security');
    await noMarkup('security?view=sources');
    await noMarkup('');
    assert.equal(alerts, 0);
    assert.deepEqual(page.faults, []);
    await page.context().close();
  });
});
