// Fails when what a browser needs before it shows the first page is more than the budget, gzipped, or has the charts in it:
//   npm run budget [-- BYTES]
import { readdirSync, readFileSync } from 'node:fs';
import { gzipSync } from 'node:zlib';

const budget = Number(process.argv[2] ?? 130 * 1024);
const dist = new URL('../dist/', import.meta.url);
const read = (path) => readFileSync(new URL(path, dist));
const html = read('index.html').toString();
const files = [...new Set([...html.matchAll(/(?:src|href)="\.\/([^"]+\.(?:js|css))"/g)].map(([, path]) => path))];
const hasCharts = (path) => read(path).includes('recharts');

let total = 0;
for (const file of files) {
  const size = gzipSync(read(file), { level: 9 }).length;
  total += size;
  console.log(`${String(size).padStart(8)}  ${file}`);
}
console.log(`${String(total).padStart(8)}  first load, gzipped; the budget is ${budget}`);

const problems = [];
if (files.length === 0) problems.push('index.html names no scripts');
if (total > budget) problems.push(`over the budget by ${total - budget} bytes`);
for (const file of files.filter(hasCharts)) problems.push(`${file} has the charts in it`);
if (!readdirSync(new URL('assets/', dist)).some((name) => hasCharts(`assets/${name}`)))
  problems.push('where are the charts?');
for (const problem of problems) console.error(`budget: ${problem}`);
if (problems.length > 0) process.exitCode = 1;
