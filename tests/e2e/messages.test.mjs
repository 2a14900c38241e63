// The inspector of messages, against the real processes.
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { after, afterEach, before, beforeEach, describe, it } from 'node:test';
import {
  clickVisibleRow,
  launchBrowser,
  logIn,
  openPage,
  openTab,
  rowsOf,
  screenshot,
  seenRow,
  sendAsStation,
  System,
  until,
} from './harness.mjs';

const HOSTILE = '<img src=x onerror=hacked=1>';

let system;
let browser;
let page;

const filterBox = () => page.getByRole('combobox', { name: 'Filter' });
const detail = () => page.getByTestId('message-detail');
const address = () => new URL(page.url()).searchParams;

/** The page with that query, once its list is filled. */
async function showMessages(query = {}, rows = 5) {
  await page.goto(`${system.url}/messages?${new URLSearchParams(query)}`);
  await until('the list is filled', async () => (await rowsOf(page).count()) >= rows);
}

async function openRow() {
  await clickVisibleRow(page);
  await detail().waitFor();
}

function eachPage() {
  beforeEach(async () => {
    page = await openPage(browser, system);
    await logIn(page, system);
  });
  afterEach(async () => {
    const { faults } = page;
    await page.context().close();
    assert.deepEqual(faults, []);
  });
}

before(async () => {
  browser = await launchBrowser();
});

after(() => browser?.close());

