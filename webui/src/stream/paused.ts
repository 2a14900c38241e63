import { useEffect } from 'react';
import { createStore, useStore } from '@/lib/store';

/** How many lists on the page stand still because somebody reads them. */
const paused = createStore(0);

export function usePaused(): boolean {
  return useStore(paused) > 0;
}

/** Says that a list stands still, as long as it does. */
export function useNotePaused(still: boolean): void {
  useEffect(() => {
    if (!still) return;
    paused.set((count) => count + 1);
    return () => paused.set((count) => count - 1);
  }, [still]);
}
