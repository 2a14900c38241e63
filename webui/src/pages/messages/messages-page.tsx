import { Pause, Play } from 'lucide-react';
import { useCallback, useRef } from 'react';
import { Button, IconButton } from '@/components/controls';
import { COMPACT_HEIGHT, DataGrid, ROW_HEIGHT } from '@/components/data-grid';
import { Empty, Toolbar } from '@/components/layout';
import { useShortcuts } from '@/components/use-shortcuts';
import { formatCount } from '@/lib/format';
import { usePhone } from '@/lib/use-media';
import { useNow } from '@/lib/use-now';
import { first, type Row } from '@/messages/exchange';
import type { FeedStatus } from '@/messages/feed';
import { rememberFilter } from '@/messages/filter-history';
import { Chips } from './chips';
import { compactMessage, MESSAGE_COLUMNS, messageBanner, rowTone, rowVersion } from './columns';
import { DetailPane } from './detail-pane';
import { ExportMenu } from './export-menu';
import { FilterBox } from './filter-box';
import { GoneMessage, MessageDetail } from './message-detail';
import { RangeSelect } from './range-select';
import { useFeed } from './use-feed';
import { useFollow } from './use-follow';
import { useKnownValues } from './use-known-values';
import { olderNote, useOlder } from './use-older';
import { useOtherHalves } from './use-other-halves';
import { useAddress, useFilterText, useRememberFilter } from './use-query';
import { useSelected } from './use-selected';

function keyOf(row: Row): string {
  return row.id;
}

function Counts({ rows, status }: { rows: number; status: FeedStatus }) {
  const note = olderNote(status);
  return (
    <span
      className="ml-auto text-right text-xs whitespace-nowrap text-muted phone:hidden"
      title={note || 'Older ones are fetched when you scroll up'}
    >
      {status.skipped > 0 && (
        <span
          className="mr-3 text-warn"
          data-testid="skipped"
          title="More messages than this page is sent; a narrower filter brings all of them"
        >
          {formatCount(status.skipped)}/s left out
        </span>
      )}
      <span data-testid="counts">
        {formatCount(rows)}
        {status.older === 'end' ? '' : '+'} {rows === 1 ? 'exchange' : 'exchanges'}
      </span>
    </span>
  );
}

interface EmptyListProps {
  filtered: boolean;
  pending: boolean;
  status: FeedStatus;
}

function EmptyList({ filtered, pending, status }: EmptyListProps) {
  if (pending || status.older !== 'end') return <Empty>Searching what is held</Empty>;
  return <Empty>{filtered ? 'No message passes.' : 'No messages yet.'}</Empty>;
}

export default function MessagesPage() {
  const phone = usePhone();
  const { query, change } = useAddress();
  const { text, setText, commit } = useFilterText(query.filter, change);
  const { feed, view, status, error, pending } = useFeed(query);
  const scroller = useRef<HTMLDivElement>(null);
  const filterInput = useRef<HTMLInputElement>(null);
  const sync = useRef<(() => void) | null>(null);
  const rowHeight = phone ? COMPACT_HEIGHT : ROW_HEIGHT;
  const follow = useFollow(feed.store, view, { scroller, sync, rowHeight });
  const selected = useSelected(feed.store, view.version);
  const onOlder = useOlder(feed, status, scroller, view.rows.length);
  const onRange = useOtherHalves(feed);
  const known = useKnownValues();
  const live = query.until === '';
  useRememberFilter(feed.query.filter);
  useNow(2000); // rows turn red without anything coming

  const onSelect = useCallback(
    (row: Row) => {
      if (row.kind !== 'exchange') return;
      follow.pause();
      change({ m: first(row).id });
    },
    [follow.pause, change],
  );
  const toggle = () => (follow.following ? follow.pause() : follow.resume());
  const close = () => {
    change({ m: '' });
    scroller.current?.focus();
  };
  useShortcuts({ '/': () => filterInput.current?.focus(), ' ': toggle, Escape: close });

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
        <FilterBox
          value={text}
          error={error}
          known={known}
          inputRef={filterInput}
          onChange={setText}
          onCommit={(filter) => {
            commit();
            rememberFilter(filter);
          }}
        />
        <div className="flex items-center gap-1.5 phone:order-last phone:w-full phone:overflow-x-auto">
          <RangeSelect since={query.since} until={query.until} onChange={change} />
          <Chips text={text} onChange={setText} />
        </div>
        <Counts rows={view.rows.length} status={status} />
        <ExportMenu query={query} />
      </Toolbar>
      <div className="relative flex min-h-0 flex-1 flex-col">
        <DataGrid
          label="Messages"
          rows={view.rows}
          count={follow.count}
          columns={MESSAGE_COLUMNS}
          rowKey={keyOf}
          rowTone={rowTone}
          rowVersion={rowVersion}
          banner={messageBanner}
          compact={compactMessage}
          selected={selected.rowId}
          onSelect={onSelect}
          onOpen={() => document.querySelector<HTMLElement>('[data-testid="message-detail"] [role="region"]')?.focus()}
          scrollRef={scroller}
          syncRef={sync}
          onScroll={() => {
            follow.onScroll();
            onOlder();
          }}
          onRange={onRange}
          empty={<EmptyList filtered={query.filter !== ''} pending={pending} status={status} />}
        />
        {!follow.following && (
          <Button
            look="solid"
            className="absolute right-5 bottom-3 z-20 tabular-nums"
            onClick={follow.resume}
            data-testid="resume"
          >
            {follow.fresh > 0 ? `${formatCount(follow.fresh)} new` : live ? 'Paused' : 'Newest'} ↓
          </Button>
        )}
      </div>
      {(selected.exchange || selected.gone) && (
        <DetailPane phone={phone}>
          {selected.exchange ? (
            <MessageDetail exchange={selected.exchange} onClose={close} />
          ) : (
            <GoneMessage id={selected.id ?? ''} onClose={close} />
          )}
        </DetailPane>
      )}
    </>
  );
}
