// What the page of messages does with many messages, with few, and with those that never come.
import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { launchBrowser, logIn, openPage, rowsOf, screenshot, seenRow, System, until } from './harness.mjs';

let browser;

before(async () => {
  browser = await launchBrowser();
});

after(() => browser?.close());

/** A page of messages of a system with that publisher; what is open is closed afterwards. */
async function withMessages(publisher, use) {
  const system = await System.start({ publisher });
  let page;
  try {
    page = await openPage(browser, system, { expected: [/404/] }); // a message that is overwritten by now
    await logIn(page, system);
    await use(page, system);
    assert.deepEqual(page.faults, []);
  } finally {
    await page?.context().close();
    await system.stop();
  }
}

const countOf = async (page) => Number((await page.getByTestId('counts').textContent()).replace(/\D/g, ''));

describe('messages in numbers', () => {
  it('fetches older ones when scrolled up, and keeps in place what is seen', async () => {
    await withMessages(['-n', '6000', '-m', '8', '-H'], async (page, system) => {
      await page.goto(`${system.url}/messages`);
      await until('the newest are shown', async () => (await rowsOf(page).count()) > 20);
      const held = await countOf(page);
      await page.getByRole('grid').hover();
      // near the beginning, where more is fetched, but not at it
      const top = await page.getByRole('grid').evaluate((grid) => grid.scrollTop);
      await page.mouse.wheel(0, 1400 - top);
      const seen = await until('the list has moved', async () => {
        const now = await page.getByRole('grid').evaluate((grid) => grid.scrollTop);
        return now !== top && (await seenRow(page));
      });
      await until('more are held', async () => (await countOf(page)) > held);
      assert.equal(await seenRow(page), seen, 'what is seen stays in place');
      await until('still more are held', async () => {
        await page.mouse.wheel(0, -50_000);
        return (await countOf(page)) >= 3000;
      });
      await page.getByTestId('counts').getByText('3,000 exchanges').waitFor();
      await until('the first row is there', async () => {
        await page.mouse.wheel(0, -50_000);
        return (await page.locator('[role="row"][aria-rowindex="2"]').count()) === 1;
      });
      // what is left out while rows fly by
      await page.locator('[role="row"][aria-rowindex="2"] [role="gridcell"]:nth-child(7)').waitFor();
    });
  });

  it('says what the server left out of a flood', async () => {
    await withMessages(['-n', '0', '-r', '5000', '-m', '8'], async (page, system) => {
      await page.goto(`${system.url}/messages`);
      await page.getByTestId('skipped').getByText(/\d\/s left out/).waitFor();
      await page.keyboard.press(' ');
      const grid = page.getByRole('grid');
      await grid.hover();
      const position = () => grid.evaluate((element) => element.scrollTop);
      let step = -500; // the row is above what is seen, or below
      await until('a row tells it, too', async () => {
        if (await page.getByText(/messages were left out/).count()) return true;
        const before = await position();
        await page.mouse.wheel(0, step);
        await until('it has moved, unless it is at the end', async () => (await position()) !== before, 1).catch(() => (step = -step));
        return false;
      }, 20);
      await screenshot(page, 'skipped');
    });
  });

  it('says what was lost before it could be read', async () => {
    await withMessages(['-n', '0', '-r', '6000', '-m', '1'], async (page, system) => {
      // a filter that no message passes: nothing pushes the row out of sight
      await page.goto(`${system.url}/messages?filter=type%3ASEND`);
      const overwritten = page.getByText(/messages were overwritten before/);
      await until('a row tells it', async () => {
        system.board.stop();
        await new Promise((done) => setTimeout(done, 1500)); // long enough to overwrite the ring
        system.board.go();
        return overwritten
          .first()
          .waitFor({ timeout: 3000 }) // else again: the page's own stream for the filter may not have been open yet
          .then(() => true);
      }, 30);
    });
  });

  it('ticks while a CALL is pending, and calls it unanswered after 30 s', async () => {
    await withMessages(['-n', '1', '-H'], async (page, system) => {
      await page.clock.install();
      await page.goto(`${system.url}/messages`);
      const row = rowsOf(page).filter({ hasText: 'MeterValues' });
      await row.getByText('pending').waitFor();
      const waited = () => row.getByText(/\d s…/).textContent();
      const before = await waited();
      await until('it ticks', async () => (await waited()) !== before);
      await page.clock.fastForward(31_000);
      await row.getByText('no answer').waitFor();
      await until('the row is red', () => row.evaluate((element) => element.className.includes('bg-bad-tint')));
    });
  });
});
