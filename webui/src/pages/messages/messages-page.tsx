import { Pause, Play } from 'lucide-react';
import { useCallback, useEffect, useMemo, useRef, useState } from 'react';
import { useSearchParams } from 'react-router';
import { Button, Chip, IconButton } from '@/components/controls';
import { DataGrid } from '@/components/data-grid';
import { Empty, Toolbar } from '@/components/layout';
import { useShortcuts } from '@/components/use-shortcuts';
import { formatCount } from '@/lib/format';
import { useDebounced } from '@/lib/use-debounced';
import { usePhone } from '@/lib/use-media';
import { first, type Row } from '@/messages/exchange';
import { hasTerm, parseFilter, toggleTerm } from '@/messages/filter';
import { liveMessages, useMessages } from '@/messages/live';
import { compactMessage, MESSAGE_COLUMNS, messageBanner, rowTone, rowVersion } from './columns';
import { DetailPane } from './detail-pane';
import { ExportMenu } from './export-menu';
import { FilterBox } from './filter-box';
import { MessageDetail } from './message-detail';
import { useFollow } from './use-follow';
import { useKnownValues } from './use-known-values';
import { useOlder } from './use-older';
import { useSelectedExchange } from './use-selected';

const CHIPS = [
  { label: 'Errors', term: 'is:error' },
  { label: 'No answer', term: 'is:timeout' },
  { label: 'Slow', term: 'is:slow' },
  { label: 'From gateway', term: 'dir:out' },
  { label: 'Hide noise', term: '-is:routine' },
] as const;

function keyOf(row: Row): string {
  return row.id;
}

/** Filter text that is typed, the filter that is in force, and the address that keeps it. */
function useFilter() {
  const [params, setParams] = useSearchParams();
  const inUrl = params.get('filter') ?? '';
  const [text, setText] = useState(inUrl);
  const settled = useDebounced(text, 200);
  const filter = useMemo(() => parseFilter(settled), [settled]);

  // biome-ignore lint/correctness/useExhaustiveDependencies: only the settled text writes the address
  useEffect(() => {
    if (settled === inUrl) return;
    setParams(
      (previous) => {
        if (settled) previous.set('filter', settled);
        else previous.delete('filter');
        return previous;
      },
      { replace: true },
    );
  }, [settled]);

  useEffect(() => {
    if (filter.errors.length > 0) return;
    liveMessages.setFilter(filter.terms.length > 0 ? filter.matches : null);
  }, [filter]);
  useEffect(() => () => liveMessages.setFilter(null), []);
  return { text, setText, filter };
}

function Counts({ shown, held }: { shown: number; held: number }) {
  return (
    <span className="ml-auto text-xs whitespace-nowrap text-muted phone:hidden" data-testid="counts">
      {shown === held ? `${formatCount(held)} exchanges` : `${formatCount(shown)} of ${formatCount(held)} exchanges`}
    </span>
  );
}

export default function MessagesPage() {
  const phone = usePhone();
  const view = useMessages();
  const { text, setText, filter } = useFilter();
  const scroller = useRef<HTMLDivElement>(null);
  const filterInput = useRef<HTMLInputElement>(null);
  const follow = useFollow(view, scroller);
  const { exchange, selectedId, select } = useSelectedExchange(view.version);
  const known = useKnownValues();
  const older = useOlder(filter, scroller, view.version);

  const onSelect = useCallback(
    (row: Row) => {
      if (row.kind !== 'exchange') return;
      follow.pause();
      select(first(row).id);
    },
    [follow.pause, select],
  );
  const toggle = () => (follow.following ? follow.pause() : follow.resume());
  const close = () => select(null);
  useShortcuts({ '/': () => filterInput.current?.focus(), ' ': toggle, Escape: close });

  const chips = CHIPS.map(({ label, term }) => (
    <Chip key={term} pressed={hasTerm(text, term)} onClick={() => setText(toggleTerm(text, term))}>
      {label}
    </Chip>
  ));
  return (
    <>
      <Toolbar label="Messages">
        <IconButton
          label={follow.following ? 'Pause (Space)' : 'Follow the newest (Space)'}
          pressed={!follow.following}
          onClick={toggle}
        >
          {follow.following ? <Pause className="size-4" /> : <Play className="size-4" />}
        </IconButton>
        <FilterBox value={text} filter={filter} known={known} inputRef={filterInput} onChange={setText} />
        <div className="flex items-center gap-1.5 phone:order-last phone:w-full phone:overflow-x-auto">{chips}</div>
        <Counts shown={view.shown} held={view.held} />
        <ExportMenu rows={() => follow.rows} />
      </Toolbar>
      <div className="relative flex min-h-0 flex-1 flex-col">
        <DataGrid
          label="Messages"
          rows={follow.rows}
          columns={MESSAGE_COLUMNS}
          rowKey={keyOf}
          rowTone={rowTone}
          rowVersion={rowVersion}
          banner={messageBanner}
          compact={compactMessage}
          selected={exchange?.id ?? selectedId}
          onSelect={onSelect}
          scrollRef={scroller}
          onScroll={() => {
            follow.onScroll();
            older.onScroll();
          }}
          empty={<Empty>{text ? 'No message passes the filter.' : 'No messages yet.'}</Empty>}
        />
        <p className="pointer-events-none absolute top-8 left-1/2 z-20 -translate-x-1/2 text-xs text-muted">
          {older.note}
        </p>
        {!follow.following && (
          <Button
            look="solid"
            className="absolute right-5 bottom-3 z-20 tabular-nums"
            onClick={follow.resume}
            data-testid="resume"
          >
            {follow.fresh > 0 ? `${formatCount(follow.fresh)} new` : 'Paused'} ↓
          </Button>
        )}
      </div>
      {exchange && (
        <DetailPane phone={phone}>
          <MessageDetail exchange={exchange} onClose={close} />
        </DetailPane>
      )}
    </>
  );
}
