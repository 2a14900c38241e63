// Which messages the inspector shows, and exports: filters, chips, ranges.
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { after, before, describe, it } from 'node:test';
import { eachPage, launchBrowser, openTab, rowsOf, screenshot, System, until } from './harness.mjs';
import { inspector } from './inspector.mjs';

let system;
let browser;
let page;

const { filterBox, detail, address, showMessages, openRow } = inspector(() => ({ page, system }));
const filterIs = (text) => until(`the filter is ${text}`, async () => (await filterBox().inputValue()) === text);

before(async () => {
  browser = await launchBrowser();
});

after(() => browser?.close());

describe('the messages that pass', () => {
  before(async () => {
    system = await System.start();
  });
  after(() => system?.stop());
  eachPage(() => ({ browser, system }), (own) => (page = own));

  it('are filtered by the server, and the filter stays in the address', async () => {
    await openTab(page, 'Messages');
    await filterBox().fill('action:Heartbeat or action:BootNotification');
    const only = async () => {
      const texts = await rowsOf(page).allTextContents();
      return texts.length > 0 && texts.every((text) => /Heartbeat|BootNotification/.test(text));
    };
    await until('only those are left', only);
    await until('the address has it', () => address().get('filter') === 'action:Heartbeat or action:BootNotification');
    await page.reload();
    await until('it holds after a reload', only);
  });

  it('shows where a filter is wrong, and keeps what was shown', async () => {
    page.expected = [/400/];
    await showMessages({}, 10);
    await filterBox().fill('station:CP-0001 foo:bar');
    await filterBox().press('Enter');
    const problem = page.getByRole('alert').filter({ hasText: 'unknown field "foo"' });
    await problem.waitFor();
    assert.equal(await problem.locator('.text-bad').first().textContent(), 'foo:bar');
    await until('the filter is marked as wrong', async () => (await filterBox().getAttribute('aria-invalid')) === 'true');
    assert.ok((await rowsOf(page).count()) >= 10);
    await screenshot(page, 'filter-error');
    await filterBox().fill('station:CP-0001');
    await problem.waitFor({ state: 'detached' });
  });

  it('completes fields and values, and offers the filters of before', async () => {
    await showMessages({}, 10);
    await filterBox().pressSequentially('act');
    await page.getByRole('option', { name: /^action:/ }).waitFor();
    await filterBox().press('ArrowDown');
    await filterBox().press('Enter');
    await filterBox().pressSequentially('Heartb');
    await page.getByRole('option', { name: 'Heartbeat' }).click();
    await filterIs('action:Heartbeat ');
    await filterBox().press('Enter');
    await filterBox().fill('');
    await page.getByRole('option', { name: /^action:Heartbeat recent/ }).click();
    await filterIs('action:Heartbeat');
  });

  it('has chips for what is wanted often', async () => {
    await showMessages({ filter: 'station:CP-0001 or station:CP-0002' });
    const chip = page.getByRole('button', { name: 'Hide noise' });
    await chip.click();
    await filterIs('(station:CP-0001 or station:CP-0002) -(action:Heartbeat,MeterValues type:CALL,result)');
    await until('it is pressed', async () => (await chip.getAttribute('aria-pressed')) === 'true');
    await until('the noise is gone', async () => {
      const texts = await rowsOf(page).allTextContents();
      return texts.length > 0 && !texts.some((text) => /Heartbeat|MeterValues/.test(text));
    });
    await chip.click();
    await filterIs('(station:CP-0001 or station:CP-0002)');
  });

  it('shows a range of time, and leaves it', async () => {
    const until_ = new Date();
    const since = new Date(until_ - 2000);
    await showMessages({ since: since.toISOString(), until: until_.toISOString() }, 1);
    const times = await page.locator('[role="gridcell"]:first-child span[title]').evaluateAll((spans) => spans.map(({ title }) => title));
    for (const time of times) {
      const at = new Date(time);
      assert.ok(at >= since - 1 && at <= until_, `${time} is in the range`);
    }
    await page.getByTestId('range').getByRole('button', { name: 'Leave this range' }).click();
    await until('the address has none', () => address().get('since') === null && address().get('until') === null);
    await page.getByLabel('Time range').selectOption('5m');
    await until('the address has the new one', () => address().get('since') === '5m');
    await until('messages come', async () => (await rowsOf(page).count()) > 10);
  });

  it('finds the other half of what a filter passes', async () => {
    await showMessages({ filter: 'type:CALLRESULT action:StatusNotification' });
    await page.keyboard.press(' ');
    await until('what the stations said is shown', async () => {
      const texts = await rowsOf(page).allTextContents();
      return texts.length > 0 && texts.every((text) => /(?:connector|EVSE) \d/.test(text));
    });
    await openRow();
    await detail().getByText('CALL', { exact: true }).waitFor();
  });

  it('exports all that passes the filter', async () => {
    await showMessages({ filter: 'action:StatusNotification' }, 10);
    const saved = async (name) => {
      await page.getByRole('button', { name: 'Export what passes the filter' }).click();
      const download = page.waitForEvent('download');
      await page.getByRole('menuitem', { name }).click();
      return readFileSync(await (await download).path(), 'utf8');
    };
    const lines = (await saved(/JSON Lines/)).trimEnd().split('\n').map((line) => JSON.parse(line));
    assert.ok(lines.length > 10);
    assert.ok(lines.every(({ method }) => method === 'StatusNotification'));
    assert.deepEqual(lines.map(({ timestamp }) => timestamp), lines.map(({ timestamp }) => timestamp).sort());
    const [head, ...rows] = (await saved(/CSV/)).trimEnd().split('\r\n');
    assert.match(head, /^time,gateway,station,direction,action,/);
    assert.ok(rows.length > 5 && rows.every((row) => row.includes(',IN,StatusNotification,')));
  });
});
