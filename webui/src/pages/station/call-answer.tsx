import type { CallOutcome } from '@/api/types';
import { JsonView } from '@/components/json-view';
import { Status } from '@/components/status';
import { formatLatency } from '@/lib/format';

function Heading({ outcome, seconds }: { outcome: CallOutcome; seconds: number }) {
  switch (outcome.outcome) {
    case 'result':
      return <Status tone="ok">CALLRESULT after {formatLatency(outcome.latencyMs)}</Status>;
    case 'error':
      return (
        <Status tone="bad">
          CALLERROR {outcome.error?.code} after {formatLatency(outcome.latencyMs)}
        </Status>
      );
    case 'timeout':
      return <Status tone="bad">No answer within {seconds} s</Status>;
  }
}

export function CallAnswer({ outcome, seconds }: { outcome: CallOutcome; seconds: number }) {
  const body = outcome.outcome === 'error' ? outcome.error?.details : outcome.payload;
  return (
    <div className="flex flex-col gap-1.5" data-testid="call-answer">
      <Heading outcome={outcome} seconds={seconds} />
      {outcome.error?.description && <p className="break-words">{outcome.error.description}</p>}
      {body !== undefined && outcome.outcome !== 'timeout' && (
        <div className="max-h-56 overflow-auto rounded-md border px-2 py-1.5">
          <JsonView value={body} />
        </div>
      )}
    </div>
  );
}
