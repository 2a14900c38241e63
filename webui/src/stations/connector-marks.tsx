import type { Connector } from '@/api/types';
import { cx } from '@/lib/class-names';
import { NONE } from '@/lib/format';
import { type ConnectorKind, connectorKey, connectorKind, connectorsText } from './connectors';

const COLOURS: Record<ConnectorKind, string> = {
  free: 'text-ok',
  waiting: 'text-accent',
  charging: 'text-accent',
  reserved: 'text-accent',
  out: 'text-warn',
  fault: 'text-bad',
  unknown: 'text-faint',
};

const RING = { cx: 6, cy: 6, r: 4.3, fill: 'none', stroke: 'currentColor', strokeWidth: 1.4 };

/** A shape per state: empty ring, half, full, ring with a dot, crossed ring, diamond. */
export function ConnectorMark({ kind, className }: { kind: ConnectorKind; className?: string }) {
  return (
    <svg
      viewBox="0 0 12 12"
      className={cx('inline-block size-3 shrink-0', COLOURS[kind], className)}
      aria-hidden="true"
    >
      {kind !== 'fault' && kind !== 'unknown' && <circle {...RING} />}
      {kind === 'waiting' && <path d="M6 1.7a4.3 4.3 0 0 0 0 8.6z" fill="currentColor" />}
      {kind === 'charging' && <circle cx="6" cy="6" r="5" fill="currentColor" />}
      {kind === 'reserved' && <circle cx="6" cy="6" r="1.8" fill="currentColor" />}
      {kind === 'out' && <path d="M3 9 9 3" stroke="currentColor" strokeWidth="1.4" />}
      {kind === 'fault' && <path d="M6 .4 11.6 6 6 11.6.4 6z" fill="currentColor" />}
      {kind === 'unknown' && <path d="M3 6h6" stroke="currentColor" strokeWidth="1.4" />}
    </svg>
  );
}

const SHOWN = 6;

export function ConnectorMarks({ connectors }: { connectors: readonly Connector[] | undefined }) {
  if (!connectors?.length) return <span className="text-faint">{NONE}</span>;
  const text = connectorsText(connectors);
  return (
    <span className="inline-flex items-center gap-0.5 align-middle" title={text} role="img" aria-label={text}>
      {connectors.slice(0, SHOWN).map((connector) => (
        <ConnectorMark key={connectorKey(connector)} kind={connectorKind(connector)} />
      ))}
      {connectors.length > SHOWN && <span className="pl-0.5 text-2xs text-muted">+{connectors.length - SHOWN}</span>}
    </span>
  );
}
