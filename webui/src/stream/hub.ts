import { useEffect, useRef } from 'react';
import { apiUrl } from '@/api/base';
import { refreshSession } from '@/api/session';
import { createStore, useStore } from '@/lib/store';
import { openSource, type Source } from './source';
import type { StreamEventName, StreamEvents, StreamItem, StreamListener, StreamState } from './types';

/** More messages a second than anybody can read; the server samples above it and says how many it skipped. */
export const MAX_RATE = 500;
const MAIN = apiUrl(`stream?topics=messages,telemetry,security,logs,connections,errors,system&maxRate=${MAX_RATE}`);

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

const mainListener: StreamListener = { onItems: deliver, onState: changeState };
/** Streams besides the main one. */
const others = new Map<StreamListener, string>();
let source: Source | undefined;
let started = false;

function openAll(): void {
  source ??= openSource((another) => {
    source = another;
    openAll();
  });
  source.open(MAIN, mainListener);
  for (const [listener, url] of others) source.open(url, listener);
}

/** Opens the main stream, and anew all that a logout ended. */
export function startStream(): void {
  started = true;
  openAll();
}

export function stopStream(): void {
  started = false;
  source?.leave();
  streamState.set({ phase: 'idle' });
}

export function retryStream(): void {
  source?.retryNow();
}

/** A stream of its own beside the main one, such as that of a filter. Returns the function that ends it. */
export function openStream(path: string, listener: StreamListener): () => void {
  const url = apiUrl(path);
  others.set(listener, url);
  if (started) source?.open(url, listener);
  return () => {
    others.delete(listener);
    source?.close(url, listener);
  };
}

if (typeof window !== 'undefined') {
  window.addEventListener('online', retryStream);
  window.addEventListener('pagehide', () => source?.leave());
  window.addEventListener('pageshow', (event) => {
    if (event.persisted && started) openAll();
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
