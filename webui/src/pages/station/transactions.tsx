import type { Transaction } from '@/api/types';
import { Section } from '@/components/layout';
import { Age } from '../connections/columns';

function place({ evseId, connectorId }: Transaction): string {
  if (evseId !== undefined) return `EVSE ${evseId}`;
  return connectorId === undefined ? '' : `connector ${connectorId}`;
}

export function Transactions({ transactions }: { transactions: Transaction[] | undefined }) {
  return (
    <Section title="Open transactions">
      {!transactions?.length && <p className="px-3 py-2 text-faint">None.</p>}
      <ul>
        {transactions?.map((transaction) => (
          <li key={transaction.transactionId} className="border-b border-line/60 px-3 py-1.5">
            <div className="flex gap-2">
              <span className="min-w-0 flex-1 truncate font-mono text-xs leading-5">{transaction.transactionId}</span>
              <span className="text-muted">
                <Age at={transaction.startedAt} />
              </span>
            </div>
            <div className="flex gap-2 text-xs text-muted">
              <span className="min-w-0 flex-1 truncate">
                {[place(transaction), transaction.chargingState, transaction.idTag ?? transaction.idToken]
                  .filter(Boolean)
                  .join(' · ')}
              </span>
              {transaction.energyWh !== undefined && <span>{(transaction.energyWh / 1000).toFixed(2)} kWh</span>}
            </div>
          </li>
        ))}
      </ul>
    </Section>
  );
}
