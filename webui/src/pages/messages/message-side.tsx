import type { OcppMessage } from '@/api/types';
import { JsonView } from '@/components/json-view';
import { Time } from '@/components/time';
import { bodyOf, frameOf } from '@/messages/exchange';

export type Form = 'pretty' | 'raw';

interface SideProps {
  title: string;
  message: OcppMessage | null;
  absent: string;
  form: Form;
  raw: string | undefined;
  search: string;
}

function Content({
  message,
  form,
  raw,
  search,
}: Pick<SideProps, 'form' | 'raw' | 'search'> & { message: OcppMessage }) {
  if (form === 'raw') return <JsonView raw={raw ?? frameOf(message)} search={search} />;
  const body = bodyOf(message);
  return <JsonView value={body} raw={body === undefined ? message.raw : undefined} search={search} />;
}

/** One half of an exchange. */
export function MessageSide({ title, message, absent, form, raw, search }: SideProps) {
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
        aria-label={`${title}, content`}
      >
        {message === null ? (
          <p className="text-muted">{absent}</p>
        ) : (
          <Content message={message} form={form} raw={raw} search={search} />
        )}
        {message?.truncated && (
          <p className="pt-2 text-xs text-warn">The message was longer than what the segment keeps.</p>
        )}
      </div>
    </section>
  );
}
