import { describe, expect, it } from 'vitest';
import { complete } from './completion';
import { addTerm, hasTerm, isUnfinished, quoteValue, toggleTerm } from './filter';
import { filterError } from './filter-error';
import { parseHistory, remembered } from './filter-history';

describe('quoteValue', () => {
  it.each([
    ['CP-0001', 'CP-0001'],
    ['DE*ABC*E1', '"DE*ABC*E1"'],
    ['a "b" \\', '"a \\"b\\" \\\\"'],
    ['x,y', '"x,y"'],
    ['', '""'],
    ['<b>', '"<b>"'],
  ])('%s', (value, expected) => expect(quoteValue(value)).toBe(expected));
});

describe('toggleTerm', () => {
  const noise = '-(action:Heartbeat,MeterValues type:CALL,result)';
  it('adds and takes out', () => {
    expect(toggleTerm('station:CP-01', 'type:error')).toBe('station:CP-01 type:error');
    expect(toggleTerm('station:CP-01 type:error latency>5', 'type:error')).toBe('station:CP-01 latency>5');
    expect(toggleTerm('', noise)).toBe(noise);
    expect(toggleTerm(`a ${noise} b`, noise)).toBe('a b');
  });
  it('keeps what an "or" joins together', () => {
    expect(addTerm('a or b', 'type:error')).toBe('(a or b) type:error');
    expect(addTerm('(a or b) c', 'type:error')).toBe('(a or b) c type:error');
    expect(addTerm('"this or that"', 'type:error')).toBe('"this or that" type:error');
    expect(toggleTerm('(a or b) type:error', 'type:error')).toBe('(a or b)');
  });
  it('sees a term only where it holds for all', () => {
    expect(hasTerm('a type:error', 'type:error')).toBe(true);
    expect(hasTerm('-type:error', 'type:error')).toBe(false);
    expect(hasTerm('type:errors', 'type:error')).toBe(false);
    expect(hasTerm('(a type:error) b', 'type:error')).toBe(false);
    expect(hasTerm('"a type:error b"', 'type:error')).toBe(false);
    expect(hasTerm('a or type:error', 'type:error')).toBe(false);
  });
});

describe('isUnfinished', () => {
  it.each(['action:', 'latency>', 'a or', 'not', '(a b', '"some te', 'station:CP-1,', '-', 'station:"', 'a "b\\"'])(
    '%s waits for more',
    (text) => expect(isUnfinished(text)).toBe(true),
  );
  it.each(['', 'action:Heartbeat ', 'a or b', '(a b)', '"some text"', 'station:"a:"', 'floor', 'foo:bar', '"a or"'])(
    '%s does not',
    (text) => expect(isUnfinished(text)).toBe(false),
  );
});

describe('complete', () => {
  const known = {
    stations: () => ['CP-01', 'CP-02', 'DE*1'],
    actions: () => ['Heartbeat', 'BootNotification'],
    recent: () => ['type:error', 'latency>2s'],
  };
  const texts = (text: string, caret = text.length) => complete(text, caret, known).map((found) => found.text);

  it('offers fields, then values', () => {
    expect(texts('st')).toEqual(['station:']);
    expect(texts('station:02')).toEqual(['station:CP-02 ']);
    expect(texts('station:CP-01,02')).toEqual(['station:CP-01,CP-02 ']);
    expect(texts('station:DE')).toEqual(['station:"DE*1" ']);
    expect(texts('latency>')).toEqual(['latency>100ms ', 'latency>500ms ', 'latency>2s ']);
    expect(texts('type!=')).toEqual(['type!=CALL ', 'type!=result ', 'type!=error ', 'type!=SEND ']);
  });
  it('works after a sign and in parentheses', () => {
    expect(texts('-action:h')).toEqual(['-action:Heartbeat ']);
    expect(texts('a or (action:h')).toEqual(['a or (action:Heartbeat ']);
  });
  it('keeps what stands around the caret', () => {
    expect(texts('type:err station:CP-01', 8)).toEqual(['type:error station:CP-01']);
    expect(texts('(action:h)', 9)).toEqual(['(action:Heartbeat )']);
  });
  it('takes a word for an action or a station', () => {
    expect(texts('boot')).toEqual(['action:BootNotification ']);
    expect(texts('noti')).toEqual(['action:BootNotification ']);
    expect(texts('oot')).toEqual([]);
    expect(texts('cp-0')).toEqual(['station:CP-01 ', 'station:CP-02 ']);
  });
  it('offers what was used before while nothing is typed', () => {
    expect(complete('', 0, known).slice(0, 2)).toMatchObject([
      { kind: 'recent', text: 'type:error' },
      { kind: 'recent' },
    ]);
  });
  it('leaves texts alone', () => {
    expect(texts('"some st')).toEqual([]);
  });
});

describe('the history of filters', () => {
  it('has the newest first and none twice', () => {
    expect(remembered(['a', 'b'], ' b ')).toEqual(['b', 'a']);
    expect(remembered(['a'], '  ')).toEqual(['a']);
    expect(
      remembered(
        Array.from({ length: 30 }, (_, n) => `f${n}`),
        'new',
      ),
    ).toHaveLength(20);
  });
  it('survives what others left in the storage', () => {
    expect(parseHistory('{oops')).toEqual([]);
    expect(parseHistory('[1,"a",null]')).toEqual(['a']);
    expect(parseHistory(null)).toEqual([]);
  });
});

describe('what the server has against a filter', () => {
  it('stands at a character of the expression', () => {
    expect(filterError('dir:sideways', 'filter: at 4: "sideways" is no direction')).toEqual({
      offset: 4,
      text: '"sideways" is no direction',
    });
    expect(filterError('"é" foo:1', 'filter: at 5: no field')).toEqual({ offset: 4, text: 'no field' });
  });
  it('is shown as it is when it is about something else', () => {
    expect(filterError('a', 'since: not a time')).toEqual({ offset: null, text: 'since: not a time' });
  });
});
