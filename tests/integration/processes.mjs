// Starts the programs under test and watches over their end.
import { spawn } from 'node:child_process';
import assert from 'node:assert/strict';
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { fileURLToPath } from 'node:url';

const top = fileURLToPath(new URL('../..', import.meta.url));
/** Where the programs were built. */
export const build = path.resolve(process.env.OCPP_BOARD_BUILD ?? top);
/** Sanitizers make everything slower; limits of time are stretched by this. */
export const patience = Number(process.env.OCPP_BOARD_PATIENCE ?? 1);

const sanitizerReport = /ERROR: \w+Sanitizer|WARNING: ThreadSanitizer|runtime error:/;
const environment = {
  ...process.env,
  ASAN_OPTIONS: 'abort_on_error=0:exitcode=99:detect_leaks=1',
  UBSAN_OPTIONS: 'print_stacktrace=1:exitcode=99',
};

export const sleep = (ms) => new Promise((resolve) => setTimeout(resolve, ms));

/** Asks `probe` again and again until it gives something true, and returns that. An error with `final` set ends it. */
export async function until(what, probe, seconds = 10) {
  const end = Date.now() + seconds * 1000 * patience;
  for (let last; ; await sleep(20)) {
    try {
      const value = await probe();
      if (value) return value;
    } catch (error) {
      if (error.final) throw error;
      last = error;
    }
    if (Date.now() > end) throw new Error(`waited ${seconds * patience} s in vain until ${what}`, { cause: last });
  }
}

export class Program {
  #ended;

  constructor(file, args, { input = 'ignore', cwd = undefined } = {}) {
    this.name = path.basename(file);
    this.stderr = '';
    this.stdout = '';
    this.result = undefined; // { code, signal } once it has ended
    this.child = spawn(file, args, { stdio: [input, 'pipe', 'pipe'], env: environment, cwd });
    this.child.stdout.setEncoding('utf8').on('data', (text) => (this.stdout += text));
    this.child.stderr.setEncoding('utf8').on('data', (text) => (this.stderr += text));
    this.#ended = new Promise((resolve) => {
      this.child.on('error', (error) => resolve((this.result = { code: -1, signal: null, error })));
      this.child.on('close', (code, signal) => resolve((this.result = { code, signal })));
    });
  }

  get pid() {
    return this.child.pid;
  }

  /** Waits for a match in what it wrote; fails when it ends first. */
  async says(pattern, seconds = 15) {
    return until(`${this.name} says ${pattern}`, () => {
      const match = pattern.exec(this.stderr) ?? pattern.exec(this.stdout);
      if (!match && this.result) this.#fail(`ended (${JSON.stringify(this.result)}) before it said ${pattern}`);
      return match;
    }, seconds);
  }

  async end(seconds = 15) {
    await until(`${this.name} ends`, () => this.result, seconds);
    await this.#ended;
    return this.result;
  }

  signal(name) {
    if (!this.result) this.child.kill(name);
  }

  async kill() {
    this.signal('SIGKILL');
    await this.end();
  }

  /** Asks it to end and expects that it does so cleanly. */
  async stop() {
    if (this.result) return this.check();
    this.signal('SIGCONT');
    this.signal('SIGTERM');
    try {
      await this.end();
    } catch (error) {
      this.signal('SIGKILL');
      this.#fail(`did not end after SIGTERM (${error.message})`);
    }
    if (this.result.code !== 0) this.#fail(`ended with ${JSON.stringify(this.result)} after SIGTERM`);
    this.check();
  }

  /** No sanitizer has anything to report, and it did not crash by itself. */
  check() {
    if (sanitizerReport.test(this.stderr)) this.#fail('has a sanitizer report');
    const crashed = this.result?.signal && !['SIGKILL', 'SIGTERM'].includes(this.result.signal);
    if (crashed) this.#fail(`was ended by ${this.result.signal}`);
  }

  #fail(text) {
    throw Object.assign(new Error(`${this.name} ${text}; its last words:\n${this.stderr.slice(-4000)}`), { final: true });
  }
}

const cleanups = new WeakMap(); // test -> what it has to undo

/** Registers what is to be undone when the test `t` ends; last in, first out. All of it runs, even when some fails. */
export function cleanup(t, undo) {
  if (!cleanups.has(t)) {
    const stack = [];
    cleanups.set(t, stack);
    t.after(async () => {
      const failures = [];
      while (stack.length > 0) {
        try {
          await stack.pop()();
        } catch (error) {
          failures.push(error.message);
        }
      }
      assert.deepEqual(failures, [], 'everything ends cleanly');
    });
  }
  cleanups.get(t).push(undo);
}

/** A private directory, removed at the end of the test. */
export function privateDirectory(t, parent = os.tmpdir()) {
  const directory = fs.mkdtempSync(path.join(parent, 'ocpp-board-test.'));
  cleanup(t, () => fs.rmSync(directory, { recursive: true, force: true }));
  return directory;
}
