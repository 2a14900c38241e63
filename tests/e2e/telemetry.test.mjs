// Charts.
import assert from 'node:assert/strict';
import { beforeEach, describe, it } from 'node:test';
import { logIn, openPage, pagesLookRight, patiently, screenshot, TOKEN, until, wholeFile } from './harness.mjs';

let system;
let browser;
let page;

wholeFile((own) => ({ system, browser } = own));

async function openTelemetry(shown = page) {
  await shown.goto(`${system.url}/telemetry?range=5+min`);
  await shown.locator('.recharts-line-curve').first().waitFor();
}

describe('telemetry', { timeout: patiently(60_000) }, () => {
  beforeEach(async () => {
    page = await openPage(browser, system);
    await logIn(page, system);
  });

  it('shows a chart for each figure, and custom metrics', async () => {
    const body = JSON.stringify({ 'grid.load_kw': 412 });
    const headers = { Authorization: `Bearer ${TOKEN}`, 'Content-Type': 'application/json' };
    const answer = await fetch(`${system.url}/api/metrics`, { method: 'POST', headers, body });
    assert.ok(answer.ok, await answer.text());
    await openTelemetry();
    for (const name of ['Messages per second', 'Latency', 'Stations connected', 'Error rate', 'CPU', 'Memory', 'Event loop lag', 'Ring fill', 'grid.load_kw'])
      await page.getByRole('region', { name, exact: true }).waitFor();
    assert.deepEqual(page.faults, []);
    await page.context().close();
  });

  it('zooms into what is dragged over, and leads to the messages of that time', async () => {
    await openTelemetry();
    const chart = page.getByRole('region', { name: 'Messages per second' });
    const samples = () => chart.locator('.recharts-line-curve').getAttribute('d');
    await until('some samples', async () => (await samples()).split(/[LC]/).length > 5, 20);
    const box = await chart.locator('.recharts-surface').first().boundingBox();
    const at = (share) => [box.x + box.width * share, box.y + box.height / 2];
    await page.mouse.move(...at(0.5));
    await page.mouse.down();
    await page.mouse.move(...at(0.8), { steps: 4 });
    await page.mouse.move(...at(0.99), { steps: 4 });
    await page.mouse.up();
    await page.getByRole('button', { name: 'Zoom out' }).waitFor();
    const { searchParams } = await until('the address has the range', () => {
      const url = new URL(page.url());
      return url.searchParams.has('from') && url;
    });
    assert.ok(Number(searchParams.get('to')) - Number(searchParams.get('from')) >= 4000);
    const link = await page.getByRole('link', { name: 'Messages of this time' }).getAttribute('href');
    const messages = new URL(link, system.url).searchParams;
    assert.equal(Date.parse(messages.get('since')), Number(searchParams.get('from')));
    assert.equal(Date.parse(messages.get('until')), Number(searchParams.get('to')));
    await page.keyboard.press('Escape');
    await page.getByRole('button', { name: 'Zoom out' }).waitFor({ state: 'detached' });
    assert.deepEqual(page.faults, []);
    await page.context().close();
  });

  it('zooms by a finger, too', async () => {
    const context = await browser.newContext({ viewport: { width: 390, height: 844 }, hasTouch: true });
    const phone = await openPage(browser, system, { context });
    await logIn(phone, system);
    await openTelemetry(phone);
    const box = await phone.getByRole('region', { name: 'Messages per second' }).locator('.recharts-surface').first().boundingBox();
    const session = await context.newCDPSession(phone);
    const touch = (type, share) => {
      const touchPoints = share === undefined ? [] : [{ x: box.x + box.width * share, y: box.y + box.height / 2 }];
      return session.send('Input.dispatchTouchEvent', { type, touchPoints });
    };
    await touch('touchStart', 0.4);
    for (const share of [0.5, 0.6, 0.7, 0.8]) await touch('touchMove', share);
    await phone.locator('.recharts-reference-area').first().waitFor();
    await screenshot(phone, 'telemetry-touch');
    await touch('touchEnd');
    await phone.getByRole('button', { name: 'Zoom out' }).waitFor();
    await until('the address has the range', () => /from=\d+&to=\d+/.test(phone.url()));
    await phone.getByRole('button', { name: 'Zoom out' }).tap();
    await phone.getByRole('button', { name: 'Zoom out' }).waitFor({ state: 'detached' });
    assert.deepEqual(phone.faults, []);
    await context.close();
    await page.context().close();
  });

  it('has a table of actions that leads to their messages', async () => {
    await openTelemetry();
    const table = page.getByRole('region', { name: 'Actions' }).getByRole('table');
    const first = table.getByRole('rowheader').first();
    await first.waitFor();
    const header = table.getByRole('columnheader', { name: 'p99' });
    await header.getByRole('button').click();
    await until('it is sorted by it', async () => (await header.getAttribute('aria-sort')) === 'descending');
    const link = first.getByRole('link');
    const { searchParams } = new URL(await link.getAttribute('href'), system.url);
    assert.match(searchParams.get('filter'), /^action:\w+$/);
    await link.click();
    await page.waitForURL(/\/messages\?filter=action/);
    await page.context().close();
  });
});

describe('its look', { timeout: patiently(110_000) }, () => {
  it('holds in both themes and widths', async () => {
    assert.deepEqual(await pagesLookRight(browser, system, { telemetry: openTelemetry }), []);
  });
});
