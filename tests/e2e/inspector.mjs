// The page of messages, as its tests use it.
import { clickVisibleRow, rowsOf, until } from './harness.mjs';

/** `where` tells the page and the system of the test that runs. */
export function inspector(where) {
  const filterBox = () => where().page.getByRole('combobox', { name: 'Filter' });
  const detail = () => where().page.getByTestId('message-detail');
  const address = () => new URL(where().page.url()).searchParams;

  /** The page with that query, once its list is filled. */
  async function showMessages(query = {}, rows = 5) {
    const { page, system } = where();
    await page.goto(`${system.url}/messages?${new URLSearchParams(query)}`);
    await until('the list is filled', async () => (await rowsOf(page).count()) >= rows);
  }

  async function openRow() {
    await clickVisibleRow(where().page);
    await detail().waitFor();
  }
  return { filterBox, detail, address, showMessages, openRow };
}
