/** How far back charts go, in ms. */
export const RANGES = {
  '5 min': 300_000,
  '15 min': 900_000,
  '1 h': 3_600_000,
  '6 h': 21_600_000,
  '24 h': 86_400_000,
} as const;
export type RangeName = keyof typeof RANGES;

/** A part of the time that somebody chose, in ms since 1970. */
export interface Zoom {
  from: number;
  to: number;
}

/** Two samples: less shows nothing. */
const LEAST_ZOOM_MS = 4000;

export function rangeOf(params: URLSearchParams): RangeName {
  const asked = params.get('range') ?? '';
  return asked in RANGES ? (asked as RangeName) : '15 min';
}

export function zoomOf(params: URLSearchParams): Zoom | null {
  const [from, to] = [Number(params.get('from')), Number(params.get('to'))];
  return from > 0 && to > from ? { from, to } : null;
}

/** From where the mouse went down to where it went up; null for a mere click. */
export function brushed(a: number, b: number): Zoom | null {
  const [from, to] = [Math.min(a, b), Math.max(a, b)];
  return to - from >= LEAST_ZOOM_MS ? { from: Math.round(from), to: Math.round(to) } : null;
}

export function messagesPath({ from, to }: Zoom): string {
  const query = new URLSearchParams({ since: new Date(from).toISOString(), until: new Date(to).toISOString() });
  return `/messages?${query}`;
}
