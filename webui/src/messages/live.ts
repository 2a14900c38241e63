import { useSyncExternalStore } from 'react';
import { getWithHeaders } from '@/api/http';
import type { OcppMessage } from '@/api/types';
import { onStream, onStreamBatch } from '@/stream/hub';
import { MessageStore, type MessageView } from './message-store';

/** All messages of this page's life, whichever page is shown. */
export const liveMessages = new MessageStore();

/** Nobody reads faster, and the page has other things to do. */
const PUBLISH_EVERY_MS = 100;
const PUBLISH_BUSY_MS = 250;
const BUSY = 20;
let timer: ReturnType<typeof setTimeout> | undefined;
let arrived = 0;

function publishSoon(): void {
  if (timer !== undefined) return;
  const busy = arrived > BUSY;
  arrived = 0;
  timer = setTimeout(
    () => {
      timer = undefined;
      liveMessages.publish();
    },
    busy ? PUBLISH_BUSY_MS : PUBLISH_EVERY_MS,
  );
}

onStream('message', (message) => {
  if (liveMessages.add(message)) arrived += 1;
});
onStream('lost', ({ topic, count }) => {
  if (topic === 'messages') liveMessages.addGap('lost', count, Date.now());
});
onStream('skipped', ({ topic, count }) => {
  if (topic === 'messages') liveMessages.addGap('skipped', count, Date.now());
});
onStreamBatch(publishSoon);

export function useMessages(): MessageView {
  return useSyncExternalStore(liveMessages.subscribe, liveMessages.view);
}

export interface OlderPage {
  added: number;
  cursor: string | null;
}

/** Fetches a page of older messages into the store. */
export async function loadOlder(query: Record<string, string | undefined>, cursor: string | null): Promise<OlderPage> {
  const { data, headers } = await getWithHeaders<OcppMessage[]>('messages', {
    ...query,
    limit: 1000,
    before: cursor ?? undefined,
  });
  const added = liveMessages.addAll(data.toReversed());
  liveMessages.publish();
  return { added, cursor: data.length > 0 ? headers.get('X-Next-Cursor') : null };
}

let first: Promise<OlderPage> | undefined;

/** The history that every page starts from; asked for once. */
export function loadRecent(): Promise<OlderPage> {
  first ??= loadOlder({}, null).catch((error: unknown) => {
    first = undefined;
    throw error;
  });
  return first;
}
