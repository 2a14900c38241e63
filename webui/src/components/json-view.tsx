import { useMemo } from 'react';
import type { Json } from '@/api/types';
import { cx } from '@/lib/class-names';
import { Highlighted } from './highlighted';

type TokenKind = 'key' | 'string' | 'number' | 'word' | 'mark';

interface Token {
  kind: TokenKind;
  text: string;
}

const TOKEN = /("(?:[^"\\]|\\.)*")(\s*:)?|(-?\d+(?:\.\d+)?(?:[eE][+-]?\d+)?)|(true|false|null)|([\s{}[\],]+)/g;

export function tokensOf(text: string): Token[] {
  const tokens: Token[] = [];
  let end = 0;
  for (const match of text.matchAll(TOKEN)) {
    if (match.index > end) tokens.push({ kind: 'mark', text: text.slice(end, match.index) });
    end = match.index + match[0].length;
    if (match[1] !== undefined) {
      tokens.push({ kind: match[2] === undefined ? 'string' : 'key', text: match[1] });
      if (match[2] !== undefined) tokens.push({ kind: 'mark', text: match[2] });
    } else if (match[3] !== undefined) tokens.push({ kind: 'number', text: match[3] });
    else if (match[4] !== undefined) tokens.push({ kind: 'word', text: match[4] });
    else tokens.push({ kind: 'mark', text: match[0] });
  }
  if (end < text.length) tokens.push({ kind: 'mark', text: text.slice(end) });
  return tokens;
}

const LOOKS: Record<TokenKind, string> = {
  key: 'text-muted',
  string: 'text-ink',
  number: 'text-accent',
  word: 'text-accent',
  mark: 'text-faint',
};

interface JsonViewProps {
  value?: Json;
  /** Shown as it is instead of a value. */
  raw?: string;
  search?: string;
  wrap?: boolean;
}

export function JsonView({ value, raw, search = '', wrap = true }: JsonViewProps) {
  const text = useMemo(() => raw ?? JSON.stringify(value, null, 2) ?? '', [raw, value]);
  const tokens = useMemo(() => tokensOf(text), [text]);
  const needle = search.toLowerCase();
  return (
    <pre className={cx('font-mono text-xs leading-[1.45]', wrap ? 'break-all whitespace-pre-wrap' : 'whitespace-pre')}>
      {tokens.map((token, index) => (
        // biome-ignore lint/suspicious/noArrayIndexKey: tokens of one text never move
        <span key={index} className={LOOKS[token.kind]}>
          <Highlighted text={token.text} needle={needle} />
        </span>
      ))}
    </pre>
  );
}
