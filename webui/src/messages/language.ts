/** The fields of the filter language that say something about a message; a test compares them with the server's table. */
export type FieldKind = 'NAME' | 'CHOICE' | 'DURATION' | 'SIZE' | 'SINCE' | 'UNTIL' | 'TEXT';

export interface Field {
  name: string;
  kind: FieldKind;
  help: string;
  values?: readonly string[];
}

export const FIELDS: readonly Field[] = [
  { name: 'station', kind: 'NAME', help: 'Identity of the station' },
  { name: 'action', kind: 'NAME', help: 'Action of a message, of a result that of its CALL; in the log, the topic' },
  {
    name: 'type',
    kind: 'CHOICE',
    help: 'Type of an OCPP message; result is short for CALLRESULT, error for both kinds of error',
    values: ['CALL', 'result', 'error', 'SEND'],
  },
  { name: 'dir', kind: 'CHOICE', help: 'From the station or to it', values: ['in', 'out'] },
  {
    name: 'latency',
    kind: 'DURATION',
    help: 'Time from a CALL to its result',
    values: ['>100ms', '>500ms', '>2s'],
  },
  {
    name: 'error',
    kind: 'NAME',
    help: 'Error code of a CALLERROR or CALLRESULTERROR, such as NotImplemented',
    values: [
      'FormationViolation',
      'GenericError',
      'InternalError',
      'NotImplemented',
      'NotSupported',
      'OccurrenceConstraintViolation',
      'PropertyConstraintViolation',
      'ProtocolError',
      'SecurityError',
      'TypeConstraintViolation',
    ],
  },
  { name: 'protocol', kind: 'CHOICE', help: 'OCPP version', values: ['1.6', '2.0.1', '2.1'] },
  { name: 'id', kind: 'NAME', help: 'Message id that connects a CALL and its result' },
  { name: 'gateway', kind: 'NAME', help: 'Name of the gateway' },
  { name: 'size', kind: 'SIZE', help: 'Length of the message', values: ['>1K', '>16K'] },
  { name: 'since', kind: 'SINCE', help: 'At this time or later', values: ['5m', '1h', '1d'] },
  { name: 'until', kind: 'UNTIL', help: 'Before this time', values: ['5m', '1h', '1d'] },
  { name: 'text', kind: 'TEXT', help: 'The same as a text without a field' },
];

export function fieldOf(name: string): Field | undefined {
  return FIELDS.find((field) => field.name === name.toLowerCase());
}

/** What follows the field's name: ":" or, where sizes are compared, nothing. */
export function signOf(field: Field): string {
  return field.kind === 'DURATION' || field.kind === 'SIZE' ? '>' : ':';
}
