import { useSyncExternalStore } from 'react';
import { getWithHeaders } from '@/api/http';
import type { OcppMessage } from '@/api/types';
import { onStream, onStreamBatch } from '@/stream/hub';
import { MessageStore, type MessageView } from './message-store';

/** All messages of this page's life, whichever page is shown. */
export const liveMessages = new MessageStore();

const PUBLISH_EVERY_MS = 100;
let timer: ReturnType<typeof setTimeout> | undefined;

function publishSoon(): void {
  if (timer !== undefined) return;
  timer = setTimeout(() => {
    timer = undefined;
    liveMessages.publish();
  }, PUBLISH_EVERY_MS);
}

onStream('message', (message) => liveMessages.add(message));
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
