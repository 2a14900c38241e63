// Measures the page against the real daemons, with the numbers of this machine:
//   npm run measure [-- short|heap]     short: under 20 s; heap: 15 minutes more. Needs the built programs (BUILD_DIR).
import { cpus, loadavg } from 'node:os';
import { launchBrowser, logIn, openPage, System, sleep, until } from '../../tests/e2e/harness.mjs';

const mode = process.argv[2] ?? 'full';
const short = mode === 'short';
const failures = [];
const FRAME_MS = 1000 / 60;

/** Goals by the clock count only where nobody else uses the machine. */
const busy = loadavg()[0] > cpus().length / 2;
const quiet = (goal) => (busy ? undefined : goal);

/** Prints a number with its goal; a goal that is missed fails the run. */
function report(what, value, unit, goal) {
  const missed = goal !== undefined && value > goal;
  if (missed) failures.push(what);
  const aim = goal === undefined ? '' : `  goal ${Number(goal.toFixed(1))} ${unit}${missed ? ', MISSED' : ''}`;
  console.log(`${what.padEnd(56)}${value.toFixed(value < 10 ? 2 : 0).padStart(8)} ${unit}${aim}`);
}

async function withPage(publisher, use) {
  const system = await System.start({ publisher });
  const browser = await launchBrowser();
  try {
    const page = await openPage(browser, system);
    page.setDefaultTimeout(60_000); // a busy machine is measured, too
    await logIn(page, system);
    await use(page, system);
    if (page.faults.length > 0) failures.push(...page.faults);
  } finally {
    await browser.close();
    await system.stop();
  }
}

/** From the navigation until figures and messages stand there and the page does what is asked. */
async function measureStart(page, system) {
  const times = [];
  for (let n = 0; n < (short ? 3 : 7); n += 1) {
    await page.goto('about:blank');
    await page.goto(`${system.url}/`, { waitUntil: 'commit' });
    await page.waitForFunction(
      () => document.querySelector('main ol li') && document.querySelector('[data-stream="live"]'),
    );
    times.push(
      await page.evaluate(
        () => new Promise((done) => requestIdleCallback(() => done(performance.now()), { timeout: 5000 })),
      ),
    );
  }
  report('overview interactive, median', times.sort((a, b) => a - b)[times.length >> 1], 'ms', quiet(1000));
}

/**
 * Tasks of the page's main thread while `act` goes on, in milliseconds: what the clock says, and the processor time, which
 * does not depend on who else uses the machine.
 */
async function tasksDuring(page, act) {
  const browser = page.context().browser();
  await browser.startTracing(page, { categories: ['toplevel', '__metadata'] });
  const result = await act();
  const { traceEvents } = JSON.parse((await browser.stopTracing()).toString());
  const mains = new Set(
    traceEvents
      .filter(({ name, args }) => name === 'thread_name' && args.name === 'CrRendererMain')
      .map(({ pid, tid }) => `${pid}/${tid}`),
  );
  const tasks = traceEvents
    .filter(
      ({ name, ph, pid, tid }) => ph === 'X' && name === 'ThreadControllerImpl::RunTask' && mains.has(`${pid}/${tid}`),
    )
    .map(({ dur, tdur }) => ({ wall: dur / 1000, cpu: (tdur ?? dur) / 1000 }));
  return { result, tasks };
}

async function measureFlood(page, system) {
  await page.goto(`${system.url}/messages`);
  await page.locator('[role="row"][aria-selected]').nth(10).waitFor();
  await sleep(2000);
  const seconds = short ? 4 : 15;
  const { tasks } = await tasksDuring(page, () => sleep(seconds * 1000));
  const what = '5,000 messages/s, list follows:';
  report(`${what} longest task, processor time`, Math.max(0, ...tasks.map(({ cpu }) => cpu)), 'ms', 100);
  report(`${what} longest task, by the clock`, Math.max(0, ...tasks.map(({ wall }) => wall)), 'ms', quiet(100));
  report(`${what} main thread busy`, tasks.reduce((sum, { cpu }) => sum + cpu, 0) / seconds / 10, '%', 50);
  if ((await page.getByTestId('skipped').count()) === 0) failures.push('the list does not say what was skipped');
  const took = await page.evaluate(async () => {
    const began = performance.now();
    document.querySelector('[aria-label="Pause (Space)"]').click();
    await new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(done)));
    return performance.now() - began;
  });
  report('5,000 messages/s: from a click to the next frame', took, 'ms', quiet(200));
}

const countOf = async (page) => Number((await page.getByTestId('counts').textContent()).replace(/\D/g, ''));

