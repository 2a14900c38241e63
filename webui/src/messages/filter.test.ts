import { describe, expect, it } from 'vitest';
import { complete } from './completion';
import { createExchange, type Exchange } from './exchange';
import { hasTerm, parseFilter, serverQuery, toggleTerm } from './filter';
import { answer, call } from './fixtures';

const now = Date.parse('2026-01-31T12:00:01.000Z');

function exchange(fields: Parameters<typeof call>[1], result?: Parameters<typeof answer>[2] | null): Exchange {
  const first = call(1, fields);
  const made = createExchange(first);
  if (result !== null) made.answer = answer(first, 1, result ?? {});
  return made;
}

const heartbeat = exchange({});
const status = exchange({
  identity: 'HQ-07',
  method: 'StatusNotification',
  params: { status: 'Faulted', vendorErrorCode: 'E 12' },
});
const failed = exchange(
  { method: 'Authorize' },
  { type: 'CALLERROR', payload: { errorCode: 'GenericError' }, latencyMs: 900 },
);
const open = exchange({ direction: 'OUT', method: 'Reset', protocol: 'ocpp2.0.1' }, null);
const all = { heartbeat, status, failed, open };

function passing(text: string): string[] {
  const filter = parseFilter(text);
  expect(filter.errors).toEqual([]);
  return Object.entries(all)
    .filter(([, candidate]) => filter.matches(candidate, now))
    .map(([name]) => name);
}

describe('parseFilter', () => {
  it.each([
    ['', ['heartbeat', 'status', 'failed', 'open']],
    ['station:hq-07', ['status']],
    ['station:HQ*', ['status']],
    ['station:hq', []],
    ['action:Heartbeat,Reset', ['heartbeat', 'open']],
    ['-action:Heartbeat,MeterValues', ['status', 'failed', 'open']],
    ['type:error', ['failed']],
    ['is:error', ['failed']],
    ['is:pending', ['open']],
    ['is:ok', ['heartbeat', 'status']],
    ['is:slow', ['failed']],
    ['latency>200', ['failed']],
    ['latency<200', ['heartbeat', 'status']],
    ['is:routine', ['heartbeat']],
    ['-is:routine', ['status', 'failed', 'open']],
    ['dir:out', ['open']],
    ['protocol:2.0.1', ['open']],
    ['code:genericerror', ['failed']],
    ['faulted', ['status']],
    ['"E 12"', ['status']],
    ['-faulted -dir:out', ['heartbeat', 'failed']],
    ['station:CP-01 action:Authorize', ['failed']],
  ])('%s', (text, expected) => {
    expect(passing(text)).toEqual(expected);
  });

  it.each([
    ['foo:bar', /"foo" is no key/],
    ['is:sleepy', /can't be "sleepy"/],
    ['latency>soon', /number of milliseconds/],
    ['station>7', /compared with ":"/],
  ])('refuses %s', (text, message) => {
    expect(parseFilter(text).errors.join()).toMatch(message);
  });

  it('does not take a special character for a pattern', () => {
    expect(passing('station:CP.01')).toEqual([]);
  });

  it('calls a CALL without an answer timed out after 30 s', () => {
    const filter = parseFilter('is:timeout');
    expect(filter.matches(open, now)).toBe(false);
    expect(filter.matches(open, now + 31_000)).toBe(true);
  });
});

describe('serverQuery', () => {
  it('passes on what the server can do exactly', () => {
    expect(serverQuery(parseFilter('station:CP-01 action:Heartbeat is:error'))).toEqual({
      identity: 'CP-01',
      method: 'Heartbeat',
    });
  });
  it('passes on neither patterns, lists nor negations', () => {
    expect(serverQuery(parseFilter('station:CP* -action:Heartbeat'))).toEqual({
      identity: undefined,
      method: undefined,
    });
    expect(serverQuery(parseFilter('action:A,B'))).toEqual({ identity: undefined, method: undefined });
  });
});

describe('toggleTerm', () => {
  it('adds and takes out', () => {
    expect(toggleTerm('station:CP-01', 'is:error')).toBe('station:CP-01 is:error');
    expect(toggleTerm('station:CP-01 is:error', 'is:error')).toBe('station:CP-01');
    expect(hasTerm('a is:error', 'is:error')).toBe(true);
    expect(hasTerm('-is:error', 'is:error')).toBe(false);
  });
});

describe('complete', () => {
  const known = { stations: () => ['CP-01', 'CP-02'], actions: () => ['Heartbeat'] };
  it('offers keys, then values', () => {
    expect(complete('st', 2, known).map(({ text }) => text)).toEqual(['station:']);
    expect(complete('station:02', 10, known).map(({ text }) => text)).toEqual(['station:CP-02 ']);
    expect(complete('-action:h', 9, known).map(({ text }) => text)).toEqual(['-action:Heartbeat ']);
  });
  it('keeps what stands around the caret', () => {
    expect(complete('is:err station:CP-01', 6, known).map(({ text }) => text)).toEqual(['is:error station:CP-01']);
  });
});
