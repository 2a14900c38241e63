import { useSyncExternalStore } from 'react';

interface Clock {
  now: number;
  subscribe: (listener: () => void) => () => void;
}

/** One timer for all that count at the same pace, so that a table's ages change together. */
function createClock(every: number): Clock {
  const listeners = new Set<() => void>();
  let timer: ReturnType<typeof setInterval> | undefined;
  const clock: Clock = {
    now: Date.now(),
    subscribe(listener) {
      listeners.add(listener);
      timer ??= setInterval(() => {
        clock.now = Date.now();
        for (const each of [...listeners]) each();
      }, every);
      return () => {
        listeners.delete(listener);
        if (listeners.size > 0) return;
        clearInterval(timer);
        timer = undefined;
      };
    },
  };
  return clock;
}

const clocks = new Map<number, Clock>();

function clockOf(every: number): Clock {
  const known = clocks.get(every);
  if (known) {
    // nobody watched it: its time stood still
    if (Date.now() - known.now > 2 * every) known.now = Date.now();
    return known;
  }
  const clock = createClock(every);
  clocks.set(every, clock);
  return clock;
}

/** The time, again every `every` ms: for ages that go on counting. */
export function useNow(every = 1000): number {
  const clock = clockOf(every);
  return useSyncExternalStore(clock.subscribe, () => clock.now);
}
