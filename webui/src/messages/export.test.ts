import { afterEach, expect, it, vi } from 'vitest';
import { createExchange } from './exchange';
import { collect, csvCell, exportText, toCsv } from './export';
import { EVERYTHING } from './feed';
import { answer, call } from './fixtures';

afterEach(() => vi.unstubAllGlobals());

it('quotes what CSV needs and defuses formulas', () => {
  expect(csvCell('a,"b"')).toBe('"a,""b"""');
  expect(csvCell('=1+1')).toBe("'=1+1");
  expect(csvCell(-5.2)).toBe('-5.2');
  expect(csvCell(null)).toBe('');
});

it('writes a line per exchange, or per message', () => {
  const request = call(1, { params: { a: 'x,y' } });
  const exchange = { ...createExchange(request), answer: answer(request) };
  const csv = toCsv([exchange], Date.parse(request.timestamp));
  expect(csv).toHaveLength(2);
  expect(csv[1]).toContain('CP-01,IN,Heartbeat,m1,ok,,0.4,"{""a"":""x,y""}",{}');
  const messages = [answer(request), request];
  expect(exportText('csv', EVERYTHING, messages)).toEqual(csv);
  expect(exportText('jsonl', EVERYTHING, messages).map((line) => JSON.parse(line).id)).toEqual([
    'default-1',
    'default-2',
  ]);
});

it('asks for one page after the other, with the filter, until the server has no more', async () => {
  const urls: string[] = [];
  const pages = [[call(4), call(3)], [call(2)]];
  vi.stubGlobal('fetch', async (url: string) => {
    urls.push(url);
    const headers = new Headers(pages.length > 1 ? { 'X-Next-Cursor': 'c1' } : {});
    return new Response(JSON.stringify(pages.shift()), { headers });
  });
  const counts: number[] = [];
  const found = await collect(
    { filter: 'type:error', since: '1h', until: '' },
    { onProgress: (count) => counts.push(count), signal: new AbortController().signal },
  );
  expect(found.map(({ id }) => id)).toEqual(['default-4', 'default-3', 'default-2']);
  expect(counts).toEqual([2, 3]);
  expect(urls.map((url) => new URL(url, 'http://h').search)).toEqual([
    '?filter=type%3Aerror&since=1h&limit=1000',
    '?filter=type%3Aerror&since=1h&limit=1000&before=c1',
  ]);
});
