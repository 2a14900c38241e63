import type { OcppMessage } from '@/api/types';
import { createExchange, type Exchange, type Gap, isAnswer, type Row } from './exchange';

export type RowFilter = (exchange: Exchange) => boolean;

export interface MessageView {
  version: number;
  /** The rows that pass the filter, oldest first. The array is reused: look at `version` for changes. */
  rows: Row[];
  shown: number;
  held: number;
  /** Rows that ever passed: tells how many came while somebody had paused. */
  appended: number;
}

const EVERYTHING: RowFilter = () => true;

/** The CALL that a message belongs to is named by its gateway, station, sender and message id. */
function pairKey(message: OcppMessage): string {
  const caller = isAnswer(message) ? (message.direction === 'IN' ? 'OUT' : 'IN') : message.direction;
  return `${message.gateway}\n${message.identity}\n${caller}\n${message.messageId ?? message.id}`;
}

function before(a: Row, b: Row): boolean {
  return a.time < b.time || (a.time === b.time && a.sequence < b.sequence);
}

/** Where `row` belongs in a list sorted by time; nearly always at the end. */
function insertionPoint(rows: Row[], row: Row): number {
  let low = 0;
  let high = rows.length;
  const last = rows[high - 1];
  if (!last || !before(row, last)) return high;
  while (low < high) {
    const middle = (low + high) >> 1;
    const other = rows[middle];
    if (other && before(other, row)) low = middle + 1;
    else high = middle;
  }
  return low;
}

function insertRow(rows: Row[], row: Row): void {
  const at = insertionPoint(rows, row);
  if (at === rows.length) rows.push(row);
  else rows.splice(at, 0, row);
}

/**
 * Holds the newest messages, pairs each CALL with its answer and keeps the rows that pass a filter. It knows nothing of
 * React or of the network; `add` may be called thousands of times a second, `publish` once per frame.
 */
export class MessageStore {
  private rows: Row[] = [];
  private passing: Row[] = [];
  private ids = new Map<string, Exchange>();
  private pairs = new Map<string, Exchange>();
  private filter: RowFilter = EVERYTHING;
  private recheck = false;
  private dirty = false;
  private appended = 0;
  private lastSkip: Gap | undefined;
  private listeners = new Set<() => void>();
  private snapshot: MessageView = { version: 0, rows: this.passing, shown: 0, held: 0, appended: 0 };

  constructor(private readonly capacity = 100_000) {}

  subscribe = (listener: () => void): (() => void) => {
    this.listeners.add(listener);
    return () => this.listeners.delete(listener);
  };

  view = (): MessageView => this.snapshot;

  find(id: string): Exchange | undefined {
    return this.ids.get(id);
  }

  allRows(): readonly Row[] {
    return this.rows;
  }

  setFilter(filter: RowFilter | null): void {
    this.filter = filter ?? EVERYTHING;
    this.recheck = true;
    this.dirty = true;
    this.publish();
  }

  /** Returns false for a message that is here already. */
  add(message: OcppMessage): boolean {
    if (this.ids.has(message.id)) return false;
    this.dirty = true;
    const key = pairKey(message);
    const known = this.pairs.get(key);
    if (known && this.join(known, message)) return true;
    const exchange = createExchange(message);
    this.ids.set(message.id, exchange);
    this.pairs.set(key, exchange);
    this.append(exchange);
    return true;
  }

  addAll(messages: readonly OcppMessage[]): number {
    let added = 0;
    for (const message of messages) if (this.add(message)) added += 1;
    this.trim();
    return added;
  }

  addGap(kind: 'lost' | 'skipped', count: number, time: number): void {
    this.dirty = true;
    if (kind === 'skipped') this.markPartial(time);
    const last = this.lastSkip;
    if (kind === 'skipped' && last && time - last.time < 10_000) {
      last.count += count;
      return;
    }
    const sequence = Number.MAX_SAFE_INTEGER;
    const gap: Gap = { kind, id: `${kind}-${time}-${this.appended}`, time, sequence, count };
    if (kind === 'skipped') this.lastSkip = gap;
    this.append(gap);
  }

  clear(): void {
    this.rows = [];
    this.passing = [];
    this.ids.clear();
    this.pairs.clear();
    this.lastSkip = undefined;
    this.dirty = true;
    this.publish();
  }

  /** Shows what changed to those who watch. */
  publish(): void {
    if (!this.dirty) return;
    this.trim();
    if (this.recheck) {
      this.passing = this.rows.filter((row) => row.kind !== 'exchange' || this.filter(row));
      this.recheck = false;
    }
    this.dirty = false;
    this.snapshot = {
      version: this.snapshot.version + 1,
      rows: this.passing,
      shown: this.passing.length,
      held: this.rows.length,
      appended: this.appended,
    };
    for (const listener of [...this.listeners]) listener();
  }

  private append(row: Row): void {
    insertRow(this.rows, row);
    if (row.kind === 'exchange' && !this.filter(row)) return;
    this.appended += 1;
    insertRow(this.passing, row);
  }

  private join(exchange: Exchange, message: OcppMessage): boolean {
    if (isAnswer(message)) {
      if (exchange.answer || !exchange.call) return false;
      exchange.answer = message;
    } else {
      if (exchange.call || !exchange.answer) return false;
      exchange.call = message;
    }
    this.ids.set(message.id, exchange);
    if (this.filter !== EVERYTHING) this.recheck = true;
    return true;
  }

  /** Sampling may have taken the answers of CALLs that are still open. */
  private markPartial(time: number): void {
    for (let at = this.rows.length - 1; at >= 0; at -= 1) {
      const row = this.rows[at];
      if (!row || time - row.time > 60_000) return;
      if (row.kind === 'exchange' && !row.answer) row.partial = true;
    }
  }

  private trim(): void {
    if (this.rows.length <= this.capacity) return;
    const slack = Math.max(1, Math.floor(this.capacity / 20));
    const gone = this.rows.splice(0, this.rows.length - this.capacity + slack);
    for (const row of gone) if (row.kind === 'exchange') this.forget(row);
    const oldest = this.rows[0];
    if (!oldest) return;
    let drop = 0;
    while (drop < this.passing.length && before(this.passing[drop] as Row, oldest)) drop += 1;
    this.passing.splice(0, drop);
  }

  private forget(exchange: Exchange): void {
    for (const message of [exchange.call, exchange.answer]) {
      if (!message) continue;
      this.ids.delete(message.id);
      const key = pairKey(message);
      if (this.pairs.get(key) === exchange) this.pairs.delete(key);
    }
  }
}
