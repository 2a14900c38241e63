import type { StationDetail } from '@/api/types';
import { Age } from '@/components/age';
import { formatCount, formatLatency } from '@/lib/format';

function Figure({ label, children, detail }: { label: string; children: React.ReactNode; detail?: string }) {
  return (
    <div className="bg-ground px-3 py-1.5">
      <div className="text-xs text-muted">{label}</div>
      <div className="flex items-baseline gap-2">
        <span className="text-base font-medium">{children}</span>
        <span className="truncate text-xs text-muted">{detail}</span>
      </div>
    </div>
  );
}

export function StationFigures({ station }: { station: StationDetail }) {
  const { messagesIn, messagesOut } = station;
  const split = messagesIn === undefined ? '' : `${formatCount(messagesIn)} in, ${formatCount(messagesOut)} out`;
  return (
    <div className="grid shrink-0 grid-cols-4 gap-px border-b bg-line phone:grid-cols-2">
      <Figure label="Messages" detail={split}>
        {formatCount(station.messageCount)}
      </Figure>
      <Figure label="Errors">
        <span className={station.errorCount ? 'text-bad' : ''}>{formatCount(station.errorCount)}</span>
      </Figure>
      <Figure label="Latency, mean">{formatLatency(station.avgLatencyMs)}</Figure>
      <Figure label="Last message" detail="ago">
        <Age at={station.lastMessageAt} />
      </Figure>
    </div>
  );
}
