// The inspector of messages, against the real processes.
import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { eachPage, launchBrowser, rowsOf, screenshot, seenRow, sendAsStation, System, until } from './harness.mjs';
import { inspector } from './inspector.mjs';

const HOSTILE = '<img src=x onerror=hacked=1>';

let system;
let browser;
let page;

const { filterBox, detail, address, showMessages, openRow } = inspector(() => ({ page, system }));
before(async () => {
  browser = await launchBrowser();
});

after(() => browser?.close());

describe('messages of a fleet', () => {
  before(async () => {
    system = await System.start();
  });
  after(() => system?.stop());
  eachPage(() => ({ browser, system }), (own) => (page = own));

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
    await until('the address has none', () => address().get('m') === null);
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
    await page.getByRole('grid').hover();
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
    await until('the filter has the focus', () => filterBox().evaluate((input) => input === document.activeElement));
    await filterBox().press('Escape');
    await filterBox().press('Escape');
    await page.keyboard.press('?');
    await page.getByRole('dialog', { name: 'Keyboard' }).waitFor();
    await page.keyboard.press('Escape');
    await page.keyboard.press('Control+k');
    await page.getByRole('combobox', { name: 'Go to' }).waitFor();
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
