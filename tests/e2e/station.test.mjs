// One station: what it is, what it does, and what operators do to it.
import assert from 'node:assert/strict';
import { after, beforeEach, describe, it } from 'node:test';
import {
  accessibilityProblems,
  eachPage,
  logIn,
  logInAs,
  openPage,
  pagesLookRight,
  patiently,
  rowsOf,
  screenshot,
  until,
  wholeFile,
} from './harness.mjs';
import { Station } from './station.mjs';

let system;
let browser;
let page;
let station;

function onCall(action) {
  if (action === 'Reset') return { status: 'Accepted' };
  if (action === 'ClearCache') return { error: { code: 'InternalError', description: 'no cache today' } };
  return action === 'GetLocalListVersion' ? null : { status: 'Rejected' };
}

async function connectStation() {
  station = await Station.connect(system, 'OWN-1', { onCall });
  await station.call('BootNotification', { chargePointVendor: 'Voltwerk', chargePointModel: 'AC 22', firmwareVersion: '1.4.2' });
  const status = { errorCode: 'NoError', status: 'Charging', connectorId: 1 };
  await station.call('StatusNotification', status);
  await station.call('StatusNotification', { ...status, connectorId: 2, status: 'Faulted', errorCode: 'GroundFailure' });
  const start = { connectorId: 1, idTag: 'TAG-77', meterStart: 1000, timestamp: new Date().toISOString() };
  const [{ transactionId }] = await station.call('StartTransaction', start);
  const sampledValue = [
    { value: '9400', measurand: 'Energy.Active.Import.Register', unit: 'Wh' },
    { value: '21700', measurand: 'Power.Active.Import', unit: 'W' },
    { value: '63', measurand: 'SoC', unit: 'Percent' },
  ];
  await station.call('MeterValues', { connectorId: 1, transactionId, meterValue: [{ timestamp: new Date().toISOString(), sampledValue }] });
}

async function openStation(shown = page) {
  await shown.goto(`${system.url}/station?id=OWN-1`);
  await shown.getByRole('heading', { name: 'OWN-1', level: 1 }).waitFor();
}

wholeFile(async (own) => {
  ({ system, browser } = own);
  await connectStation();
});

after(() => station?.destroy());

describe('a station', { timeout: patiently(60_000) }, () => {
  eachPage(() => ({ browser, system }), (own) => (page = own));

  it('shows its connectors, its transaction and what it is', async () => {
    await openStation();
    const connectors = page.getByRole('region', { name: 'Connectors' });
    await connectors.getByText('Charging').waitFor();
    await connectors.getByText('GroundFailure').waitFor();
    const open = page.getByRole('region', { name: 'Open transactions' });
    for (const text of ['8.40 kWh', '21.7 kW', '63 %', 'TAG-77']) await open.getByText(text).first().waitFor();
    await open.getByText(/\d meter values/).click();
    await open.getByText('Power.Active.Import').waitFor();
    await page.getByText('Voltwerk').first().waitFor();
    await page.getByText('1.4.2').first().waitFor();
    await page.getByText(/Connector 2 faulted/).waitFor();
    await page.getByRole('img', { name: /% connected, 0 drops/ }).waitFor();
  });

  it('says that a station is unknown', async () => {
    page.expected = [/404/];
    await page.goto(`${system.url}/station?id=NOBODY`);
    await page.getByText('No gateway knows a station NOBODY').waitFor();
  });

  it('keeps the chosen message in the address', async () => {
    await openStation();
    await rowsOf(page).filter({ hasText: 'BootNotification' }).click();
    await page.getByTestId('message-detail').waitFor();
    await until('the address has it', () => new URL(page.url()).searchParams.has('m'));
    await page.keyboard.press('Escape');
    await page.getByTestId('message-detail').waitFor({ state: 'detached' });
  });
});

