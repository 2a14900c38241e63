import { describe, expect, it } from 'vitest';
import { type SseEvent, SseParser } from './sse-parser';

function parse(chunks: string[]): SseEvent[] {
  const events: SseEvent[] = [];
  const parser = new SseParser({ onEvent: (event) => events.push(event) });
  for (const chunk of chunks) parser.feed(chunk);
  return events;
}

const STREAM =
  'retry: 1000\n\nevent: message\nid: default-7\ndata: {"a":1}\n\n: heartbeat\n\nevent: log\ndata: x\ndata: y\n\n';

describe('SseParser', () => {
  it('reads events, ids and lines of data', () => {
    expect(parse([STREAM])).toEqual([
      { event: 'message', data: '{"a":1}', id: 'default-7' },
      { event: 'log', data: 'x\ny', id: 'default-7' },
    ]);
  });

  it('gives the same for every way to cut the stream in two', () => {
    const whole = parse([STREAM]);
    for (let at = 1; at < STREAM.length; at += 1) {
      expect(parse([STREAM.slice(0, at), STREAM.slice(at)]), `cut at ${at}`).toEqual(whole);
    }
  });

  it('takes CR, LF and CRLF, also with a CRLF cut in the middle', () => {
    expect(parse(['data: 1\r', '\n\r\ndata: 2\r\rdata: 3\n\n']).map(({ data }) => data)).toEqual(['1', '2', '3']);
  });

  it('ignores comments, events without data, a BOM and an id with NUL', () => {
    expect(parse(['\uFEFFid: a\0b\nevent: x\n\n:c\n\ndata\n\n'])).toEqual([
      { event: 'message', data: '', id: undefined },
    ]);
  });

  it('tells the retry time', () => {
    const times: number[] = [];
    const parser = new SseParser({ onEvent: () => {}, onRetry: (ms) => times.push(ms) });
    parser.feed('retry: 1500\nretry: soon\n\n');
    expect(times).toEqual([1500]);
  });
});
