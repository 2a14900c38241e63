// Logging in and out.
import assert from 'node:assert/strict';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, before, beforeEach, describe, it } from 'node:test';
import {
  accessibilityProblems,
  logIn,
  logInAs,
  openPage,
  patiently,
  REFUSED,
  rowsOf,
  screenshot,
  TOKEN,
  until,
  wholeFile,
} from './harness.mjs';

let system;
let browser;
let page;

wholeFile((own) => ({ system, browser } = own), { stations: 3 });

/** The status of a request that the page makes with its cookie. */
function statusOf(shown, path) {
  return shown.evaluate(async (asked) => (await fetch(asked)).status, path);
}

async function chooseSetting(shown, name) {
  await shown.getByRole('button', { name: 'Settings' }).click();
  await shown.getByRole('menuitem', { name, exact: true }).click();
}

describe('login by token', { timeout: patiently(60_000) }, () => {
  beforeEach(async () => {
    page = await openPage(browser, system, { expected: [REFUSED] });
  });
  afterEach(() => page.context().close());

  it('refuses a wrong token with words and keeps the form', async () => {
    await page.goto(system.url);
    await page.getByLabel('Access token').fill('wrong');
    await page.getByRole('button', { name: 'Log in' }).click();
    await page.getByRole('alert').filter({ hasText: /wrong token/i }).waitFor();
    assert.equal(await page.getByLabel('Access token').count(), 1);
    assert.deepEqual(page.faults, []);
  });

  it('takes the right token and logs out again', async () => {
    await page.goto(`${system.url}/messages`);
    await page.getByLabel('Access token').fill(TOKEN);
    await page.getByRole('button', { name: 'Log in' }).click();
    await page.waitForSelector('[data-stream="live"]');
    assert.equal(new URL(page.url()).pathname, '/messages', 'the page that was asked for');
    await chooseSetting(page, 'Log out');
    await page.getByLabel('Access token').waitFor();
    assert.equal(await statusOf(page, '/api/overview'), 401);
    assert.deepEqual(page.faults, []);
  });

  it('logs in with the token of a link and takes it out of the address', async () => {
    await logIn(page, system);
    assert.doesNotMatch(page.url(), /token/);
    await page.goBack().catch(() => null);
    assert.doesNotMatch(page.url(), /token/);
  });
});

describe('its look', { timeout: patiently(110_000) }, () => {
  for (const theme of ['light', 'dark']) {
    for (const width of [1440, 390]) {
      it(`holds in ${theme}, ${width} wide`, async () => {
        page = await openPage(browser, system, { theme, width, height: width < 600 ? 844 : 900 });
        await page.goto(`${system.url}/login`);
        await page.getByLabel('Access token').waitFor();
        await screenshot(page, `login-${theme}-${width}`);
        assert.deepEqual(await accessibilityProblems(page), []);
        assert.deepEqual(page.faults, []);
        await page.context().close();
      });
    }
  }
});

