import { Link } from 'react-router';
import type { SecurityEvent } from '@/api/types';
import { Empty, Section } from '@/components/layout';
import { SeverityLabel } from '@/components/status';
import { Time } from '@/components/time';

export function RecentSecurity({ events }: { events: readonly SecurityEvent[] | undefined }) {
  return (
    <Section
      title="Security"
      className="min-h-36 flex-1 border-t phone:min-h-0 phone:flex-none"
      aside={
        <Link to="/security" className="text-accent hover:underline">
          All events
        </Link>
      }
    >
      {events?.length === 0 && <Empty>No security events.</Empty>}
      <ul className="min-h-0 flex-1 overflow-auto phone:max-h-[8.125rem]">
        {events?.map((event) => (
          <li key={event.id}>
            <Link
              to={`/security?e=${encodeURIComponent(event.id)}`}
              className="grid h-[26px] grid-cols-[6.5rem_4.75rem_minmax(0,1fr)] items-center gap-2 border-b border-line/60 px-3 hover:bg-panel"
              title={event.message}
            >
              <span className="font-mono text-xs">
                <Time at={event.timestamp} />
              </span>
              <SeverityLabel severity={event.severity} />
              <span className="truncate">
                {event.identity && <span className="font-mono text-xs">{event.identity} </span>}
                <span className="text-muted">{event.message}</span>
              </span>
            </Link>
          </li>
        ))}
      </ul>
    </Section>
  );
}
