import { expect, it } from 'vitest';
import { parsePayload, templatesFor, templateText } from './call-templates';

it('knows the actions of each version', () => {
  expect(Object.keys(templatesFor('ocpp1.6'))).toContain('RemoteStartTransaction');
  expect(Object.keys(templatesFor('ocpp2.0.1'))).toContain('RequestStartTransaction');
  expect(JSON.parse(templateText('ocpp2.1', 'Reset'))).toEqual({ type: 'OnIdle' });
  expect(templateText('ocpp1.6', 'SomethingElse')).toBe('{}');
});

it('takes objects and nothing else', () => {
  expect(parsePayload('')).toEqual({});
  expect(parsePayload('{"type":"Soft"}')).toEqual({ type: 'Soft' });
  expect(() => parsePayload('{"type":')).toThrow(/^Not JSON: /);
  for (const text of ['[]', '1', 'null', '"Reset"']) expect(() => parsePayload(text)).toThrow('has to be an object');
});
