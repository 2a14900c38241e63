// The schemas of the three OCPP versions (as the npm package ocpp-rpc carries them), and the smallest requests that obey them.
import Ajv from 'ajv';
import addFormats from 'ajv-formats';
import { createRequire } from 'node:module';

const require = createRequire(import.meta.url);
const libraries = {
  'ocpp1.6': require('ocpp-rpc/lib/schemas/ocpp1_6.json'),
  'ocpp2.0.1': require('ocpp-rpc/lib/schemas/ocpp2_0_1.json'),
  // named urn:XRequest and urn:XResponse there, which its own strict mode does not look for
  'ocpp2.1': require('ocpp-rpc/lib/schemas/ocpp2_1.json').map((schema) => ({
    ...schema,
    $id: schema.$id.replace(/Request$/, '.req').replace(/Response$/, '.conf'),
  })),
};

export const versions = Object.keys(libraries);

/** The actions that a station may send, as CALL; NotifyPeriodicEventStream (2.1) is a SEND and stands apart. */
const common2 = `Authorize BootNotification ClearedChargingLimit DataTransfer FirmwareStatusNotification Get15118EVCertificate
  GetCertificateStatus Heartbeat LogStatusNotification MeterValues NotifyChargingLimit NotifyCustomerInformation NotifyDisplayMessages
  NotifyEVChargingNeeds NotifyEVChargingSchedule NotifyEvent NotifyMonitoringReport NotifyReport PublishFirmwareStatusNotification
  ReportChargingProfiles ReservationStatusUpdate SecurityEventNotification SignCertificate StatusNotification TransactionEvent`;
export const stationActions = {
  'ocpp1.6': `Authorize BootNotification DataTransfer DiagnosticsStatusNotification FirmwareStatusNotification Heartbeat LogStatusNotification
    MeterValues SecurityEventNotification SignCertificate SignedFirmwareStatusNotification StartTransaction StatusNotification StopTransaction`.split(/\s+/),
  'ocpp2.0.1': common2.split(/\s+/),
  'ocpp2.1': `${common2} BatterySwap ClosePeriodicEventStream GetCertificateChainStatus NotifyDERAlarm NotifyDERStartStop NotifyPriorityCharging
    NotifySettlement OpenPeriodicEventStream PullDynamicScheduleUpdate ReportDERControl VatNumberValidation`.split(/\s+/),
};

/** A validator as ocpp-rpc's strict mode wants it: validate('urn:Heartbeat.req', payload) throws what is wrong. */
function createValidator(version) {
  const ajv = new Ajv.default({ strict: false });
  addFormats.default(ajv);
  ajv.addSchema(libraries[version]);
  const validate = (id, payload) => {
    if (!ajv.getSchema(id)) throw new Error(`${version} has no schema ${id}`);
    if (!ajv.validate(id, payload)) throw new Error(`${id}: ${ajv.errorsText()} in ${JSON.stringify(payload)}`);
  };
  return { subprotocol: version, validate };
}
export const validators = Object.fromEntries(versions.map((version) => [version, createValidator(version)]));

const formats = { 'date-time': () => new Date().toISOString(), uri: () => 'http://example.com/' };

function smallest(schema, root) {
  if (schema.$ref) return smallest(root.definitions[schema.$ref.split('/').pop()], root);
  if (schema.enum) return schema.enum[0];
  switch (schema.type) {
    case 'object':
      return Object.fromEntries((schema.required ?? []).map((name) => [name, smallest(schema.properties[name], root)]));
    case 'array':
      return Array.from({ length: schema.minItems ?? 0 }, () => smallest(schema.items, root));
    case 'integer':
    case 'number':
      return schema.minimum ?? 1;
    case 'boolean':
      return true;
    default:
      return formats[schema.format]?.() ?? 'x'.repeat(schema.minLength ?? 1);
  }
}

/** The smallest valid request of an action. */
export function smallestRequest(version, action) {
  const schema = libraries[version].find(({ $id }) => $id === `urn:${action}.req`);
  if (!schema) throw new Error(`no schema for ${version} ${action}`);
  return smallest(schema, schema);
}
