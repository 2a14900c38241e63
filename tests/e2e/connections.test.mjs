// The table of stations.
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { eachPage, openTab, pagesLookRight, patiently, rowsOf, until, wholeFile } from './harness.mjs';
import { Station } from './station.mjs';

let system;
let browser;
let page;

wholeFile((own) => ({ system, browser } = own));

describe('connections', { timeout: patiently(60_000) }, () => {
  eachPage(() => ({ browser, system }), (own) => (page = own));

  it('finds a station and opens it', async () => {
    await openTab(page, 'Connections');
    await page.getByLabel('Search by identity').fill('0007');
    await until('one station is left', async () => (await rowsOf(page).count()) === 1);
    await until('the address has the search', () => new URL(page.url()).searchParams.get('q') === '0007');
    await page.getByRole('link', { name: 'CP-0007' }).click();
    await page.getByRole('heading', { name: 'CP-0007' }).waitFor();
    await until('its messages are there', async () => (await rowsOf(page).count()) > 2);
    await page.getByText('Serial number').waitFor();
    await until('its connectors are known', async () => (await page.getByText(/^(?:Connector \d|EVSE \d\/\d)$/).count()) > 0);
    assert.equal(new URL(page.url()).searchParams.get('id'), 'CP-0007');
  });

  it('sorts stations by their messages', async () => {
    await page.goto(`${system.url}/connections`);
    await rowsOf(page).first().waitFor();
    const header = page.getByRole('columnheader', { name: /Messages/ });
    for (const direction of ['ascending', 'descending']) {
      await header.getByRole('button').click();
      await until(`it is sorted ${direction}`, async () => (await header.getAttribute('aria-sort')) === direction);
    }
    await until('the busiest is first', async () => {
      const texts = await page.locator('[role="row"][aria-selected] [role="gridcell"]:nth-child(11)').allTextContents();
      const counts = texts.map((text) => Number(text.replace(/\D/g, '')));
      return counts.length > 5 && counts.every((count, index) => index === 0 || count <= counts[index - 1]);
    });
  });

  it('shows that a station went, and why', async () => {
    const station = await Station.connect(system, 'LEAVING-1');
    await page.goto(`${system.url}/connections?q=LEAVING`);
    const row = rowsOf(page).filter({ hasText: 'LEAVING-1' });
    await row.getByText('online').waitFor();
    await station.close(1001, 'closing for the night');
    await row.getByText('offline', { exact: true }).waitFor();
    await row.getByText('1001 closing for the night').waitFor();
    await page.getByRole('button', { name: 'Online', exact: true }).click();
    await page.getByText('No station matches.').waitFor();
    await until('the address has the status', () => new URL(page.url()).searchParams.get('status') === 'online');
  });
});

describe('its look', { timeout: patiently(110_000) }, () => {
  it('holds in both themes and widths', async () => {
    const connections = async (shown) => {
      await shown.goto(`${system.url}/connections`);
      await rowsOf(shown).nth(4).waitFor();
    };
    assert.deepEqual(await pagesLookRight(browser, system, { connections }), []);
  });
});
