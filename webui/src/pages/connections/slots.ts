import type { Connection } from '@/api/types';

/** A row that the server has and the page has not asked for yet. */
export interface Pending {
  pending: number;
}

/** A place in the server's order. */
export type Slot = Connection | Pending;

/** Rows that are asked for at once begin and end at multiples of this. */
export const BLOCK = 100;

export function isPending(slot: Slot): slot is Pending {
  return 'pending' in slot;
}

export function slotKey(slot: Slot): string {
  return isPending(slot) ? `#${slot.pending}` : `${slot.gateway}/${slot.identity}`;
}

/** The place that a key of a pending row names, or null. */
export function placeOf(key: string | null): number | null {
  const match = /^#(\d+)$/.exec(key ?? '');
  return match ? Number(match[1]) : null;
}

const placeholders: Pending[] = [];

function placeholder(at: number): Pending {
  placeholders[at] ??= { pending: at };
  return placeholders[at];
}

/** Puts what the server answered in its place; the rows around keep what was last known of them. */
export function place(slots: readonly Slot[], offset: number, rows: readonly Connection[], total: number): Slot[] {
  const next = slots.slice(0, total);
  for (let at = next.length; at < total; at += 1) next.push(placeholder(at));
  rows.forEach((row, index) => {
    if (offset + index < total) next[offset + index] = row;
  });
  return next;
}

/** Whole blocks around rows first..last. */
export function blockAround(first: number, last: number): { offset: number; limit: number } {
  const offset = Math.floor(Math.max(0, first) / BLOCK) * BLOCK;
  const end = Math.ceil((Math.max(0, last) + 1) / BLOCK) * BLOCK;
  return { offset, limit: Math.min(1000, Math.max(BLOCK, end - offset)) };
}
