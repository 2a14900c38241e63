import type { OcppMessage } from '@/api/types';
import { createExchange, type Exchange, type Gap, isAnswer, type Row } from './exchange';

export interface MessageView {
  version: number;
  /** Oldest first. The array is reused: look at `version` for changes. */
  rows: Row[];
}

interface StoreOptions {
  capacity?: number;
  /** What fills the store leaves halves of exchanges out. */
  partial?: boolean;
}

/** The CALL that a message belongs to is named by its gateway, station, sender and message id. */
function pairKey(message: OcppMessage): string {
  const caller = isAnswer(message) ? (message.direction === 'IN' ? 'OUT' : 'IN') : message.direction;
  return `${message.gateway}\n${message.identity}\n${caller}\n${message.messageId ?? message.id}`;
}

function before(a: Row, b: Row): boolean {
  return a.time < b.time || (a.time === b.time && a.sequence < b.sequence);
}

/** The first place whose row is not before `row`; nearly always the end. */
function placeOf(rows: readonly Row[], row: Row): number {
  let low = 0;
  let high = rows.length;
  const last = rows[high - 1];
  if (!last || before(last, row)) return high;
  while (low < high) {
    const middle = (low + high) >> 1;
    const other = rows[middle];
    if (other && before(other, row)) low = middle + 1;
    else high = middle;
  }
  return low;
}

/** After those that are neither before it nor after it. */
function insertRow(rows: Row[], row: Row): void {
  let at = placeOf(rows, row);
  for (let same = rows[at]; same && !before(row, same); same = rows[at]) at += 1;
  if (at === rows.length) rows.push(row);
  else rows.splice(at, 0, row);
}

/**
 * Holds the newest messages and pairs each CALL with its answer. It knows nothing of React or of the network; `add` may be
 * called thousands of times a second, `publish` once per frame.
 */
export class MessageStore {
  private rows: Row[] = [];
  private ids = new Map<string, Exchange>();
  private pairs = new Map<string, Exchange>();
  private dirty = false;
  private gaps = 0;
  private listeners = new Set<() => void>();
  private snapshot: MessageView = { version: 0, rows: this.rows };
  private readonly capacity: number;
  private readonly partial: boolean;
  /** While somebody reads older rows, up to twice the capacity is kept. */
  hold = false;

  constructor({ capacity = 100_000, partial = false }: StoreOptions = {}) {
    this.capacity = capacity;
    this.partial = partial;
  }

  subscribe = (listener: () => void): (() => void) => {
    this.listeners.add(listener);
    return () => this.listeners.delete(listener);
  };

  view = (): MessageView => this.snapshot;

  find(id: string): Exchange | undefined {
    return this.ids.get(id);
  }

  /** Also those that were not published yet. */
  allRows(): readonly Row[] {
    return this.rows;
  }

  /** Where the row is, or where it was. */
  indexOf(row: Row): number {
    let at = placeOf(this.rows, row);
    for (let same = this.rows[at]; same && same !== row && !before(row, same); same = this.rows[at]) at += 1;
    return this.rows[at] === row ? at : placeOf(this.rows, row);
  }

  /** Returns false for a message that is here already. */
  add(message: OcppMessage): boolean {
    if (this.ids.has(message.id)) return false;
    this.dirty = true;
    const key = pairKey(message);
    const known = this.pairs.get(key);
    if (known && this.join(known, message)) return true;
    const exchange = createExchange(message);
    exchange.partial = this.partial;
    this.ids.set(message.id, exchange);
    this.pairs.set(key, exchange);
    insertRow(this.rows, exchange);
    return true;
  }

  addAll(messages: readonly OcppMessage[]): number {
    let added = 0;
    for (const message of messages) if (this.add(message)) added += 1;
    return added;
  }

  /** Behind the newest row: the clock of the browser is not that of the messages. */
  addGap(kind: 'lost' | 'skipped', count: number): void {
    this.dirty = true;
    const time = this.rows.at(-1)?.time ?? Date.now();
    if (kind === 'skipped') this.markPartial(time);
    const last = this.rows.at(-1);
    if (kind === 'skipped' && last?.kind === 'skipped') {
      last.count += count;
      return;
    }
    this.gaps += 1;
    const gap: Gap = { kind, id: `${kind}-${this.gaps}`, time, sequence: Number.MAX_SAFE_INTEGER, count };
    insertRow(this.rows, gap);
  }

  /** The server has no other half of it, at that time. */
  noteAsked(exchange: Exchange, time: number): void {
    exchange.askedAt = time;
    this.dirty = true;
  }

  /** Shows what changed to those who watch. */
  publish(): void {
    if (!this.dirty) return;
    this.trim();
    this.dirty = false;
    this.snapshot = { version: this.snapshot.version + 1, rows: this.rows };
    for (const listener of [...this.listeners]) listener();
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
    const most = this.hold ? 2 * this.capacity : this.capacity;
    if (this.rows.length <= most) return;
    const slack = Math.max(1, Math.floor(this.capacity / 20));
    for (const row of this.rows.splice(0, this.rows.length - most + slack)) {
      if (row.kind === 'exchange') this.forget(row);
    }
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
