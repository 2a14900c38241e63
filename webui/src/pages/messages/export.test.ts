import { expect, it } from 'vitest';
import { createExchange } from '@/messages/exchange';
import { answer, call } from '@/messages/fixtures';
import { csvCell, toCsv, toJsonLines } from './export';

it('quotes what CSV needs and defuses formulas', () => {
  expect(csvCell('a,"b"')).toBe('"a,""b"""');
  expect(csvCell('=1+1')).toBe("'=1+1");
  expect(csvCell(-5.2)).toBe('-5.2');
  expect(csvCell(null)).toBe('');
});

it('writes a line per exchange, or per message', () => {
  const first = call(1, { params: { a: 'x,y' } });
  const exchange = { ...createExchange(first), answer: answer(first) };
  const csv = toCsv([exchange], Date.parse(first.timestamp));
  expect(csv).toHaveLength(2);
  expect(csv[1]).toContain('CP-01,IN,Heartbeat,m1,ok,,0.4,"{""a"":""x,y""}",{}');
  expect(toJsonLines([exchange]).map((line) => JSON.parse(line).id)).toEqual(['default-1', 'default-2']);
});
