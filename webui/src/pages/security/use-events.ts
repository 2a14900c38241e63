import { useEffect, useMemo, useState } from 'react';
import type { SecurityEvent } from '@/api/types';
import { useResource } from '@/api/use-resource';
import { onStream } from '@/stream/hub';
import { sourceOf } from './group';

const MOST = 1000;

export interface EventFilter {
  category: string;
  severity: string;
  /** Identity of a station, to the letter. */
  identity: string;
  /** Text within the event. */
  q: string;
  /** A host, as the view by source has it. */
  source: string;
}

interface Answer {
  events: SecurityEvent[];
  totalCount: number;
}

function passes(event: SecurityEvent, { category, severity, identity, q, source }: EventFilter): boolean {
  const text = `${event.identity ?? ''} ${event.remoteAddress ?? ''} ${event.message ?? ''}`.toLowerCase();
  return (
    (!category || event.category === category) &&
    (!severity || event.severity === severity) &&
    (!identity || event.identity === identity) &&
    (!q || text.includes(q.toLowerCase())) &&
    (!source || sourceOf(event) === source)
  );
}

/** The newest events that pass, those that come while the page is open included. */
export function useEvents(filter: EventFilter) {
  const { category, severity, identity, q, source } = filter;
  const query = { category, severity, identity, q, limit: MOST };
  const resource = useResource<Answer>('security-events', query, 30_000);
  const [fresh, setFresh] = useState<SecurityEvent[]>([]);
  useEffect(() => onStream('security', (event) => setFresh((previous) => [event, ...previous].slice(0, MOST))), []);
  const events = useMemo(() => {
    const known = new Set(resource.data?.events.map(({ id }) => id));
    const all = [...fresh.filter(({ id }) => !known.has(id)), ...(resource.data?.events ?? [])];
    return all.filter((event) => passes(event, { category, severity, identity, q, source }));
  }, [fresh, resource.data, category, severity, identity, q, source]);
  return { ...resource, events };
}
