import { ApiError, getWithHeaders } from '@/api/http';
import type { OcppMessage } from '@/api/types';
import { createStore } from '@/lib/store';
import { openStream } from '@/stream/hub';
import type { StreamEvents, StreamItem, StreamState } from '@/stream/types';
import { MessageStore } from './message-store';

/** Which messages: an expression of the filter language and a range of time, "" where nothing is asked for. */
export interface MessageQuery {
  filter: string;
  since: string;
  until: string;
}

export const EVERYTHING: MessageQuery = { filter: '', since: '', until: '' };

export interface FeedStatus {
  older: 'unknown' | 'more' | 'loading' | 'end' | 'failed';
  /** Of the feed's own stream; null where it has none. */
  stream: StreamState | null;
  /** Messages that the server left out in the last second; 0 when it sends them all. */
  skipped: number;
}

/** Nobody reads faster, and the page has other things to do. */
const PUBLISH_EVERY_MS = 100;
const PUBLISH_BUSY_MS = 250;
const BUSY = 20;
const PAGE = 500;
const OLDER_PAGE = 1000;
/** Enough for what comes while the stream is opened. */
const NEWEST = 200;
/** How often the newest are asked for where no stream of their own is to be had. */
const POLL_MS = 3000;
const MAX_RATE = 500;
/** The server tells every second. */
const SKIPPED_MS = 3000;

export function isEverything({ filter, since, until }: MessageQuery): boolean {
  return filter === '' && since === '' && until === '';
}

/** Messages of one query: a page of history, older ones on demand, new ones as they come. */
export class MessageFeed {
  readonly store: MessageStore;
  readonly status = createStore<FeedStatus>({ older: 'unknown', stream: null, skipped: 0 });
  private cursor: string | null = null;
  private timer: ReturnType<typeof setTimeout> | undefined;
  private poll: ReturnType<typeof setInterval> | undefined;
  private skipTimer: ReturnType<typeof setTimeout> | undefined;
  private arrived = 0;
  private endStream: (() => void) | undefined;
  private readonly abort = new AbortController();

  constructor(readonly query: MessageQuery) {
    this.store = new MessageStore({ partial: query.filter !== '' });
  }

  /** Fails when the server refuses the query. */
  async start(): Promise<void> {
    await this.fill();
    if (this.abort.signal.aborted || this.query.until !== '') return;
    const { filter } = this.query;
    const search = new URLSearchParams({ topics: 'messages', maxRate: String(MAX_RATE), filter });
    this.endStream = openStream(`stream?${search}`, {
      onItems: (items) => this.take(items),
      onState: (state) => this.changeState(state),
    });
  }

  stop(): void {
    this.abort.abort();
    this.endStream?.();
    clearTimeout(this.timer);
    clearTimeout(this.skipTimer);
    clearInterval(this.poll);
  }

  take(items: readonly StreamItem[]): void {
    for (const { name, data } of items) {
      if (name === 'message') this.accept(data as OcppMessage);
      else if (name === 'lost' || name === 'skipped') this.acceptGap(name, data as StreamEvents['lost']);
    }
    this.publishSoon();
  }

  accept(message: OcppMessage): void {
    if (this.store.add(message)) this.arrived += 1;
  }

  acceptGap(kind: 'lost' | 'skipped', { topic, count }: { topic: string; count: number }): void {
    if (topic !== 'messages') return;
    this.store.addGap(kind, count);
    if (kind === 'skipped') this.noteSkipped(count);
  }

  publishSoon(): void {
    if (this.timer !== undefined) return;
    const busy = this.arrived > BUSY;
    this.arrived = 0;
    this.timer = setTimeout(
      () => {
        this.timer = undefined;
        this.store.publish();
      },
      busy ? PUBLISH_BUSY_MS : PUBLISH_EVERY_MS,
    );
  }

  /** The newest page: at the start, and whenever something may have been missed. */
  async fill(): Promise<void> {
    const isFirst = this.status.get().older === 'unknown';
    const { data, next } = await this.page(null, isFirst ? PAGE : NEWEST);
    if (isFirst) this.setCursor(next);
    this.store.addAll(data.toReversed());
    this.store.publish();
  }

  async loadOlder(): Promise<void> {
    const { older } = this.status.get();
    if (older !== 'more' && older !== 'failed') return;
    this.setStatus({ older: 'loading' });
    try {
      const { data, next } = await this.page(this.cursor, OLDER_PAGE);
      this.store.addAll(data.toReversed());
      this.setCursor(next);
      this.store.publish();
    } catch (error) {
      if (!this.abort.signal.aborted) this.setStatus({ older: 'failed' });
      if (!(error instanceof ApiError)) throw error;
    }
  }

  private async page(before: string | null, limit: number): Promise<{ data: OcppMessage[]; next: string | null }> {
    const query = { ...this.query, limit, before };
    const { data, headers } = await getWithHeaders<OcppMessage[]>('messages', query, this.abort.signal);
    return { data, next: headers.get('X-Next-Cursor') };
  }

  private noteSkipped(count: number): void {
    this.setStatus({ skipped: count });
    clearTimeout(this.skipTimer);
    this.skipTimer = setTimeout(() => this.setStatus({ skipped: 0 }), SKIPPED_MS);
  }

  private setCursor(next: string | null): void {
    this.cursor = next;
    this.setStatus({ older: next === null ? 'end' : 'more' });
  }

  private setStatus(change: Partial<FeedStatus>): void {
    this.status.set((previous) => ({ ...previous, ...change }));
  }

  private changeState(state: StreamState): void {
    const before = this.status.get().stream?.phase;
    this.setStatus({ stream: state });
    // between the first page and the stream's beginning something may have come
    if (state.phase === 'live' && before !== 'live') this.fill().catch(() => {});
    clearInterval(this.poll);
    if (state.phase === 'refused') this.poll = setInterval(() => this.fill().catch(() => {}), POLL_MS);
  }
}
