/// <reference lib="webworker" />
import { StreamPool } from './stream-pool';
import type { FromWorker, StreamListener, ToWorker } from './types';

// One event stream for all tabs: browsers allow six HTTP/1.1 connections per host, and parsing happens off the page.
declare const self: SharedWorkerGlobalScope;

const pool = new StreamPool();

/** What one tab listens to, by address. */
class Tab {
  private readonly listeners = new Map<string, StreamListener>();

  constructor(private readonly port: MessagePort) {}

  receive(message: ToWorker): void {
    if (message.kind === 'open') pool.open(message.url, this.listener(message.url));
    else if (message.kind === 'close') this.close(message.url);
    else if (message.kind === 'retry') pool.retryNow();
    else for (const url of [...this.listeners.keys()]) this.close(url);
  }

  private listener(url: string): StreamListener {
    const known = this.listeners.get(url);
    if (known) return known;
    const post = (message: FromWorker) => this.port.postMessage(message);
    const listener: StreamListener = {
      onItems: (items) => post({ kind: 'items', url, items }),
      onState: (state) => post({ kind: 'state', url, state }),
    };
    this.listeners.set(url, listener);
    return listener;
  }

  private close(url: string): void {
    const listener = this.listeners.get(url);
    if (listener) pool.close(url, listener);
    this.listeners.delete(url);
  }
}

self.addEventListener('connect', (event) => {
  const port = event.ports[0];
  if (!port) return;
  const tab = new Tab(port);
  port.addEventListener('message', (message: MessageEvent<ToWorker>) => tab.receive(message.data));
  port.start();
});
