import type { Connector } from '@/api/types';
import { Age } from '@/components/age';
import { Section } from '@/components/layout';
import { ConnectorMark } from '@/stations/connector-marks';
import { connectorKey, connectorKind, connectorName } from '@/stations/connectors';

function Line({ connector }: { connector: Connector }) {
  const kind = connectorKind(connector);
  const error = connector.errorCode && connector.errorCode !== 'NoError' ? connector.errorCode : '';
  return (
    <li className="grid h-[28px] grid-cols-[6.5rem_minmax(0,1fr)_3.5rem] items-center gap-2 border-b border-line/60 px-3">
      <span className="truncate">{connectorName(connector)}</span>
      <span className="flex min-w-0 items-center gap-1.5">
        <ConnectorMark kind={kind} />
        <span className={kind === 'fault' ? 'text-bad' : ''}>{connector.status ?? 'unknown'}</span>
        <span className="min-w-0 truncate text-xs text-muted" title={error}>
          {error}
        </span>
      </span>
      <span className="text-right text-xs text-muted">
        <Age at={connector.timestamp} />
      </span>
    </li>
  );
}

export function Connectors({ connectors }: { connectors: readonly Connector[] }) {
  return (
    <Section title="Connectors">
      {connectors.length === 0 && <p className="px-3 py-2 text-faint">None reported yet.</p>}
      <ul>
        {connectors.map((connector) => (
          <Line key={connectorKey(connector)} connector={connector} />
        ))}
      </ul>
    </Section>
  );
}
