import { StreamClient, type StreamClientOptions } from './stream-client';
import type { StreamListener } from './types';

/** Browsers allow six HTTP/1.1 connections per host; requests need the others. */
export const MOST_STREAMS = 4;

interface Lane {
  client: Pick<StreamClient, 'current' | 'start' | 'stop' | 'retryNow'>;
  listeners: Set<StreamListener>;
}

/** One connection for each address, however many listen to it. */
export class StreamPool {
  private readonly lanes = new Map<string, Lane>();

  constructor(
    private readonly create: (options: StreamClientOptions) => Lane['client'] = (options) => new StreamClient(options),
  ) {}

  get size(): number {
    return this.lanes.size;
  }

  /** Also begins anew what a logout ended. */
  open(url: string, listener: StreamListener): void {
    const lane = this.lanes.get(url) ?? this.add(url);
    if (!lane) {
      listener.onState({ phase: 'refused', reason: 'too many filters are followed at a time' });
      return;
    }
    lane.listeners.add(listener);
    listener.onState(lane.client.current);
    lane.client.start(url);
  }

  close(url: string, listener: StreamListener): void {
    const lane = this.lanes.get(url);
    if (!lane?.listeners.delete(listener) || lane.listeners.size > 0) return;
    this.lanes.delete(url);
    lane.client.stop();
  }

  closeAll(listener: StreamListener): void {
    for (const url of [...this.lanes.keys()]) this.close(url, listener);
  }

  retryNow(): void {
    for (const { client } of this.lanes.values()) client.retryNow();
  }

  private add(url: string): Lane | null {
    if (this.lanes.size >= MOST_STREAMS) return null;
    const listeners = new Set<StreamListener>();
    const client = this.create({
      onItems: (items) => {
        for (const listener of listeners) listener.onItems(items);
      },
      onState: (state) => {
        for (const listener of listeners) listener.onState(state);
      },
    });
    const lane = { client, listeners };
    this.lanes.set(url, lane);
    return lane;
  }
}
