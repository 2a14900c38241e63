import { X } from 'lucide-react';
import { useRef, useState } from 'react';
import { IconButton, Segments } from '@/components/controls';
import { StationLink } from '@/components/station-link';
import { formatLatency, formatProtocol, NONE } from '@/lib/format';
import { actionOf, directionOf, type Exchange, first, latencyOf } from '@/messages/exchange';
import { CopyMenu } from './copy-menu';
import { MessageSearch } from './message-search';
import { type Form, MessageSide } from './message-side';
import { OutcomeLabel } from './outcome';
import { useRaw } from './use-raw';

const FORMS = [
  { value: 'pretty', label: 'Pretty' },
  { value: 'raw', label: 'Raw' },
] as const;

function CloseButton({ onClose }: { onClose: () => void }) {
  return (
    <IconButton label="Close (Esc)" onClick={onClose} className="absolute top-1 right-2">
      <X className="size-4" />
    </IconButton>
  );
}

/** Instead of the message that a link names. */
export function GoneMessage({ id, onClose }: { id: string; onClose: () => void }) {
  return (
    <div className="relative flex-1 px-3 py-2" data-testid="message-detail">
      <h2 className="font-semibold">Message {id}</h2>
      <p className="pt-2 text-muted">It is no longer held: newer ones took its place.</p>
      <CloseButton onClose={onClose} />
    </div>
  );
}

function Facts({ exchange }: { exchange: Exchange }) {
  const message = first(exchange);
  const latency = latencyOf(exchange);
  return (
    <span className="min-w-0 truncate text-xs text-muted">
      {latency === null ? NONE : formatLatency(latency)} · OCPP {formatProtocol(message.protocol)} ·{' '}
      <span className="font-mono">{message.messageId}</span>
    </span>
  );
}

export function MessageDetail({ exchange, onClose }: { exchange: Exchange; onClose: () => void }) {
  const [form, setForm] = useState<Form>('pretty');
  const [search, setSearch] = useState('');
  const sides = useRef<HTMLDivElement>(null);
  const raw = useRaw(exchange);
  const incoming = directionOf(exchange) === 'IN';
  const { call, answer } = exchange;
  return (
    <div className="flex min-h-0 flex-1 flex-col" data-testid="message-detail">
      <header className="relative flex min-h-9 shrink-0 flex-wrap items-center gap-x-3 gap-y-1 border-b bg-panel py-1 pr-11 pl-3">
        <h2 className="font-semibold">{actionOf(exchange) || 'Unknown action'}</h2>
        <StationLink identity={first(exchange).identity} />
        <OutcomeLabel exchange={exchange} />
        <Facts exchange={exchange} />
        <div className="ml-auto flex items-center gap-1 phone:ml-0 phone:w-full">
          <MessageSearch
            area={sides}
            value={search}
            onChange={setSearch}
            version={`${call?.id}/${answer?.id}/${form}/${Object.keys(raw).length}`}
          />
          <Segments label="Form" value={form} options={FORMS} onChange={setForm} />
          <CopyMenu exchange={exchange} raw={raw} />
        </div>
        <CloseButton onClose={onClose} />
      </header>
      <div
        ref={sides}
        className="flex min-h-0 flex-1 divide-x divide-line phone:flex-col phone:divide-x-0 phone:divide-y"
      >
        <MessageSide
          title={incoming ? 'Request of the station' : 'Request of the gateway'}
          message={call}
          absent="Not in what the dashboard holds."
          form={form}
          raw={raw[call?.id ?? '']}
          search={search}
        />
        <MessageSide
          title={incoming ? 'Answer of the gateway' : 'Answer of the station'}
          message={answer}
          absent={call?.type === 'SEND' ? 'A SEND is not answered.' : 'No answer yet.'}
          form={form}
          raw={raw[answer?.id ?? '']}
          search={search}
        />
      </div>
    </div>
  );
}
