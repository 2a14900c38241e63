// The overview.
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { eachPage, pagesLookRight, patiently, until, wholeFile } from './harness.mjs';
import { Station } from './station.mjs';

let system;
let browser;
let page;

wholeFile((own) => ({ system, browser } = own));

describe('overview', { timeout: patiently(60_000) }, () => {
  eachPage(() => ({ browser, system }), (own) => (page = own));

  it('shows live messages on the overview', async () => {
    const newest = page.locator('main ol li').first();
    await newest.waitFor();
    const text = await newest.textContent();
    await until('another message is the newest', async () => (await newest.textContent()) !== text);
    await page.getByText('Stations connected').first().waitFor();
  });

  it('leads to a station that needs attention, and to all of its kind', async () => {
    const station = await Station.connect(system, 'ILL-1');
    await station.call('BootNotification', { chargePointVendor: 'Voltwerk', chargePointModel: 'AC 22' });
    await station.call('StatusNotification', { connectorId: 1, status: 'Faulted', errorCode: 'OverVoltage' });
    const attention = page.getByRole('region', { name: 'Stations that need attention' });
    await attention.getByText('Connector 1 faulted: OverVoltage').waitFor();
    await attention.getByRole('link', { name: 'ILL-1' }).click();
    await page.getByRole('heading', { name: 'ILL-1', level: 1 }).waitFor();
    await page.goBack();
    await attention.getByRole('link', { name: /Faulted/ }).click();
    await page.waitForURL(/problems=faulted/);
    await page.getByRole('grid').getByRole('link', { name: 'ILL-1' }).waitFor();
    station.destroy();
  });

  it('shows both processes, each with its sparkline', async () => {
    const processes = page.getByRole('region', { name: 'Processes' });
    for (const name of ['gateway default', 'boardd']) await processes.getByRole('img', { name: `CPU of ${name}, last five minutes` }).waitFor();
    await until('their figures are known', async () => (await processes.getByText(/\d MiB/).count()) === 2);
  });
});

describe('its look', { timeout: patiently(110_000) }, () => {
  it('holds in both themes and widths', async () => {
    const overview = async (shown) => {
      await shown.goto(system.url);
      await shown.locator('main ol li').nth(4).waitFor();
    };
    assert.deepEqual(await pagesLookRight(browser, system, { overview }), []);
  });
});
