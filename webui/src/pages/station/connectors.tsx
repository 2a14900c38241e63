import type { Connector } from '@/api/types';
import { Section } from '@/components/layout';
import { Status } from '@/components/status';
import { Age, connectorName, connectorTone } from '../connections/columns';

export function Connectors({ connectors }: { connectors: Connector[] | undefined }) {
  return (
    <Section title="Connectors">
      {!connectors?.length && <p className="px-3 py-2 text-faint">None reported yet.</p>}
      <ul>
        {connectors?.map((connector) => (
          <li
            key={`${connector.evseId}/${connector.connectorId}`}
            className="grid h-[30px] grid-cols-[7rem_minmax(0,1fr)_3.5rem] items-center gap-2 border-b border-line/60 px-3"
          >
            <span>{connectorName(connector)}</span>
            <span className="truncate">
              <Status tone={connectorTone(connector)}>{connector.status ?? 'unknown'}</Status>
              {connector.errorCode && connector.errorCode !== 'NoError' && (
                <span className="pl-2 text-xs text-muted">{connector.errorCode}</span>
              )}
            </span>
            <span className="text-right text-xs text-muted">
              <Age at={connector.timestamp} />
            </span>
          </li>
        ))}
      </ul>
    </Section>
  );
}
