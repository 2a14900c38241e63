import { useEffect, useRef } from 'react';
import { apiUrl } from '@/api/base';
import { refreshSession } from '@/api/session';
import { createStore, useStore } from '@/lib/store';
import { StreamClient } from './stream-client';
import type { FromWorker, StreamEventName, StreamEvents, StreamItem, StreamState, ToWorker } from './types';

/** More messages a second than anybody can read; the server samples above it and says how many it skipped. */
export const MAX_RATE = 500;
const URL_PATH = `stream?topics=messages,telemetry,security,logs,connections,errors,system&maxRate=${MAX_RATE}`;

export const streamState = createStore<StreamState>({ phase: 'idle' });

type Handler = (data: never) => void;
const handlers = new Map<string, Set<Handler>>();
const batchEnd = new Set<() => void>();

/** Calls `handler` for each event of that name. Returns the function that ends it. */
export function onStream<N extends StreamEventName>(name: N, handler: (data: StreamEvents[N]) => void): () => void {
  const set = handlers.get(name) ?? new Set<Handler>();
  handlers.set(name, set);
  set.add(handler as Handler);
  return () => set.delete(handler as Handler);
}

/** Called after each batch of events was delivered: stores publish once per batch, not once per event. */
export function onStreamBatch(handler: () => void): () => void {
  batchEnd.add(handler);
  return () => batchEnd.delete(handler);
}

function deliver(items: StreamItem[]): void {
  for (const { name, data } of items) {
    for (const handler of handlers.get(name) ?? []) handler(data as never);
  }
  for (const handler of batchEnd) handler();
}

function changeState(state: StreamState): void {
  streamState.set(state);
  if (state.phase === 'signed-out') void refreshSession();
}

interface Source {
  start(url: string): void;
  retry(): void;
  leave(): void;
}

function directSource(): Source {
  const client = new StreamClient({ onItems: deliver, onState: changeState });
  return { start: (url) => client.start(url), retry: () => client.retryNow(), leave: () => client.stop() };
}

function workerSource(onBroken: () => void): Source {
  const worker = new SharedWorker(new URL('./shared-worker.ts', import.meta.url), {
    type: 'module',
    name: 'ocpp-board-stream',
  });
  const post = (message: ToWorker) => worker.port.postMessage(message);
  worker.addEventListener('error', onBroken);
  worker.port.addEventListener('message', ({ data }: MessageEvent<FromWorker>) => {
    if (data.kind === 'items') deliver(data.items);
    else changeState(data.state);
  });
  worker.port.start();
  return {
    start: (url) => post({ kind: 'start', url }),
    retry: () => post({ kind: 'retry' }),
    leave: () => post({ kind: 'leave' }),
  };
}

let source: Source | undefined;

function openSource(): Source {
  if (typeof SharedWorker === 'undefined') return directSource();
  try {
    return workerSource(() => {
      source = directSource();
      startStream();
    });
  } catch {
    return directSource();
  }
}

export function startStream(): void {
  source ??= openSource();
  source.start(apiUrl(URL_PATH));
}

export function stopStream(): void {
  source?.leave();
  streamState.set({ phase: 'idle' });
}

export function retryStream(): void {
  source?.retry();
}

if (typeof window !== 'undefined') {
  window.addEventListener('online', retryStream);
  window.addEventListener('pagehide', () => source?.leave());
  window.addEventListener('pageshow', (event) => {
    if (event.persisted) startStream();
  });
}

export function useStreamState(): StreamState {
  return useStore(streamState);
}

export function useStream<N extends StreamEventName>(name: N, handler: (data: StreamEvents[N]) => void): void {
  const latest = useRef(handler);
  latest.current = handler;
  useEffect(() => onStream(name, (data) => latest.current(data)), [name]);
}
