import { Copy, X } from 'lucide-react';
import { DropdownMenu } from 'radix-ui';
import { useEffect, useState } from 'react';
import { get } from '@/api/http';
import type { MessagePair, OcppMessage } from '@/api/types';
import { Button, IconButton, Segments, TextField } from '@/components/controls';
import { JsonView } from '@/components/json-view';
import { StationLink } from '@/components/station-link';
import { Time } from '@/components/time';
import { copyText } from '@/lib/clipboard';
import { formatLatency, formatProtocol, NONE } from '@/lib/format';
import { actionOf, bodyOf, directionOf, type Exchange, first, frameOf, latencyOf } from '@/messages/exchange';
import { copies } from './copies';
import { OutcomeLabel } from './outcome';

type Form = 'pretty' | 'raw';

/** The frames as they were on the wire; the list holds only their parts. */
function useRaw(exchange: Exchange, wanted: boolean): Record<string, string> {
  const [raw, setRaw] = useState<Record<string, string>>({});
  const ids = [exchange.call?.id, exchange.answer?.id].filter((id) => id !== undefined).join(' ');
  useEffect(() => {
    if (!wanted) return;
    const abort = new AbortController();
    for (const id of ids.split(' ')) {
      get<MessagePair>(`messages/${encodeURIComponent(id)}`, {}, abort.signal)
        .then(({ message }) => {
          const text = message.raw;
          if (text !== undefined) setRaw((previous) => ({ ...previous, [id]: text }));
        })
        .catch(() => {});
    }
    return () => abort.abort();
  }, [ids, wanted]);
  return raw;
}

interface SideProps {
  title: string;
  message: OcppMessage | null;
  absent: string;
  form: Form;
  raw: string | undefined;
  search: string;
}

function Side({ title, message, absent, form, raw, search }: SideProps) {
  return (
    <section className="flex min-h-0 min-w-0 flex-1 flex-col" aria-label={title}>
      <h3 className="flex h-7 shrink-0 items-center gap-2 border-b px-3 text-xs text-muted">
        <span className="font-semibold">{title}</span>
        {message && (
          <>
            <span>{message.type}</span>
            <span className="ml-auto font-mono">
              <Time at={message.timestamp} />
            </span>
          </>
        )}
      </h3>
      <div
        className="min-h-0 flex-1 overflow-auto px-3 py-2"
        tabIndex={0}
        role="region"
        aria-label={`${title} content`}
      >
        {message === null && <p className="text-faint">{absent}</p>}
        {message && form === 'raw' && <JsonView raw={raw ?? frameOf(message)} search={search} />}
        {message && form === 'pretty' && (
          <JsonView
            value={bodyOf(message)}
            raw={bodyOf(message) === undefined ? message.raw : undefined}
            search={search}
          />
        )}
        {message?.truncated && (
          <p className="pt-2 text-xs text-warn">The message was longer than what the segment keeps.</p>
        )}
      </div>
    </section>
  );
}

function CopyMenu({ exchange, raw }: { exchange: Exchange; raw: Record<string, string> }) {
  const [done, setDone] = useState(false);
  async function copy(text: string) {
    setDone(await copyText(text));
    setTimeout(() => setDone(false), 1200);
  }
  return (
    <DropdownMenu.Root modal={false}>
      <DropdownMenu.Trigger asChild>
        <Button look="plain" aria-label="Copy">
          <Copy className="size-3.5" />
          <span className="w-12 text-left">{done ? 'Copied' : 'Copy'}</span>
        </Button>
      </DropdownMenu.Trigger>
      <DropdownMenu.Portal>
        <DropdownMenu.Content
          align="end"
          className="z-50 min-w-40 rounded-md border border-edge bg-raised p-1 shadow-sm"
        >
          {copies(exchange, raw).map(({ label, text }) => (
            <DropdownMenu.Item
              key={label}
              onSelect={() => void copy(text())}
              className="flex h-7 items-center rounded-sm px-2 outline-none data-[highlighted]:bg-tint data-[highlighted]:text-accent phone:h-10"
            >
              {label}
            </DropdownMenu.Item>
          ))}
        </DropdownMenu.Content>
      </DropdownMenu.Portal>
    </DropdownMenu.Root>
  );
}

const FORMS = [
  { value: 'pretty', label: 'Pretty' },
  { value: 'raw', label: 'Raw' },
] as const;

export function MessageDetail({ exchange, onClose }: { exchange: Exchange; onClose: () => void }) {
  const [form, setForm] = useState<Form>('pretty');
  const [search, setSearch] = useState('');
  const raw = useRaw(exchange, form === 'raw');
  const message = first(exchange);
  const incoming = directionOf(exchange) === 'IN';
  const latency = latencyOf(exchange);
  return (
    <div className="flex min-h-0 flex-1 flex-col" data-testid="message-detail">
      <header className="relative flex min-h-9 shrink-0 flex-wrap items-center gap-x-3 gap-y-1 border-b bg-panel py-1 pr-11 pl-3">
        <h2 className="font-semibold">{actionOf(exchange) || 'Unknown action'}</h2>
        <StationLink identity={message.identity} />
        <OutcomeLabel exchange={exchange} />
        <span className="text-xs text-muted">
          {latency === null ? NONE : formatLatency(latency)} · OCPP {formatProtocol(message.protocol)} ·{' '}
          <span className="font-mono">{message.messageId}</span>
        </span>
        <div className="ml-auto flex items-center gap-1 phone:ml-0 phone:w-full">
          <TextField
            type="search"
            aria-label="Search in this message"
            placeholder="Search in message"
            className="w-40 phone:flex-1"
            value={search}
            onChange={(event) => setSearch(event.target.value)}
          />
          <Segments label="Form" value={form} options={FORMS} onChange={setForm} />
          <CopyMenu exchange={exchange} raw={raw} />
        </div>
        <IconButton label="Close (Esc)" onClick={onClose} className="absolute top-1 right-2">
          <X className="size-4" />
        </IconButton>
      </header>
      <div className="flex min-h-0 flex-1 divide-x divide-line phone:flex-col phone:divide-x-0 phone:divide-y">
        <Side
          title={incoming ? 'Request of the station' : 'Request of the gateway'}
          message={exchange.call}
          absent="Not in what the dashboard holds."
          form={form}
          raw={raw[exchange.call?.id ?? '']}
          search={search}
        />
        <Side
          title={incoming ? 'Answer of the gateway' : 'Answer of the station'}
          message={exchange.answer}
          absent={exchange.call?.type === 'SEND' ? 'A SEND is not answered.' : 'No answer yet.'}
          form={form}
          raw={raw[exchange.answer?.id ?? '']}
          search={search}
        />
      </div>
    </div>
  );
}