describe('login by name and password', { timeout: patiently(60_000) }, () => {
  before(async () => {
    system.addUser('anna', 'correct horse', 'operator');
    const users = system.addUser('vic', 'battery staple', 'viewer');
    const limits = ['board.login_attempts=2', 'board.login_penalty=4s'];
    await system.restartBoard(['board.auth=credentials', `board.users=${users}`, ...limits]);
  });
  beforeEach(async () => {
    page = await openPage(browser, system, { expected: [REFUSED] });
  });
  afterEach(() => page.context().close());

  it('shows who is logged in', async () => {
    await logInAs(page, system, 'vic', 'battery staple');
    await page.getByRole('button', { name: 'Settings' }).click();
    await page.getByText('vic, viewer').waitFor();
    assert.deepEqual(page.faults, []);
  });

  it('logs out everywhere, and keeps the page of who was thrown out', async () => {
    await logInAs(page, system, 'anna', 'correct horse');
    await page.goto(`${system.url}/connections`);
    await rowsOf(page).nth(1).waitFor();
    await page.getByLabel('Search by identity').fill('CP-0');
    const other = await openPage(browser, system, { expected: [REFUSED] });
    await logInAs(other, system, 'anna', 'correct horse');
    await chooseSetting(other, 'Log out everywhere');
    await other.getByLabel('User').waitFor();
    await other.context().close();

    const dialog = page.getByRole('dialog', { name: 'Log in again' });
    await dialog.getByRole('heading', { name: 'Your session has ended' }).waitFor();
    await screenshot(page, 'login-again');
    assert.deepEqual(await accessibilityProblems(page), []);
    await page.keyboard.press('Escape');
    await page.keyboard.press('Escape');
    assert.ok(await dialog.isVisible(), 'Escape does not close it');
    assert.ok((await rowsOf(page).count()) > 1, 'the page is still there');
    await dialog.getByLabel('User').fill('anna');
    await dialog.getByLabel('Password').fill('correct horse');
    await dialog.getByRole('button', { name: 'Log in' }).click();
    await dialog.waitFor({ state: 'detached' });
    await page.waitForSelector('[data-stream="live"]');
    assert.equal(await page.getByLabel('Search by identity').inputValue(), 'CP-0');
    await until('it works again', async () => (await statusOf(page, '/api/overview')) === 200);
    assert.deepEqual(page.faults, []);
  });

  it('counts down while the server makes it wait', async () => {
    await page.goto(`${system.url}/login`);
    await page.getByLabel('User').fill('vic');
    await page.getByLabel('Password').fill('wrong');
    const button = page.getByRole('button', { name: /Log in|Wait/ });
    await until('too many tries', async () => {
      if (await button.isEnabled()) await button.click();
      const { text, disabled } = await button.evaluate(({ textContent, disabled }) => ({ text: textContent, disabled }));
      return disabled && /^Wait \d+ s$/.test(text);
    });
    await page.getByRole('alert').filter({ hasText: /\w/ }).waitFor();
    await screenshot(page, 'login-throttled');
    await page.getByRole('button', { name: 'Log in' }).waitFor({ timeout: patiently(30_000) });
    assert.ok(await button.isEnabled());
    assert.deepEqual(page.faults, []);
  });
});

/** What board.auth_program may be: reads {"username", "password"}, and writes who that is. */
const PROGRAM = `#!/bin/sh
read -r asked
case $asked in
*'"password":"open sesame"'*) echo '{"name":"Ann of the directory","role":"viewer"}' ;;
*'"password":"broken"'*) exit 3 ;;
*) exit 1 ;;
esac
`;

describe('login by a program', { timeout: 60_000 }, () => {
  before(async () => {
    const program = join(system.directory, 'check-login');
    writeFileSync(program, PROGRAM, { mode: 0o755 });
    await system.restartBoard(['board.auth=custom', `board.auth_program=${program}`, 'board.login_attempts=100']);
  });
  beforeEach(async () => {
    page = await openPage(browser, system, { expected: [REFUSED] });
  });
  afterEach(() => page.context().close());

  it('refuses whom the program refuses, and lets in whom it names', async () => {
    await page.goto(`${system.url}/connections`);
    await page.getByLabel('User').fill('ann');
    const submit = async (password) => {
      await page.getByLabel('Password').fill(password);
      await page.getByRole('button', { name: 'Log in' }).click();
    };
    await submit('guess');
    await page.getByRole('alert').filter({ hasText: /wrong/i }).waitFor();
    assert.equal(await page.getByLabel('User').inputValue(), 'ann');
    await submit('open sesame');
    await page.waitForSelector('[data-stream="live"]');
    assert.equal(new URL(page.url()).pathname, '/connections', 'the page that was asked for');
    await page.getByRole('button', { name: 'Settings' }).click();
    await page.getByText('Ann of the directory, viewer').waitFor();
    assert.deepEqual(page.faults, []);
  });

  it('says that the program failed, and takes another try', async () => {
    await page.goto(`${system.url}/login`);
    await page.getByLabel('User').fill('ann');
    await page.getByLabel('Password').fill('broken');
    await page.getByRole('button', { name: 'Log in' }).click();
    await page.getByRole('alert').filter({ hasText: /\w/ }).waitFor();
    await screenshot(page, 'login-program-failed');
    await page.getByLabel('Password').fill('open sesame');
    await page.getByRole('button', { name: 'Log in' }).click();
    await page.waitForSelector('[data-stream="live"]');
    assert.deepEqual(page.faults, []);
  });
});

describe('without a login', { timeout: patiently(60_000) }, () => {
  it('shows the pages at once, and nothing to log out of', async () => {
    await system.restartBoard(['board.auth=none']);
    page = await openPage(browser, system);
    await page.goto(system.url);
    await page.waitForSelector('[data-stream="live"]');
    await page.getByRole('button', { name: 'Settings' }).click();
    await page.getByRole('menuitem', { name: 'Keyboard' }).waitFor();
    assert.equal(await page.getByRole('menuitem', { name: 'Log out' }).count(), 0);
    assert.deepEqual(page.faults, []);
    await page.context().close();
  });
});
