import { X } from 'lucide-react';
import { Link } from 'react-router';
import type { SecurityEvent } from '@/api/types';
import { IconButton } from '@/components/controls';
import { Facts } from '@/components/layout';
import { StationLink } from '@/components/station-link';
import { SeverityLabel } from '@/components/status';
import { DateTime } from '@/components/time';
import { formatCount, NONE } from '@/lib/format';
import { quoteValue } from '@/messages/filter';
import { categoryText } from './categories';

export function SecurityDetail({ event, onClose }: { event: SecurityEvent; onClose: () => void }) {
  return (
    <aside aria-label="Security event" className="shrink-0 border-t border-edge">
      <header className="flex h-9 items-center gap-3 border-b bg-panel px-3">
        <h2 className="font-semibold">{categoryText(event.category)}</h2>
        <SeverityLabel severity={event.severity} />
        <div className="ml-auto">
          <IconButton label="Close" onClick={onClose}>
            <X className="size-4" />
          </IconButton>
        </div>
      </header>
      <p className="px-3 pt-2 break-words">{event.message}</p>
      <Facts
        items={[
          ['Time', <DateTime key="t" at={event.timestamp} />],
          [
            'Station',
            event.identity ? <StationLink key="s" identity={event.identity} gateway={event.gateway} /> : NONE,
          ],
          [
            'Address',
            <span key="a" className="font-mono text-xs">
              {event.remoteAddress ?? NONE}
            </span>,
          ],
          ['Gateway', event.gateway],
          ['Times', formatCount(event.count ?? 1)],
          [
            'Messages',
            event.identity ? (
              <Link
                key="m"
                className="text-accent hover:underline"
                to={`/messages?filter=${encodeURIComponent(`station:${quoteValue(event.identity)}`)}`}
              >
                of this station
              </Link>
            ) : (
              NONE
            ),
          ],
        ]}
      />
    </aside>
  );
}