describe('messages of a fleet', () => {
  before(async () => {
    system = await System.start();
  });
  after(() => system?.stop());
  eachPage();

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
    await showMessages();
    await filterBox().fill('station:CP-0001 foo:bar');
    await filterBox().press('Enter');
    const problem = page.getByRole('alert').filter({ hasText: 'unknown field "foo"' });
    await problem.waitFor();
    assert.equal(await problem.locator('.text-bad').first().textContent(), 'foo:bar');
    assert.equal(await filterBox().getAttribute('aria-invalid'), 'true');
    assert.ok((await rowsOf(page).count()) > 5);
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
    assert.equal(await filterBox().inputValue(), 'action:Heartbeat ');
    await filterBox().press('Enter');
    await filterBox().fill('');
    await page.getByRole('option', { name: /^action:Heartbeat recent/ }).click();
    assert.equal(await filterBox().inputValue(), 'action:Heartbeat');
  });

  it('has chips for what is wanted often', async () => {
    await showMessages({ filter: 'station:CP-0001 or station:CP-0002' });
    const chip = page.getByRole('button', { name: 'Hide noise' });
    await chip.click();
    assert.equal(
      await filterBox().inputValue(),
      '(station:CP-0001 or station:CP-0002) -(action:Heartbeat,MeterValues type:CALL,result)',
    );
    assert.equal(await chip.getAttribute('aria-pressed'), 'true');
    await until('the noise is gone', async () => {
      const texts = await rowsOf(page).allTextContents();
      return texts.length > 0 && !texts.some((text) => /Heartbeat|MeterValues/.test(text));
    });
    await chip.click();
    assert.equal(await filterBox().inputValue(), '(station:CP-0001 or station:CP-0002)');
  });

  it('opens a message with its request and answer, and finds it again by its link', async () => {
    await showMessages({}, 30);
    await openRow();
    await detail().getByRole('heading', { name: 'Request of the station' }).waitFor();
    await detail().getByText('CALLRESULT').waitFor();
    await page.getByTestId('resume').waitFor(); // selecting pauses
    await page.locator('[data-stream="live"]', { hasText: 'Paused' }).waitFor();
    await detail().getByRole('button', { name: 'Raw' }).click();
    await until('the frame is shown', async () => /\[2,"/.test(await detail().textContent()));
    const name = await detail().getByRole('heading').first().textContent();
    const link = page.url();
    assert.match(link, /[?&]m=/);
    await page.goto(link);
    await until('the same message is open', async () => (await detail().getByRole('heading').first().textContent()) === name);
    await page.keyboard.press('Escape');
    await detail().waitFor({ state: 'detached' });
    assert.equal(address().get('m'), null);
  });

  it('searches in a message and copies it', async () => {
    await page.context().grantPermissions(['clipboard-read', 'clipboard-write']);
    await showMessages({ filter: 'action:StatusNotification' });
    await openRow();
    await page.getByLabel('Search in this message').fill('status');
    await until('what was found is marked', async () => (await detail().locator('mark').count()) > 0);
    await detail().getByText(/^1\/\d+$/).waitFor();
    const copied = async (name) => {
      await detail().getByRole('button', { name: 'Copy' }).click();
      await page.getByRole('menuitem', { name, exact: true }).click();
      return page.evaluate(() => navigator.clipboard.readText());
    };
    const [call] = JSON.parse(await copied('JSON'));
    assert.equal(call.method, 'StatusNotification');
    assert.deepEqual(JSON.parse(await copied('Frame')).slice(0, 3), [2, call.messageId, 'StatusNotification']);
    assert.equal(await copied('curl'), `curl -H "Authorization: Bearer $OCPP_BOARD_TOKEN" '${system.url}/api/messages/${call.id}'`);
    assert.equal(await copied('Link'), `${system.url}/messages?m=${call.id}`);
  });

  it('pauses when scrolled up, counts what is new and returns', async () => {
    await showMessages({}, 30);
    await page.getByRole('grid').hover();
    await page.mouse.wheel(0, -300);
    const resume = page.getByTestId('resume');
    await resume.filter({ hasText: 'new' }).waitFor();
    const seen = await seenRow(page);
    await until('more came', async () => Number.parseInt((await resume.textContent()).replace(/\D/g, ''), 10) > 5);
    assert.equal(await seenRow(page), seen, 'the list stood still');
    await resume.click();
    await resume.waitFor({ state: 'detached' });
    await page.keyboard.press(' ');
    await resume.waitFor();
    await page.mouse.wheel(0, -200);
    await page.mouse.wheel(0, 5000);
    await resume.waitFor({ state: 'detached' });
  });

  it('is used by keyboard', async () => {
    await showMessages({}, 30);
    const chosen = () => page.locator('[role="row"][aria-selected="true"]').getAttribute('id');
    const rowAt = (offset) =>
      page.evaluate((offset) => {
        const at = Number(document.querySelector('[role="row"][aria-selected="true"]').getAttribute('aria-rowindex'));
        return document.querySelector(`[role="row"][aria-rowindex="${at + offset}"]`).id;
      }, offset);
    await openRow();
    for (const [key, offset] of [['j', 1], ['k', -1], ['k', -1], ['ArrowDown', 1]]) {
      if (key === 'ArrowDown') await page.getByRole('grid').focus();
      const wanted = await rowAt(offset);
      await page.keyboard.press(key);
      await until(`${key} moves by ${offset}`, async () => (await chosen()) === wanted);
    }
    await page.keyboard.press('Enter');
    await until('the focus is in the message', () => page.evaluate(() => document.activeElement.closest('[data-testid="message-detail"]') !== null));
    await page.keyboard.press('Escape');
    await detail().waitFor({ state: 'detached' });
    await page.keyboard.press('/');
    assert.equal(await filterBox().evaluate((input) => input === document.activeElement), true);
    await filterBox().press('Escape');
    await filterBox().press('Escape');
    await page.keyboard.press('?');
    await page.getByRole('dialog', { name: 'Keyboard' }).waitFor();
    await page.keyboard.press('Escape');
    await page.keyboard.press('Control+k');
    await page.getByRole('combobox', { name: 'Go to' }).waitFor();
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
      return texts.every((text) => /(?:connector|EVSE) \d/.test(text));
    });
    await openRow();
    await detail().getByText('CALL', { exact: true }).waitFor();
  });

  it('exports all that passes the filter', async () => {
    await showMessages({ filter: 'action:StatusNotification' });
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

  it('shows as text what a station sends', async () => {
    const answer = await sendAsStation(browser, system, 'CP-HOSTILE', [[2, HOSTILE, HOSTILE, { [HOSTILE]: HOSTILE }]], HOSTILE);
    assert.equal(answer[0], 4);
    await showMessages({ filter: 'station:CP-HOSTILE' }, 1);
    await page.getByText(HOSTILE).first().waitFor();
    await page.mouse.move(10, 10);
    await rowsOf(page).first().click();
    await detail().getByText(HOSTILE).first().waitFor();
    await detail().getByRole('button', { name: 'Raw' }).click();
    await until('the frame is shown', async () => (await detail().textContent()).includes('[2,"<img'));
    await filterBox().fill(`"${HOSTILE}"`);
    await until('it can be filtered by', () => address().get('filter')?.startsWith('"<img'));
    assert.equal(await page.evaluate(() => globalThis.hacked), undefined);
    assert.equal(await page.locator('main img').count(), 0);
    await screenshot(page, 'message-hostile');
  });

  it('says that a message is no longer held', async () => {
    page.expected = [/404/];
    await page.goto(`${system.url}/messages?m=default-999999999`);
    await detail().getByText('It is no longer held').waitFor();
  });
});
