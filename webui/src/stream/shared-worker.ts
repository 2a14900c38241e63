/// <reference lib="webworker" />
import { StreamClient } from './stream-client';
import type { FromWorker, ToWorker } from './types';

// One event stream for all tabs: browsers allow six HTTP/1.1 connections per host, and parsing happens off the page.
declare const self: SharedWorkerGlobalScope;

const ports = new Set<MessagePort>();

function broadcast(message: FromWorker): void {
  for (const port of ports) port.postMessage(message);
}

const client = new StreamClient({
  onItems: (items) => broadcast({ kind: 'items', items }),
  onState: (state) => broadcast({ kind: 'state', state }),
});

function receive(port: MessagePort, message: ToWorker): void {
  if (message.kind === 'start') {
    ports.add(port);
    port.postMessage({ kind: 'state', state: client.current } satisfies FromWorker);
    client.start(message.url);
  } else if (message.kind === 'retry') {
    client.retryNow();
  } else {
    ports.delete(port);
    if (ports.size === 0) client.stop();
  }
}

self.addEventListener('connect', (event) => {
  const port = event.ports[0];
  if (!port) return;
  port.addEventListener('message', (message: MessageEvent<ToWorker>) => receive(port, message.data));
  port.start();
});
