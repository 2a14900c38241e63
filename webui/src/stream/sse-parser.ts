export interface SseEvent {
  event: string;
  data: string;
  id: string | undefined;
}

export interface SseHandlers {
  onEvent: (event: SseEvent) => void;
  onRetry?: (ms: number) => void;
}

/**
 * Parses text/event-stream as the HTML standard says, from chunks cut anywhere. EventSource would do the same, but it hides
 * heartbeats and status codes, and both are needed to say honestly whether the stream is alive.
 */
export class SseParser {
  private buffer = '';
  private start = true;
  private event = '';
  private data: string[] = [];
  private lastId: string | undefined;

  constructor(private readonly handlers: SseHandlers) {}

  feed(chunk: string): void {
    this.buffer += chunk;
    if (this.start && this.buffer.length > 0) {
      if (this.buffer.startsWith('\uFEFF')) this.buffer = this.buffer.slice(1);
      this.start = false;
    }
    let from = 0;
    for (;;) {
      const end = this.lineEnd(from);
      if (end === null) break;
      this.line(this.buffer.slice(from, end.at));
      from = end.next;
    }
    this.buffer = this.buffer.slice(from);
  }

  /** A CR at the very end may be half of a CRLF: wait for the next chunk. */
  private lineEnd(from: number): { at: number; next: number } | null {
    for (let at = from; at < this.buffer.length; at += 1) {
      const code = this.buffer.charCodeAt(at);
      if (code === 10) return { at, next: at + 1 };
      if (code !== 13) continue;
      if (at + 1 === this.buffer.length) return null;
      return { at, next: this.buffer.charCodeAt(at + 1) === 10 ? at + 2 : at + 1 };
    }
    return null;
  }

  private line(line: string): void {
    if (line === '') {
      this.dispatch();
      return;
    }
    const colon = line.indexOf(':');
    if (colon === 0) return;
    const field = colon < 0 ? line : line.slice(0, colon);
    const raw = colon < 0 ? '' : line.slice(colon + 1);
    this.field(field, raw.startsWith(' ') ? raw.slice(1) : raw);
  }

  private field(name: string, value: string): void {
    if (name === 'event') this.event = value;
    else if (name === 'data') this.data.push(value);
    else if (name === 'id' && !value.includes('\0')) this.lastId = value;
    else if (name === 'retry' && /^\d+$/.test(value)) this.handlers.onRetry?.(Number(value));
  }

  private dispatch(): void {
    if (this.data.length > 0) {
      this.handlers.onEvent({ event: this.event || 'message', data: this.data.join('\n'), id: this.lastId });
    }
    this.event = '';
    this.data = [];
  }
}
