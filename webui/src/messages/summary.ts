import type { Json, OcppMessage } from '@/api/types';
import { bodyOf } from './exchange';

type Fields = { [key: string]: Json };

function fields(value: Json | undefined): Fields {
  return value && typeof value === 'object' && !Array.isArray(value) ? value : {};
}

function text(value: Json | undefined): string {
  if (value === undefined || value === null) return '';
  return typeof value === 'object' ? JSON.stringify(value) : String(value);
}

function join(...parts: (string | false | undefined)[]): string {
  return parts.filter(Boolean).join(' · ');
}

function place(body: Fields): string {
  const evse = fields(body.evse);
  const id = body.evseId ?? evse.id;
  if (id !== undefined) return `EVSE ${text(id)}`;
  return body.connectorId === undefined ? '' : `connector ${text(body.connectorId)}`;
}

interface Sample {
  measurand: string;
  value: number;
  unit: string;
}

function samplesOf(meterValue: Json | undefined): Sample[] {
  if (!Array.isArray(meterValue)) return [];
  const last = fields(meterValue.at(-1));
  if (!Array.isArray(last.sampledValue)) return [];
  return last.sampledValue.map((entry) => {
    const sample = fields(entry);
    const unit = fields(sample.unitOfMeasure);
    return {
      measurand: text(sample.measurand) || 'Energy.Active.Import.Register',
      value: Number(sample.value),
      unit: text(sample.unit) || text(unit.unit),
    };
  });
}

function quantity(samples: Sample[], measurand: string, unit: string): string {
  const sample = samples.find((entry) => entry.measurand === measurand);
  if (!sample || !Number.isFinite(sample.value)) return '';
  const kilo = sample.unit.startsWith('k') ? sample.value : sample.value / 1000;
  return `${kilo.toFixed(2)} ${unit}`;
}

function meter(meterValue: Json | undefined): string {
  const samples = samplesOf(meterValue);
  const charge = samples.find((entry) => entry.measurand === 'SoC');
  return join(
    quantity(samples, 'Power.Active.Import', 'kW'),
    quantity(samples, 'Energy.Active.Import.Register', 'kWh'),
    charge && `${charge.value} %`,
  );
}

function transactionEvent(body: Fields): string {
  const info = fields(body.transactionInfo);
  const state = text(info.chargingState) || text(body.triggerReason);
  return join(text(body.eventType), place(body), state, meter(body.meterValue));
}

function bootNotification(body: Fields): string {
  const station = fields(body.chargingStation);
  const vendor = text(body.chargePointVendor) || text(station.vendorName);
  const model = text(body.chargePointModel) || text(station.model);
  return join(`${vendor} ${model}`.trim(), text(body.firmwareVersion) || text(station.firmwareVersion));
}

function idOf(body: Fields): string {
  return text(body.idTag) || text(fields(body.idToken).idToken);
}

const SUMMARIES: Record<string, (body: Fields) => string> = {
  BootNotification: bootNotification,
  StatusNotification: (body) => {
    const error = text(body.errorCode);
    return join(place(body), text(body.status) || text(body.connectorStatus), error !== 'NoError' && error);
  },
  MeterValues: (body) => join(place(body), meter(body.meterValue)),
  Authorize: idOf,
  StartTransaction: (body) =>
    join(place(body), idOf(body), body.meterStart !== undefined && `${text(body.meterStart)} Wh`),
  StopTransaction: (body) =>
    join(
      `transaction ${text(body.transactionId)}`,
      text(body.reason),
      body.meterStop !== undefined && `${text(body.meterStop)} Wh`,
    ),
  TransactionEvent: transactionEvent,
  SecurityEventNotification: (body) => text(body.type),
  FirmwareStatusNotification: (body) => text(body.status),
  DiagnosticsStatusNotification: (body) => text(body.status),
  DataTransfer: (body) => join(text(body.vendorId), text(body.messageId)),
};

const cache = new WeakMap<OcppMessage, string>();
const LONGEST = 160;

function summarise(message: OcppMessage): string {
  const body = bodyOf(message);
  if (body === undefined) return message.raw?.slice(0, LONGEST) ?? '';
  const known = SUMMARIES[message.method ?? '']?.(fields(body));
  if (known) return known;
  const json = JSON.stringify(body);
  return json === '{}' ? '' : json.slice(0, LONGEST);
}

/** One line on what a CALL says, for people: "connector 1 · Charging". Other payloads are shown as they are. */
export function summaryOf(message: OcppMessage): string {
  let line = cache.get(message);
  if (line === undefined) {
    line = summarise(message);
    cache.set(message, line);
  }
  return line;
}
