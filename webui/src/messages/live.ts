import { useSyncExternalStore } from 'react';
import { onStream, onStreamBatch, streamState } from '@/stream/hub';
import { EVERYTHING, MessageFeed } from './feed';
import type { MessageView } from './message-store';

/** All messages of this page's life, whichever page is shown; they come with the main stream. */
export const liveFeed = new MessageFeed(EVERYTHING);

onStream('message', (message) => liveFeed.accept(message));
onStream('lost', (gap) => liveFeed.acceptGap('lost', gap));
onStream('skipped', (gap) => liveFeed.acceptGap('skipped', gap));
onStreamBatch(() => liveFeed.publishSoon());

let wasLive = false;
streamState.subscribe(() => {
  const live = streamState.get().phase === 'live';
  // between the first page and the stream's beginning something may have come
  if (live && !wasLive) liveFeed.fill().catch(() => {});
  wasLive = live;
});

export function useMessages(): MessageView {
  return useSyncExternalStore(liveFeed.store.subscribe, liveFeed.store.view);
}

/** The history that every page starts from. */
export async function loadRecent(): Promise<void> {
  await liveFeed.fill();
}
