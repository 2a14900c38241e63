import { existsSync, readFileSync } from 'node:fs';
import { expect, it } from 'vitest';
import { FIELDS } from './language';

// not there where the web UI is built apart from the rest
const table = new URL('../../../shm/filter_fields.def', import.meta.url);

it.runIf(existsSync(table))('says of each field what the server says', () => {
  const rows = new Map<string, [string, string]>();
  const row = /^FIELD\((\w+), "\w*", (\w+), \w+, \w+, "(.*)"\)$/gm;
  for (const [, name = '', kind = '', help = ''] of readFileSync(table, 'utf8').matchAll(row)) {
    rows.set(name, [kind, help]);
  }
  expect(rows.size).toBeGreaterThan(10);
  for (const { name, kind, help } of FIELDS) expect([name, ...(rows.get(name) ?? [])]).toEqual([name, kind, help]);
});
