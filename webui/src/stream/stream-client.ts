import { LagMeter } from './lag';
import { SseParser } from './sse-parser';
import type { StreamItem, StreamListener, StreamState } from './types';

/** Without a byte for so long (heartbeats come every 15 s) the connection is taken for dead. */
const SILENCE_MS = 40_000;
const FIRST_DELAY_MS = 300;
const LONGEST_DELAY_MS = 8_000;

export interface StreamClientOptions extends StreamListener {
  fetch?: typeof fetch;
  random?: () => number;
}

/** 0.3 s, 0.6 s, 1.2 s … 8 s, each shortened by up to a fifth so that a thousand pages don't return as one. */
export function backoff(attempt: number, random: () => number = Math.random): number {
  const delay = Math.min(LONGEST_DELAY_MS, FIRST_DELAY_MS * 2 ** Math.max(0, attempt - 1));
  return Math.round(delay * (1 - random() * 0.2));
}

function parse(data: string): unknown {
  try {
    return JSON.parse(data);
  } catch {
    return undefined;
  }
}

/** Keeps one event stream open: reconnects with back-off, resumes after the last id, notices silence. */
export class StreamClient {
  private state: StreamState = { phase: 'idle' };
  private url = '';
  private lastEventId: string | undefined;
  private attempt = 0;
  private timer: ReturnType<typeof setTimeout> | undefined;
  private abort: AbortController | undefined;
  private readonly lag = new LagMeter();

  constructor(private readonly options: StreamClientOptions) {}

  get current(): StreamState {
    return this.state;
  }

  start(url: string): void {
    const ended = ['idle', 'signed-out', 'refused'].includes(this.state.phase);
    if (url === this.url && !ended) return;
    this.stop();
    this.url = url;
    this.attempt = 0;
    void this.connect();
  }

  /** Try at once instead of at the end of the back-off. */
  retryNow(): void {
    if (this.state.phase !== 'waiting') return;
    clearTimeout(this.timer);
    void this.connect();
  }

  stop(): void {
    clearTimeout(this.timer);
    this.abort?.abort();
    this.abort = undefined;
    this.setState({ phase: 'idle' });
  }

  private setState(state: StreamState): void {
    this.state = state;
    this.options.onState(state);
  }

  private resumeUrl(): string {
    if (this.lastEventId === undefined) return this.url;
    const glue = this.url.includes('?') ? '&' : '?';
    return `${this.url}${glue}lastEventId=${encodeURIComponent(this.lastEventId)}`;
  }

  private async connect(): Promise<void> {
    const abort = new AbortController();
    this.abort = abort;
    this.attempt += 1;
    this.setState({ phase: 'connecting', attempt: this.attempt });
    let reason = 'the stream ended';
    try {
      const get = this.options.fetch ?? fetch;
      const response = await get(this.resumeUrl(), {
        signal: abort.signal,
        headers: { Accept: 'text/event-stream' },
        credentials: 'same-origin',
        cache: 'no-store',
      });
      if (this.isFinal(response.status)) return;
      if (!response.ok || !response.body) throw new Error(`the server answered ${response.status}`);
      await this.read(response.body, abort);
    } catch (error) {
      if (this.abort !== abort) return;
      if (error instanceof Error && error.message.startsWith('the server')) reason = error.message;
      else if (error instanceof TypeError) reason = 'the server does not answer';
    }
    if (this.abort === abort) this.scheduleRetry(reason);
  }

  /** Answers after which trying the same again makes no sense. */
  private isFinal(status: number): boolean {
    if (status === 401) this.setState({ phase: 'signed-out' });
    else if (status === 400 && this.lastEventId === undefined)
      this.setState({ phase: 'refused', reason: 'the server does not take this filter' });
    else {
      // an id that the server does not know: what was missed is lost, what comes is not
      if (status === 400) this.lastEventId = undefined;
      return false;
    }
    return true;
  }

  private setLive(): void {
    const since = this.state.phase === 'live' ? this.state.since : Date.now();
    this.setState({ phase: 'live', since, lagging: this.lag.lagging });
  }

  private deliver(batch: StreamItem[]): void {
    if (batch.length === 0) return;
    if (this.lag.measure(batch, Date.now())) this.setLive();
    this.options.onItems(batch);
  }

  private async read(body: ReadableStream<Uint8Array>, abort: AbortController): Promise<void> {
    let batch: StreamItem[] = [];
    const parser = new SseParser({
      onEvent: ({ event, data, id }) => {
        if (id !== undefined) this.lastEventId = id;
        const value = parse(data);
        if (value !== undefined) batch.push({ name: event, data: value });
      },
    });
    const decoder = new TextDecoder();
    const reader = body.getReader();
    let silence = setTimeout(() => abort.abort(), SILENCE_MS);
    try {
      for (;;) {
        const { done, value } = await reader.read();
        if (done) return;
        clearTimeout(silence);
        silence = setTimeout(() => abort.abort(), SILENCE_MS);
        if (this.state.phase !== 'live') this.setLive();
        this.attempt = 0;
        parser.feed(decoder.decode(value, { stream: true }));
        this.deliver(batch);
        batch = [];
      }
    } finally {
      clearTimeout(silence);
    }
  }

  private scheduleRetry(reason: string): void {
    const attempt = Math.max(1, this.attempt);
    const delay = backoff(attempt, this.options.random);
    this.setState({ phase: 'waiting', attempt, retryAt: Date.now() + delay, reason });
    this.timer = setTimeout(() => void this.connect(), delay);
  }
}
