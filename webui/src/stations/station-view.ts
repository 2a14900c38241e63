import type { BootInfo, Connector, Json, Transaction } from '@/api/types';
import type { Exchange, Row } from '@/messages/exchange';
import { connectorKey } from './connectors';

/** What a station's own messages say of it, in the order they came. */
export interface StationView {
  boot: BootInfo | null;
  connectors: Connector[];
  transactions: Transaction[];
}

type Fields = { [key: string]: Json };

function fields(value: Json | undefined): Fields {
  return value && typeof value === 'object' && !Array.isArray(value) ? value : {};
}

function text(value: Json | undefined): string | undefined {
  return value === undefined || value === null ? undefined : String(value);
}

function number(value: Json | undefined): number | undefined {
  return typeof value === 'number' ? value : undefined;
}

export function bootOf(exchange: Exchange): BootInfo {
  const body = fields(exchange.call?.params);
  const station = fields(body.chargingStation);
  return {
    vendor: text(body.chargePointVendor ?? station.vendorName),
    model: text(body.chargePointModel ?? station.model),
    serialNumber: text(body.chargePointSerialNumber ?? body.chargeBoxSerialNumber ?? station.serialNumber),
    firmwareVersion: text(body.firmwareVersion ?? station.firmwareVersion),
    status: text(fields(exchange.answer?.payload).status),
  };
}

/** StatusNotification of all versions; `timestamp` is when it arrived, as stations' clocks may be wrong. */
export function connectorOf(params: Json | undefined, arrived: string): Connector {
  const body = fields(params);
  return {
    evseId: number(body.evseId),
    connectorId: number(body.connectorId),
    status: text(body.status ?? body.connectorStatus),
    errorCode: text(body.errorCode),
    timestamp: arrived,
  };
}

export function sortConnectors(connectors: Iterable<Connector>): Connector[] {
  return [...connectors].sort(
    (a, b) => (a.evseId ?? 0) - (b.evseId ?? 0) || (a.connectorId ?? 0) - (b.connectorId ?? 0),
  );
}

const REGISTER = 'Energy.Active.Import.Register';

/** The newest energy register among sampled values, in Wh. */
export function energyOf(meterValue: Json | undefined): number | undefined {
  if (!Array.isArray(meterValue)) return undefined;
  const samples = fields(meterValue.at(-1)).sampledValue;
  if (!Array.isArray(samples)) return undefined;
  for (const entry of samples) {
    const sample = fields(entry);
    if ((text(sample.measurand) ?? REGISTER) !== REGISTER || sample.phase !== undefined) continue;
    const unit = text(sample.unit) ?? text(fields(sample.unitOfMeasure).unit) ?? 'Wh';
    const value = Number(sample.value);
    if (Number.isFinite(value)) return unit === 'kWh' ? value * 1000 : value;
  }
  return undefined;
}

class Transactions {
  private open = new Map<string, Transaction>();

  list(): Transaction[] {
    return [...this.open.values()];
  }

  startV16({ call, answer }: Exchange): void {
    const body = fields(call?.params);
    const id = text(fields(answer?.payload).transactionId);
    if (!call || id === undefined) return;
    this.open.set(id, {
      transactionId: id,
      connectorId: number(body.connectorId),
      idTag: text(body.idTag),
      startedAt: call.timestamp,
      meterStart: number(body.meterStart),
    });
  }

  stopV16({ call }: Exchange): void {
    this.open.delete(text(fields(call?.params).transactionId) ?? '');
  }

  meterV16({ call }: Exchange): void {
    const body = fields(call?.params);
    this.measure(text(body.transactionId) ?? '', energyOf(body.meterValue));
  }

  eventV2({ call }: Exchange): void {
    const body = fields(call?.params);
    const info = fields(body.transactionInfo);
    const id = text(info.transactionId);
    if (!call || id === undefined) return;
    if (body.eventType === 'Ended') {
      this.open.delete(id);
      return;
    }
    const known = this.open.get(id);
    this.open.set(id, {
      transactionId: id,
      startedAt: known?.startedAt ?? call.timestamp,
      meterStart: known?.meterStart,
      energyWh: known?.energyWh,
      evseId: number(fields(body.evse).id) ?? known?.evseId,
      idToken: text(fields(body.idToken).idToken) ?? known?.idToken,
      chargingState: text(info.chargingState) ?? known?.chargingState,
    });
    this.measure(id, energyOf(body.meterValue));
  }

  private measure(id: string, register: number | undefined): void {
    const transaction = this.open.get(id);
    if (!transaction || register === undefined) return;
    transaction.meterStart ??= register;
    transaction.energyWh = Math.max(0, register - transaction.meterStart);
  }
}

/** Goes through a station's exchanges, oldest first. */
export function viewOf(rows: readonly Row[]): StationView {
  let boot: BootInfo | null = null;
  const connectors = new Map<string, Connector>();
  const transactions = new Transactions();
  for (const row of rows) {
    if (row.kind !== 'exchange' || !row.call || row.call.direction !== 'IN') continue;
    const { method, params, timestamp } = row.call;
    if (method === 'BootNotification') boot = bootOf(row);
    else if (method === 'StatusNotification') {
      const connector = connectorOf(params, timestamp);
      connectors.set(connectorKey(connector), connector);
    } else if (method === 'StartTransaction') transactions.startV16(row);
    else if (method === 'StopTransaction') transactions.stopV16(row);
    else if (method === 'MeterValues') transactions.meterV16(row);
    else if (method === 'TransactionEvent') transactions.eventV2(row);
  }
  return { boot, connectors: sortConnectors(connectors.values()), transactions: transactions.list() };
}
