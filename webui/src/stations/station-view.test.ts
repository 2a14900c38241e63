import { expect, it } from 'vitest';
import type { Json, OcppMessage } from '@/api/types';
import { answer, call } from '@/messages/fixtures';
import { MessageStore } from '@/messages/message-store';
import { connectorsOf, track } from './connector-tracker';
import { type StationView, viewOf } from './station-view';

function view(...messages: OcppMessage[]): StationView {
  const store = new MessageStore();
  store.addAll(messages);
  return viewOf(store.allRows());
}

it('reads boot information of both generations', () => {
  const old = call(1, { method: 'BootNotification', params: { chargePointVendor: 'V', chargePointModel: 'M' } });
  expect(view(old, answer(old, 1, { payload: { status: 'Accepted' } })).boot).toMatchObject({
    vendor: 'V',
    model: 'M',
    status: 'Accepted',
  });
  const params = { chargingStation: { vendorName: 'W', model: 'N', firmwareVersion: '2' }, reason: 'PowerUp' };
  expect(view(call(1, { method: 'BootNotification', params })).boot).toMatchObject({
    vendor: 'W',
    firmwareVersion: '2',
  });
});

it('keeps the last status of each connector, in order', () => {
  const status = (n: number, connectorId: number, value: string) =>
    call(n, { method: 'StatusNotification', params: { connectorId, status: value, errorCode: 'NoError' } });
  const { connectors } = view(status(1, 2, 'Available'), status(3, 1, 'Charging'), status(5, 2, 'Faulted'));
  expect(connectors.map(({ connectorId, status: value }) => [connectorId, value])).toEqual([
    [1, 'Charging'],
    [2, 'Faulted'],
  ]);
});

it('follows a 1.6 transaction from start to stop', () => {
  const start = call(1, { method: 'StartTransaction', params: { connectorId: 1, idTag: 'T', meterStart: 1000 } });
  const started = answer(start, 1, { payload: { transactionId: 7 } });
  const meterValue = [{ sampledValue: [{ value: '3.5', unit: 'kWh' }] }];
  const meter = call(3, { method: 'MeterValues', params: { connectorId: 1, transactionId: 7, meterValue } });
  expect(view(start, started, meter).transactions).toMatchObject([{ transactionId: '7', idTag: 'T', energyWh: 2500 }]);
  const stop = call(5, { method: 'StopTransaction', params: { transactionId: 7, meterStop: 4000 } });
  expect(view(start, started, meter, stop).transactions).toEqual([]);
});

it('follows a 2.x transaction from start to end', () => {
  const event = (n: number, eventType: string, more = {}) =>
    call(n, { method: 'TransactionEvent', params: { eventType, transactionInfo: { transactionId: 'x' }, ...more } });
  const started = event(1, 'Started', { evse: { id: 2 }, idToken: { idToken: 'T' } });
  expect(view(started, event(3, 'Updated')).transactions).toMatchObject([
    { transactionId: 'x', evseId: 2, idToken: 'T' },
  ]);
  expect(view(started, event(3, 'Ended')).transactions).toEqual([]);
});

it('survives bodies that are nothing like the schema', () => {
  const bodies: Json[] = [null, [], 'x', 7, { meterValue: [null], transactionInfo: [] }, { meterValue: {} }];
  for (const params of bodies) {
    for (const method of [
      'BootNotification',
      'StatusNotification',
      'StartTransaction',
      'StopTransaction',
      'MeterValues',
      'TransactionEvent',
    ]) {
      expect(() => view(call(1, { method, params }))).not.toThrow();
    }
  }
});

it('tracks connectors by station; older news do not win', () => {
  const status = (n: number, value: string) =>
    call(n, { method: 'StatusNotification', params: { connectorId: 1, status: value } });
  track(status(5, 'Charging'));
  track(status(1, 'Available'));
  expect(connectorsOf({ identity: 'CP-01', gateway: 'default', status: 'online' })).toMatchObject([
    { status: 'Charging' },
  ]);
  expect(connectorsOf({ identity: 'CP-99', gateway: 'default', status: 'online' })).toBeUndefined();
});
