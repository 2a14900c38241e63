import { StreamPool } from './stream-pool';
import type { FromWorker, StreamListener, ToWorker } from './types';

/** Where a tab gets its streams from: the worker that all tabs share, or, where there is none, itself. */
export interface Source {
  open(url: string, listener: StreamListener): void;
  close(url: string, listener: StreamListener): void;
  retryNow(): void;
  leave(): void;
}

function workerSource(onBroken: () => void): Source {
  const worker = new SharedWorker(new URL('./shared-worker.ts', import.meta.url), {
    type: 'module',
    name: 'ocpp-board-stream',
  });
  const listeners = new Map<string, Set<StreamListener>>();
  const post = (message: ToWorker) => worker.port.postMessage(message);
  worker.addEventListener('error', onBroken);
  worker.port.addEventListener('message', ({ data }: MessageEvent<FromWorker>) => {
    for (const listener of listeners.get(data.url) ?? []) {
      if (data.kind === 'items') listener.onItems(data.items);
      else listener.onState(data.state);
    }
  });
  worker.port.start();
  return {
    open(url, listener) {
      listeners.set(url, (listeners.get(url) ?? new Set()).add(listener));
      post({ kind: 'open', url });
    },
    close(url, listener) {
      const set = listeners.get(url);
      if (!set?.delete(listener) || set.size > 0) return;
      listeners.delete(url);
      post({ kind: 'close', url });
    },
    retryNow: () => post({ kind: 'retry' }),
    leave() {
      listeners.clear();
      post({ kind: 'leave' });
    },
  };
}

function directSource(): Source {
  const pool = new StreamPool();
  const mine = new Set<StreamListener>();
  return {
    open(url, listener) {
      mine.add(listener);
      pool.open(url, listener);
    },
    close: (url, listener) => pool.close(url, listener),
    retryNow: () => pool.retryNow(),
    leave() {
      for (const listener of mine) pool.closeAll(listener);
      mine.clear();
    },
  };
}

/** `onBroken` gets another source when the worker can't be started. */
export function openSource(onBroken: (source: Source) => void): Source {
  if (typeof SharedWorker === 'undefined') return directSource();
  try {
    return workerSource(() => onBroken(directSource()));
  } catch {
    return directSource();
  }
}
