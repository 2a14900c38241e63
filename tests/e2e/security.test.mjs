// Security events.
import assert from 'node:assert/strict';
import { beforeEach, describe, it } from 'node:test';
import { logIn, openPage, pagesLookRight, patiently, rowsOf, until, wholeFile } from './harness.mjs';
import { Station } from './station.mjs';

let system;
let browser;
let page;

const prepare = async (own) => {
  ({ system, browser } = own);
  for (const password of ['wrong', 'wrong too']) await assert.rejects(Station.connect(system, 'CP-0002', { password }), { status: 401 });
  await assert.rejects(Station.connect(system, 'NOBODY-1', { password: 'none' }));
};

wholeFile(prepare, { stations: 4, wrongPasswords: 1 });

describe('security', { timeout: patiently(60_000) }, () => {
  beforeEach(async () => {
    page = await openPage(browser, system);
    await logIn(page, system);
  });

  it('shows an event, its details, and leads to its station', async () => {
    await page.goto(`${system.url}/security`);
    await rowsOf(page).filter({ hasText: 'CP-0002' }).first().click();
    const detail = page.getByRole('complementary', { name: 'Security event' });
    await detail.getByRole('heading', { name: 'Auth failed' }).waitFor();
    assert.ok(new URL(page.url()).searchParams.get('e'));
    await page.reload();
    await detail.getByRole('link', { name: 'CP-0002' }).click();
    await page.getByRole('heading', { name: 'CP-0002' }).waitFor();
    assert.deepEqual(page.faults, []);
    await page.context().close();
  });

  it('shows an event as it happens', async () => {
    await page.goto(`${system.url}/security?q=CP-0003`);
    await page.getByText('No security events.').waitFor();
    await assert.rejects(Station.connect(system, 'CP-0003', { password: 'guess' }), { status: 401 });
    await rowsOf(page).filter({ hasText: 'CP-0003' }).first().waitFor();
    assert.deepEqual(page.faults, []);
    await page.context().close();
  });

  it('groups by source and filters by one', async () => {
    await page.goto(`${system.url}/security`);
    await page.getByRole('button', { name: 'By source' }).click();
    await rowsOf(page).filter({ hasText: '127.0.0.1' }).click();
    await page.getByRole('button', { name: /from 127\.0\.0\.1/ }).waitFor();
    await rowsOf(page).first().waitFor();
    await page.getByRole('button', { name: /from 127\.0\.0\.1/ }).click();
    await until('the filter is gone', () => !new URL(page.url()).searchParams.has('source'));
    await page.context().close();
  });

  it('filters by severity and category, in the address', async () => {
    await page.goto(`${system.url}/security`);
    await rowsOf(page).first().waitFor();
    await page.getByLabel('Category').selectOption('ANOMALY');
    await until('none is left of others', async () => (await rowsOf(page).filter({ hasText: 'Auth failed' }).count()) === 0);
    await page.getByLabel('Category').selectOption('AUTH_FAILED');
    await rowsOf(page).filter({ hasText: 'Auth failed' }).first().waitFor();
    await page.getByRole('region', { name: 'Timeline' }).getByRole('button', { name: 'critical' }).click();
    await until('the address has it', () => new URL(page.url()).searchParams.get('severity') === 'critical');
    await page.context().close();
  });
});

describe('its look', { timeout: patiently(110_000) }, () => {
  it('holds in both themes and widths', async () => {
    const security = async (shown) => {
      await shown.goto(`${system.url}/security`);
      await rowsOf(shown).first().click();
      await shown.getByRole('complementary', { name: 'Security event' }).waitFor();
    };
    const sources = async (shown) => {
      await shown.goto(`${system.url}/security?view=sources`);
      await rowsOf(shown).first().waitFor();
    };
    assert.deepEqual(await pagesLookRight(browser, system, { security, sources }), []);
  });
});