describe('an operator', { timeout: patiently(60_000) }, () => {
  eachPage(() => ({ browser, system }), (own) => (page = own));
  beforeEach(() => openStation());

  it('sends a CALL and sees result, error and time-out', async () => {
    await page.getByRole('button', { name: 'Send CALL…' }).click();
    const dialog = page.getByRole('dialog', { name: 'Send a CALL to OWN-1' });
    const action = dialog.getByLabel('Action');
    const send = dialog.getByRole('button', { name: 'Send' });
    await action.fill('Reset');
    await until('the payload is filled in', async () => JSON.parse(await dialog.getByLabel('Payload').inputValue()).type === 'Soft');
    await send.click();
    await dialog.getByText(/^CALLRESULT after/).waitFor();
    await dialog.getByText('"Accepted"').waitFor();
    await screenshot(page, 'station-call');
    assert.deepEqual(await accessibilityProblems(page), []);
    await action.fill('ClearCache');
    await send.click();
    await dialog.getByText(/^CALLERROR InternalError/).waitFor();
    await dialog.getByText('no cache today').waitFor();
    await dialog.getByLabel('Payload').fill('{"half":');
    await send.click();
    await dialog.getByText(/^Not JSON/).waitFor();
    await dialog.getByLabel('Payload').fill('{}');
    await action.fill('GetLocalListVersion');
    await dialog.getByLabel('Wait for').selectOption('10');
    await send.click();
    await dialog.getByText('No answer within 10 s').waitFor({ timeout: patiently(20_000) });
    await dialog.getByRole('button', { name: 'Close' }).click();
    await rowsOf(page).filter({ hasText: 'Reset' }).first().waitFor();
  });

  it('disconnects it, after a question that names it', async () => {
    await page.getByRole('button', { name: 'Disconnect…' }).click();
    const dialog = page.getByRole('dialog', { name: 'Disconnect OWN-1?' });
    await screenshot(page, 'station-disconnect');
    await dialog.getByRole('button', { name: 'Cancel' }).click();
    await dialog.waitFor({ state: 'detached' });
    await page.getByRole('button', { name: 'Disconnect…' }).click();
    await dialog.getByRole('button', { name: 'Disconnect' }).click();
    await station.closed;
    await page.getByRole('banner').or(page.locator('main header')).getByText('offline').first().waitFor();
    await until('it cannot be disconnected', () => page.getByRole('button', { name: 'Disconnect…' }).isDisabled());
    await connectStation();
    await until('it can be disconnected again', () => page.getByRole('button', { name: 'Disconnect…' }).isEnabled());
  });

  it('forgets it', async () => {
    await page.getByRole('button', { name: 'Forget…' }).click();
    await page.getByRole('dialog', { name: 'Forget OWN-1?' }).getByRole('button', { name: 'Forget' }).click();
    await page.waitForURL(/\/connections/);
    await page.getByLabel('Search by identity').fill('OWN-1');
    await page.getByText('No station matches.').waitFor();
    await connectStation();
    await rowsOf(page).filter({ hasText: 'OWN-1' }).waitFor();
  });
});

describe('its look', { timeout: patiently(110_000) }, () => {
  it('holds in both themes and widths', async () => {
    const show = async (shown) => {
      await openStation(shown);
      await rowsOf(shown).nth(2).waitFor();
      await shown.getByRole('button', { name: 'Send CALL…' }).waitFor();
    };
    assert.deepEqual(await pagesLookRight(browser, system, { station: show }), []);
  });
});

describe('where nothing may be done', { timeout: patiently(60_000) }, () => {
  it('a viewer sees no buttons for it', async () => {
    const users = system.addUser('vic', 'battery staple', 'viewer');
    await system.restartBoard(['board.auth=credentials', `board.users=${users}`]);
    page = await openPage(browser, system);
    await logInAs(page, system, 'vic', 'battery staple');
    await openStation();
    await page.getByText('Voltwerk').first().waitFor();
    assert.equal(await page.getByRole('button', { name: /CALL|Disconnect|Forget/ }).count(), 0);
    assert.deepEqual(page.faults, []);
    await page.context().close();
  });

  it('says that the dashboard is passive when the gateway takes no commands', async () => {
    await system.gateway.kill();
    system.gatewayOptions = ['gateway.control=off'];
    await system.startGateway(12, false);
    await system.restartBoard([]);
    await connectStation();
    page = await openPage(browser, system);
    await logIn(page, system);
    await openStation();
    await page.getByText('Passive: this dashboard only watches').waitFor();
    assert.equal(await page.getByRole('button', { name: /CALL|Disconnect|Forget/ }).count(), 0);
    await page.context().close();
  });
});
