import { expect, it } from 'vitest';
import { prefixOf } from './base';

it.each([
  ['http://h/assets/index-1.js', '/'],
  ['https://h/tools/ocpp/assets/index-1.js', '/tools/ocpp/'],
  ['http://h/assets/assets/index-1.js', '/assets/'],
  ['http://h/src/api/base.ts', '/'],
])('%s is mounted at %s', (url, prefix) => expect(prefixOf(url)).toBe(prefix));
