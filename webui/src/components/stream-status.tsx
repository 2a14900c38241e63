import { useNow } from '@/lib/use-now';
import { retryStream, useStreamState } from '@/stream/hub';
import { usePaused } from '@/stream/paused';
import type { StreamState } from '@/stream/types';
import { Mark, type Tone } from './status';

interface Shown {
  tone: Tone;
  word: string;
  title: string;
}

function shownLive(lagging: boolean, paused: boolean): Shown {
  if (lagging) return { tone: 'warn', word: 'Lagging', title: 'Events arrive late, but all of them' };
  if (paused) return { tone: 'accent', word: 'Paused', title: 'Events arrive; the list on this page stands still' };
  return { tone: 'ok', word: 'Live', title: 'Events arrive as they happen' };
}

export function shownState(state: StreamState, now: number, paused = false): Shown {
  switch (state.phase) {
    case 'live':
      return shownLive(state.lagging, paused);
    case 'waiting': {
      const seconds = Math.max(0, Math.ceil((state.retryAt - now) / 1000));
      return {
        tone: 'warn',
        word: 'Reconnecting',
        title: `No live events: ${state.reason}. Next try in ${seconds} s.`,
      };
    }
    case 'connecting':
      return state.attempt > 1
        ? { tone: 'warn', word: 'Reconnecting', title: 'No live events: connecting again' }
        : { tone: 'idle', word: 'Connecting', title: 'Opening the event stream' };
    case 'signed-out':
      return { tone: 'warn', word: 'Signed out', title: 'The session has ended' };
    case 'refused':
      return { tone: 'bad', word: 'Refused', title: `No live events: ${state.reason}` };
    case 'idle':
      return { tone: 'idle', word: 'Off', title: 'No event stream' };
  }
}

export function StreamStatus() {
  const state = useStreamState();
  const now = useNow();
  const { tone, word, title } = shownState(state, now, usePaused());
  return (
    <button
      type="button"
      title={title}
      onClick={retryStream}
      data-stream={state.phase}
      className="flex h-7 w-28 items-center justify-end gap-1.5 rounded-md px-2 text-xs hover:bg-panel"
    >
      <Mark tone={tone} />
      <span role="status">{word}</span>
    </button>
  );
}

/** What stands over the page while nothing new can arrive. */
export function StreamBanner() {
  const state = useStreamState();
  const now = useNow();
  const lost = state.phase === 'waiting' || (state.phase === 'connecting' && state.attempt > 1);
  if (!lost) return null;
  return (
    <div className="flex shrink-0 items-center gap-2 border-b bg-warn-tint px-3 py-1 text-xs">
      <Mark tone="warn" />
      <span className="min-w-0 flex-1">
        {shownState(state, now).title} What is shown may be old; missed events are fetched afterwards.
      </span>
      <button type="button" className="underline" onClick={retryStream}>
        Retry now
      </button>
    </div>
  );
}
