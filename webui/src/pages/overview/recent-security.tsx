import { useEffect } from 'react';
import { Link } from 'react-router';
import type { SecurityEvent } from '@/api/types';
import { useResource } from '@/api/use-resource';
import { Empty, Section } from '@/components/layout';
import { SeverityLabel } from '@/components/status';
import { Time } from '@/components/time';
import { onStream } from '@/stream/hub';

const SHOWN = 20;

interface SecurityAnswer {
  events: SecurityEvent[];
  totalCount: number;
}

export function RecentSecurity() {
  const { data, refresh } = useResource<SecurityAnswer>('security-events', { limit: SHOWN }, 30_000);
  useEffect(() => {
    let timer: ReturnType<typeof setTimeout> | undefined;
    const end = onStream('security', () => {
      timer ??= setTimeout(() => {
        timer = undefined;
        refresh();
      }, 1000);
    });
    return () => {
      end();
      clearTimeout(timer);
    };
  }, [refresh]);
  return (
    <Section
      title="Security"
      className="min-h-36 flex-1 border-t"
      aside={
        <Link to="/security" className="text-accent hover:underline">
          All events
        </Link>
      }
    >
      {data?.events.length === 0 && <Empty>No security events.</Empty>}
      <ul className="min-h-0 flex-1 overflow-hidden">
        {data?.events.map((event) => (
          <li
            key={event.id}
            className="grid h-[26px] grid-cols-[6.5rem_5rem_minmax(0,1fr)] items-center gap-2 border-b border-line/60 px-3"
            title={event.message}
          >
            <span className="font-mono text-xs">
              <Time at={event.timestamp} />
            </span>
            <SeverityLabel severity={event.severity} />
            <span className="truncate">
              {event.identity && <span className="font-mono text-xs">{event.identity} </span>}
              <span className="text-muted">{event.message ?? event.category}</span>
            </span>
          </li>
        ))}
      </ul>
    </Section>
  );
}
