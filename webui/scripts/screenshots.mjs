// Makes the README's images from a simulated fleet: npm run screenshots [-- DIRECTORY]. Needs the built programs (BUILD_DIR).
import { mkdirSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import {
  clickVisibleRow,
  launchBrowser,
  logIn,
  openPage,
  rowsOf,
  System,
  sleep,
  until,
} from '../../tests/e2e/harness.mjs';

const directory = resolve(process.argv[2] ?? fileURLToPath(new URL('../../docs/images', import.meta.url)));
const warmUp = Number(process.env.SECONDS ?? 240);

async function overview(page, url) {
  await page.goto(`${url}/`);
  await page.locator('main ol li').nth(10).waitFor();
  await until('samples have come', async () => (await page.locator('footer').textContent()).includes('gateway'));
}

async function messages(page, url) {
  await page.goto(`${url}/messages?filter=-action%3AHeartbeat%2CMeterValues`);
  await until('the list is full', async () => (await rowsOf(page).count()) > 15);
  await page.keyboard.press(' ');
  await clickVisibleRow(page);
  await page.getByTestId('message-detail').waitFor();
}

async function station(page, url) {
  // one that charges, whose transaction was seen from its start, and will go on for a while
  const identity = await page.evaluate(async () => {
    const stations = await (await fetch('/api/connections?status=online&limit=200')).json();
    let [best, least] = ['CP-0004', 100];
    for (const { identity: each, activeTransactions, connectors } of stations) {
      if (activeTransactions === 0 || connectors.length < 2) continue;
      const { transactions } = await (await fetch(`/api/connections/${each}`)).json();
      for (const { energyWh, soc } of transactions) if (energyWh && soc < least) [best, least] = [each, soc];
    }
    return best;
  });
  await page.goto(`${url}/station?id=${identity}`);
  await until('its messages are there', async () => (await rowsOf(page).count()) > 10);
}

async function telemetry(page, url) {
  await page.goto(`${url}/telemetry?range=5+min`);
  await page.locator('.recharts-line-curve').nth(6).waitFor();
}

const IMAGES = [
  ['overview', 'dark', overview],
  ['messages', 'light', messages],
  ['station', 'light', station],
  ['telemetry', 'dark', telemetry],
];

const system = await System.start({ stations: 40, rate: 20, wrongPasswords: 10, incidents: 8 });
const browser = await launchBrowser();
try {
  mkdirSync(directory, { recursive: true });
  await sleep(warmUp * 1000);
  for (const [name, theme, show] of IMAGES) {
    const page = await openPage(browser, system, { theme, width: 1280, height: 800 });
    await logIn(page, system);
    await show(page, system.url);
    await sleep(4000); // two samples, so that nothing stands empty
    await page.screenshot({ path: join(directory, `${name}.png`) });
    await page.context().close();
  }
} finally {
  await browser.close();
  await system.stop();
}
