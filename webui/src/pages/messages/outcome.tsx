import { Mark, Status } from '@/components/status';
import { formatLatency, NONE } from '@/lib/format';
import { useNow } from '@/lib/use-now';
import { type Exchange, errorOf, latencyOf, outcomeOf, SLOW_MS } from '@/messages/exchange';

/** Length on a logarithmic scale from 10 µs to 10 s, so that both ends can be told apart. */
export function latencyShare(ms: number): number {
  return Math.min(1, Math.max(0.02, (Math.log10(Math.max(ms, 0.01)) + 2) / 6));
}

function LatencyBar({ ms }: { ms: number }) {
  const slow = ms >= SLOW_MS;
  return (
    <span className="flex items-center gap-2">
      <span className="h-[5px] w-12 shrink-0 bg-line" aria-hidden="true">
        <span
          className={slow ? 'block h-full bg-warn' : 'block h-full bg-accent/70'}
          style={{ width: `${latencyShare(ms) * 100}%` }}
        />
      </span>
      <span className={slow ? 'ml-auto text-warn' : 'ml-auto'}>{formatLatency(ms)}</span>
    </span>
  );
}

function Waiting({ exchange }: { exchange: Exchange }) {
  const now = useNow(250);
  const pending = outcomeOf(exchange, now) === 'pending';
  const seconds = Math.max(0, (now - exchange.time) / 1000);
  if (!pending) return <span className="block text-right text-bad">none</span>;
  return <span className="block text-right text-muted">{seconds.toFixed(1)} s…</span>;
}

export function Latency({ exchange }: { exchange: Exchange }) {
  const ms = latencyOf(exchange);
  if (ms !== null) return <LatencyBar ms={ms} />;
  const outcome = outcomeOf(exchange, Date.now());
  if (outcome === 'pending' || outcome === 'timeout') return <Waiting exchange={exchange} />;
  return <span className="block text-right text-faint">{NONE}</span>;
}

function OpenOutcome({ exchange }: { exchange: Exchange }) {
  const now = useNow(1000);
  if (outcomeOf(exchange, now) === 'pending') return <Status tone="idle">pending</Status>;
  return <Status tone="bad">no answer</Status>;
}

function Failure({ code }: { code: string }) {
  return (
    <span className="block truncate" title={code}>
      <Mark tone="bad" className="mr-1.5" />
      <span className="text-bad">{code}</span>
    </span>
  );
}

export function OutcomeLabel({ exchange }: { exchange: Exchange }) {
  const outcome = outcomeOf(exchange, Date.now());
  if (outcome === 'pending' || outcome === 'timeout') return <OpenOutcome exchange={exchange} />;
  if (outcome === 'error') return <Failure code={errorOf(exchange)?.code ?? 'error'} />;
  if (outcome === 'ok') return <span className="text-faint">ok</span>;
  if (outcome === 'sent') return <span className="text-faint">sent</span>;
  return (
    <span className="text-faint" title="Sampling may have left its answer out">
      not seen
    </span>
  );
}
