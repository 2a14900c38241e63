import { useEffect, useMemo, useState } from 'react';
import { get } from '@/api/http';
import type { OcppMessage } from '@/api/types';
import { MessageStore, type MessageView } from '@/messages/message-store';
import { onStream } from '@/stream/hub';

const CAPACITY = 5000;
const PUBLISH_EVERY_MS = 200;

async function fillIn(store: MessageStore, identity: string, signal: AbortSignal): Promise<void> {
  const messages = await get<OcppMessage[]>('messages', { identity, limit: 1000 }, signal);
  store.addAll(messages.toReversed());
  store.publish();
}

/**
 * A station's messages: what the server holds, and what comes while the page is open. `newest` is what the station's record
 * brings each time it is asked: it fills what sampling left out of the stream.
 */
export function useStationMessages(identity: string, newest: OcppMessage[] | undefined): MessageView {
  const store = useMemo(() => new MessageStore({ capacity: identity ? CAPACITY : 0 }), [identity]);
  const [view, setView] = useState(store.view);

  useEffect(() => {
    const abort = new AbortController();
    const endView = store.subscribe(() => setView(store.view()));
    const endStream = onStream('message', (message) => {
      if (message.identity === identity) store.add(message);
    });
    const timer = setInterval(() => store.publish(), PUBLISH_EVERY_MS);
    setView(store.view());
    if (identity) fillIn(store, identity, abort.signal).catch(() => {});
    return () => {
      abort.abort();
      endView();
      endStream();
      clearInterval(timer);
    };
  }, [store, identity]);

  useEffect(() => {
    if (!newest) return;
    store.addAll(newest.toReversed());
    store.publish();
  }, [store, newest]);
  return view;
}
