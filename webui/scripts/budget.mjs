// Fails when what a browser needs before it shows the first page is more than the budget, gzipped.
import { readFileSync } from 'node:fs';
import { gzipSync } from 'node:zlib';

const BUDGET = 130 * 1024;
const dist = new URL('../dist/', import.meta.url);
const size = (path) => gzipSync(readFileSync(new URL(path, dist)), { level: 9 }).length;
const html = readFileSync(new URL('index.html', dist), 'utf8');
const files = [...new Set([...html.matchAll(/(?:src|href)="\.\/([^"]+\.(?:js|css))"/g)].map(([, path]) => path))];

let total = 0;
for (const file of files) {
  total += size(file);
  console.log(`${String(size(file)).padStart(8)}  ${file}`);
}
console.log(`${String(total).padStart(8)}  first load, gzipped; the budget is ${BUDGET}`);
if (files.length === 0 || total > BUDGET) process.exit(1);
