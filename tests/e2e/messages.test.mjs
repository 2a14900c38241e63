// The inspector of messages, against the real processes.
import assert from 'node:assert/strict';
import { after, afterEach, before, beforeEach, describe, it } from 'node:test';
import { clickVisibleRow, launchBrowser, logIn, openPage, openTab, pagesLookRight, rowsOf, System, until } from './harness.mjs';

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

describe('messages', () => {
  beforeEach(async () => {
    page = await openPage(browser, system);
    await logIn(page, system);
  });
  afterEach(async () => {
    const { faults } = page;
    await page.context().close();
    assert.deepEqual(faults, []);
  });

  it('filters messages and keeps the filter in the address', async () => {
    page.expected = [/400/];
    await openTab(page, 'Messages');
    await rowsOf(page).first().waitFor();
    await page.getByRole('combobox', { name: 'Filter' }).fill('action:Heartbeat');
    await until('only heartbeats are left', async () => {
      const texts = await rowsOf(page).allTextContents();
      return texts.length > 0 && texts.every((text) => text.includes('Heartbeat'));
    });
    await until('the address has it', () => new URL(page.url()).searchParams.get('filter') === 'action:Heartbeat');
    await page.reload();
    await until('it holds after a reload', async () => {
      const texts = await rowsOf(page).allTextContents();
      return texts.length > 0 && texts.every((text) => text.includes('Heartbeat'));
    });
    await page.getByRole('combobox', { name: 'Filter' }).fill('nonsense:1');
    await page.getByRole('alert').filter({ hasText: 'unknown field' }).waitFor();
  });

  it('completes keys and actions in the filter', async () => {
    await page.goto(`${system.url}/messages`);
    await rowsOf(page).first().waitFor();
    const filter = page.getByRole('combobox', { name: 'Filter' });
    await filter.pressSequentially('act');
    await page.getByRole('option', { name: /^action:/ }).waitFor();
    await filter.press('ArrowDown');
    await filter.press('Enter');
    await filter.pressSequentially('Heartb');
    await page.getByRole('option', { name: 'Heartbeat' }).click();
    assert.equal(await filter.inputValue(), 'action:Heartbeat ');
  });

  it('opens a message with its request and answer, and finds it again by its link', async () => {
    await page.goto(`${system.url}/messages`);
    await until('an answered exchange is shown', async () => (await rowsOf(page).filter({ hasText: 'ok' }).count()) > 30);
    await clickVisibleRow(page);
    const detail = page.getByTestId('message-detail');
    await detail.getByRole('heading', { name: 'Request of the station' }).waitFor();
    await detail.getByText('CALLRESULT').waitFor();
    await page.getByTestId('resume').waitFor(); // selecting pauses
    await detail.getByRole('button', { name: 'Raw' }).click();
    await until('the frame is shown', async () => /\[2,"/.test(await detail.textContent()));
    const action = await detail.getByRole('heading').first().textContent();
    const link = page.url();
    assert.match(link, /[?&]m=/);
    await page.goto(link);
    await until('the same message is open', async () => (await detail.getByRole('heading').first().textContent()) === action);
    await page.keyboard.press('Escape');
    await detail.waitFor({ state: 'detached' });
  });

  it('pauses when scrolled up, counts what is new and returns', async () => {
    await page.goto(`${system.url}/messages`);
    await until('the list is longer than the window', async () => (await rowsOf(page).count()) > 30);
    await page.getByRole('grid').hover();
    await page.mouse.wheel(0, -300);
    const resume = page.getByTestId('resume');
    await resume.filter({ hasText: 'new' }).waitFor();
    const top = await rowsOf(page).first().getAttribute('aria-rowindex');
    await until('more came', async () => Number.parseInt((await resume.textContent()).replace(/\D/g, ''), 10) > 5);
    assert.equal(await rowsOf(page).first().getAttribute('aria-rowindex'), top, 'the list stood still');
    await resume.click();
    await resume.waitFor({ state: 'detached' });
  });

  it('moves through messages by keyboard', async () => {
    await page.goto(`${system.url}/messages`);
    await until('the list is full', async () => (await rowsOf(page).count()) > 30);
    await clickVisibleRow(page);
    const selected = () => page.locator('[role="row"][aria-selected="true"]').getAttribute('aria-rowindex');
    const at = Number(await selected());
    await page.getByRole('grid').focus();
    await page.keyboard.press('j');
    await until('the next row is selected', async () => Number(await selected()) === at + 1);
    await page.keyboard.press('k');
    await page.keyboard.press('k');
    await until('the row before is selected', async () => Number(await selected()) === at - 1);
  });
});

describe('the looks of the page', () => {
  it('is right in both themes, wide and narrow', async () => {
    const list = async (opened) => {
      await opened.goto(`${system.url}/messages`);
      await until('the list is full', async () => (await rowsOf(opened).count()) > 15);
    };
    const message = async (opened) => {
      await list(opened);
      await clickVisibleRow(opened);
      await opened.getByTestId('message-detail').waitFor();
    };
    assert.deepEqual(await pagesLookRight(browser, system, { messages: list, message }), []);
  });
});
