// How the inspector of messages looks.
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { clickVisibleRow, pagesLookRight, rowsOf, until, wholeFile } from './harness.mjs';

let system;
let browser;

wholeFile((own) => ({ system, browser } = own));

describe('how the page of messages looks', () => {
  it('is right in both themes, wide and narrow', async () => {
    const list = async (opened) => {
      await opened.goto(`${system.url}/messages`);
      await until('the list is full', async () => (await rowsOf(opened).count()) > 15);
    };
    const message = async (opened) => {
      await list(opened);
      await clickVisibleRow(opened);
      await opened.getByTestId('message-detail').getByText('CALLRESULT').waitFor();
    };
    const suggestions = async (opened) => {
      await list(opened);
      await opened.getByRole('combobox', { name: 'Filter' }).click();
      await opened.getByRole('option').first().waitFor();
    };
    assert.deepEqual(await pagesLookRight(browser, system, { messages: list, message, suggestions }), []);
  });
});
