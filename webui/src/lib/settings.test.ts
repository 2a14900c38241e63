import { expect, it } from 'vitest';
import { parseSettings } from './settings';

it.each([null, '', '{', '[]', '7', '{"theme":"pink","timeZone":3}'])('falls back for %s', (text) => {
  expect(parseSettings(text)).toEqual({ theme: 'system', timeZone: 'browser' });
});

it('keeps what is known', () => {
  expect(parseSettings('{"theme":"dark","timeZone":"UTC"}')).toEqual({ theme: 'dark', timeZone: 'UTC' });
});
