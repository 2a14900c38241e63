import { Link, useNavigate } from 'react-router';
import { Empty, Section } from '@/components/layout';
import { StationLink } from '@/components/station-link';
import { Time } from '@/components/time';
import { cx } from '@/lib/class-names';
import { usePhone } from '@/lib/use-media';
import { actionOf, type Exchange, errorOf, first } from '@/messages/exchange';
import { useMessages } from '@/messages/live';
import { summaryOf } from '@/messages/summary';
import { compactMessage, DirectionArrow } from '../messages/columns';
import { Latency, OutcomeLabel } from '../messages/outcome';

const SHOWN = 40;
const GRID = 'grid-cols-[7rem_2.5rem_minmax(5rem,8rem)_minmax(7rem,10rem)_6.5rem_8.25rem_minmax(0,1fr)]';

function newest(rows: readonly { kind: string }[], count: number): Exchange[] {
  const found: Exchange[] = [];
  for (let at = rows.length - 1; at >= 0 && found.length < count; at -= 1) {
    const row = rows[at];
    if (row?.kind === 'exchange') found.push(row as Exchange);
  }
  return found;
}

function Line({ exchange, onOpen }: { exchange: Exchange; onOpen: () => void }) {
  return (
    // biome-ignore lint/a11y/useKeyWithClickEvents: the action's link does the same by keyboard
    <li
      onClick={onOpen}
      className={cx(
        'grid h-[26px] items-center border-b border-line/60 hover:bg-panel [&>*]:truncate [&>*]:px-2 [&>*:first-child]:pl-3',
        GRID,
        errorOf(exchange) && 'bg-bad-tint',
      )}
    >
      <span className="font-mono text-xs">
        <Time at={exchange.time} />
      </span>
      <span>
        <DirectionArrow exchange={exchange} />
      </span>
      <span>
        <StationLink identity={first(exchange).identity} />
      </span>
      <Link to={`/messages?m=${encodeURIComponent(exchange.id)}`}>{actionOf(exchange) || 'unknown'}</Link>
      <span>
        <OutcomeLabel exchange={exchange} />
      </span>
      <span>
        <Latency exchange={exchange} />
      </span>
      <span className="text-muted">{errorOf(exchange)?.description || summaryOf(first(exchange))}</span>
    </li>
  );
}

/** The newest messages on top; the list is cut by the window, not scrolled. */
export function LiveMessages() {
  const view = useMessages();
  const phone = usePhone();
  const navigate = useNavigate();
  const shown = newest(view.rows, phone ? 6 : SHOWN);
  const open = (exchange: Exchange) => navigate(`/messages?m=${encodeURIComponent(exchange.id)}`);
  return (
    <Section
      title="Live messages"
      className="min-h-80 overflow-hidden"
      aside={
        <Link to="/messages" className="text-accent hover:underline">
          All messages
        </Link>
      }
    >
      {shown.length === 0 && <Empty>No messages yet. They appear here as stations send them.</Empty>}
      <ol className="min-h-0 flex-1 overflow-hidden">
        {shown.map((exchange) =>
          phone ? (
            // biome-ignore lint/a11y/useKeyWithClickEvents: reached on the Messages page by keyboard
            <li key={exchange.id} className="h-12 border-b border-line/60 px-3 py-1" onClick={() => open(exchange)}>
              {compactMessage(exchange)}
            </li>
          ) : (
            <Line key={exchange.id} exchange={exchange} onOpen={() => open(exchange)} />
          ),
        )}
      </ol>
    </Section>
  );
}
