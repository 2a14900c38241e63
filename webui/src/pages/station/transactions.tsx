import type { MeterValue, Transaction } from '@/api/types';
import { Age } from '@/components/age';
import { Section } from '@/components/layout';
import { Time } from '@/components/time';
import { formatEnergy, formatPower, formatQuantity, NONE } from '@/lib/format';

function placeOf({ evseId, connectorId }: Transaction): string {
  if (evseId !== undefined) return `EVSE ${evseId}`;
  return connectorId === undefined ? 'Transaction' : `Connector ${connectorId}`;
}

function Figure({ label, value }: { label: string; value: string }) {
  return (
    <div className="min-w-0">
      <dt className="text-2xs text-muted">{label}</dt>
      <dd className="truncate font-medium">{value}</dd>
    </div>
  );
}

function MeterValues({ values }: { values: readonly MeterValue[] }) {
  return (
    <details className="text-xs">
      <summary className="text-muted hover:text-ink">{values.length} meter values</summary>
      <table className="mt-1 w-full">
        <thead className="sr-only">
          <tr>
            <th scope="col">Measurand</th>
            <th scope="col">Phase</th>
            <th scope="col">Value</th>
            <th scope="col">Time</th>
          </tr>
        </thead>
        <tbody>
          {values.map((value) => (
            <tr key={`${value.measurand}/${value.phase}`} className="border-t border-line/60 leading-5">
              <td className="max-w-0 w-full truncate pr-2 text-muted" title={value.measurand}>
                {value.measurand}
              </td>
              <td className="pr-2 text-muted">{value.phase}</td>
              <td className="pr-2 text-right whitespace-nowrap">{formatQuantity(Number(value.value), value.unit)}</td>
              <td className="text-right text-muted">
                <Time at={value.timestamp} />
              </td>
            </tr>
          ))}
        </tbody>
      </table>
    </details>
  );
}

function Line({ transaction }: { transaction: Transaction }) {
  const { soc, meterValues } = transaction;
  return (
    <li className="flex flex-col gap-1.5 border-b border-line/60 px-3 py-2">
      <div className="flex items-baseline gap-2">
        <span>{placeOf(transaction)}</span>
        <span className="min-w-0 flex-1 truncate text-muted">{transaction.chargingState}</span>
        <span className="text-muted">
          <Age at={transaction.startedAt} />
        </span>
      </div>
      <dl className="grid grid-cols-3 gap-2">
        <Figure label="Energy" value={formatEnergy(transaction.energyWh)} />
        <Figure label="Power" value={formatPower(transaction.powerW)} />
        <Figure label="Battery" value={soc === undefined || soc === null ? NONE : `${Math.round(soc)} %`} />
      </dl>
      <div className="flex gap-3 font-mono text-xs text-muted">
        <span className="min-w-0 flex-1 truncate" title="Transaction id">
          {transaction.transactionId}
        </span>
        <span className="min-w-0 truncate" title="Who charges: idTag or idToken">
          {transaction.idToken ?? transaction.idTag}
        </span>
      </div>
      {meterValues && meterValues.length > 0 && <MeterValues values={meterValues} />}
    </li>
  );
}

export function Transactions({ transactions }: { transactions: readonly Transaction[] }) {
  return (
    <Section title="Open transactions">
      {transactions.length === 0 && <p className="px-3 py-2 text-faint">None.</p>}
      <ul>
        {transactions.map((transaction) => (
          <Line key={transaction.transactionId} transaction={transaction} />
        ))}
      </ul>
    </Section>
  );
}