/** Scrolls to the beginning until so many rows are held. */
async function loadRows(page, rows) {
  const grid = page.getByRole('grid');
  await grid.hover();
  await page.mouse.wheel(0, -500);
  await until(
    `${rows} rows are held`,
    async () => {
      await page.mouse.wheel(0, -1_000_000);
      return (await countOf(page)) >= rows;
    },
    400,
  );
}

/** Frames while the list is scrolled by `step` pixels in each of them. */
function scrollFrames(page, step, frames) {
  return page.evaluate(
    async ([step, frames]) => {
      const grid = document.querySelector('[role="grid"]');
      grid.scrollTop = grid.scrollHeight / 2;
      const times = [];
      let blank = 0;
      for (let n = 0; n < frames; n += 1) {
        times.push(await new Promise((done) => requestAnimationFrame(done)));
        const box = grid.getBoundingClientRect();
        const seen = document.elementFromPoint(box.x + 40, box.y + box.height / 2);
        if (!seen?.closest('[role="row"]')) blank += 1;
        grid.scrollTop += n % 200 < 100 ? step : -step;
      }
      const gaps = times.slice(1).map((time, index) => time - times[index]);
      return { gaps, blank };
    },
    [step, frames],
  );
}

async function measureScrolling(page, system) {
  await page.goto(`${system.url}/messages`);
  await page.locator('[role="row"][aria-selected]').nth(10).waitFor();
  await loadRows(page, short ? 10_000 : 100_000);
  const rows = await countOf(page);
  for (const [what, step] of [
    ['slowly', 40],
    ['a page a frame', 700],
    ['by leaps', 40_000],
  ]) {
    const { result, tasks } = await tasksDuring(page, () => scrollFrames(page, step, short ? 100 : 400));
    const { gaps, blank } = result;
    const dropped = gaps.reduce((sum, gap) => sum + Math.max(0, Math.round(gap / FRAME_MS) - 1), 0);
    const cost = tasks.reduce((sum, { cpu }) => sum + cpu, 0) / gaps.length;
    report(`${rows} rows scrolled ${what}: processor time a frame`, cost, 'ms', FRAME_MS);
    report(`${rows} rows scrolled ${what}: frames dropped`, (100 * dropped) / (gaps.length + dropped), '%', quiet(5));
    report(`${rows} rows scrolled ${what}: frames without rows`, blank, '', 0);
  }
}

/** What is alive after a collection, in MiB. */
async function heapOf(session) {
  await session.send('HeapProfiler.collectGarbage');
  const { usedSize } = await session.send('Runtime.getHeapUsage');
  return usedSize / 1024 / 1024;
}

/** With a list that is full, ten minutes must leave the heap as it was. */
async function measureHeap(page, system) {
  await page.goto(`${system.url}/messages`);
  await page.locator('[role="row"][aria-selected]').nth(10).waitFor();
  await loadRows(page, 100_000);
  await page.getByTestId('resume').click();
  const session = await page.context().newCDPSession(page);
  const sizes = [];
  for (let n = 1; n <= 30; n += 1) {
    await sleep(30_000);
    sizes.push(await heapOf(session));
    console.log(`  heap after ${n / 2} min: ${sizes.at(-1).toFixed(1)} MiB`);
  }
  const mean = (list) => list.reduce((sum, size) => sum + size, 0) / list.length;
  const [start, early, late] = [sizes.slice(0, 4), sizes.slice(10, 15), sizes.slice(-5)].map(mean);
  report('2,000 messages/s for 15 min: heap at the end', late, 'MiB');
  // a hash table's size doubles a last time when as many ids as it has places have come and gone
  report('  growth in the first 5 min, while tables get their size', (100 * (early - start)) / start, '%');
  report('  growth in the 10 min after them', (100 * (late - early)) / early, '%', 2);
}

const load = () => loadavg()[0].toFixed(1);
console.log(
  `${cpus().length} × ${cpus()[0].model}, load ${load()}, Chromium without a GPU${busy ? '; busy: times by the clock say little' : ''}`,
);
if (mode === 'heap') {
  await withPage(['-s', '200', '-n', '0', '-r', '2000', '-m', '128'], measureHeap);
} else {
  await withPage(['-s', '200', '-n', '2000', '-H'], measureStart);
  await withPage(['-s', '200', '-n', '0', '-r', '5000', '-m', '16'], measureFlood);
  await withPage(['-s', '200', '-n', short ? '30000' : '240000', '-m', '128', '-H'], measureScrolling);
}
console.log(`load ${load()}`);
if (failures.length > 0) {
  console.error(`not as it should be: ${failures.join('; ')}`);
  process.exitCode = 1;
}
