import { useMemo } from 'react';
import { DataGrid } from '@/components/data-grid';
import { Empty } from '@/components/layout';
import { usePhone } from '@/lib/use-media';
import type { MessageView } from '@/messages/message-store';
import { compactMessage, messageBanner, rowTone, rowVersion, STATION_MESSAGE_COLUMNS } from '../messages/columns';
import { DetailPane } from '../messages/detail-pane';
import { MessageDetail } from '../messages/message-detail';

interface StationMessagesProps {
  identity: string;
  view: MessageView;
  selected: string | null;
  onSelect: (id: string | null) => void;
}

/** The newest on top, the chosen one below. */
export function StationMessages({ identity, view, selected, onSelect }: StationMessagesProps) {
  const phone = usePhone();
  const rows = useMemo(() => view.rows.toReversed(), [view]);
  const chosen = rows.find((row) => row.id === selected);
  return (
    <>
      <DataGrid
        label={`Messages of ${identity}`}
        rows={rows}
        columns={STATION_MESSAGE_COLUMNS}
        rowKey={(row) => row.id}
        rowTone={rowTone}
        rowVersion={rowVersion}
        banner={messageBanner}
        compact={compactMessage}
        selected={selected}
        onSelect={(row) => row.kind === 'exchange' && onSelect(row.id)}
        empty={<Empty>No messages of this station are held.</Empty>}
      />
      {chosen?.kind === 'exchange' && (
        <DetailPane phone={phone}>
          <MessageDetail exchange={chosen} onClose={() => onSelect(null)} />
        </DetailPane>
      )}
    </>
  );
}
