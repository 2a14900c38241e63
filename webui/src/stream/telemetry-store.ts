import { get } from '@/api/http';
import type { GatewayState, Telemetry } from '@/api/types';
import { createStore, useStore } from '@/lib/store';
import { onStream } from './hub';

/** Two-second samples of the last five minutes: what sparklines show. */
export const SPARK_SLOTS = 150;

export interface TelemetryState {
  latest: Telemetry | null;
  recent: readonly Telemetry[];
  gateways: Readonly<Record<string, GatewayState>>;
}

export const telemetryStore = createStore<TelemetryState>({ latest: null, recent: [], gateways: {} });

function append(state: TelemetryState, sample: Telemetry): TelemetryState {
  const gateways = { ...state.gateways };
  for (const gateway of sample.gateways ?? []) gateways[gateway.name] = gateway.state;
  return { latest: sample, recent: [...state.recent.slice(1 - SPARK_SLOTS), sample], gateways };
}

onStream('telemetry', (sample) => telemetryStore.set((state) => append(state, sample)));
onStream('gateway', ({ name, state }) =>
  telemetryStore.set((previous) => ({ ...previous, gateways: { ...previous.gateways, [name]: state } })),
);

/** The server may answer a bare array or one under `samples`. */
export function samplesOf(answer: unknown): Telemetry[] {
  if (Array.isArray(answer)) return answer as Telemetry[];
  if (!answer || typeof answer !== 'object') return [];
  for (const key of ['samples', 'history', 'recent']) {
    const list = (answer as Record<string, unknown>)[key];
    if (Array.isArray(list)) return list as Telemetry[];
  }
  return [];
}

let asked = false;

export async function loadRecentTelemetry(): Promise<void> {
  if (asked) return;
  asked = true;
  try {
    const since = new Date(Date.now() - SPARK_SLOTS * 2000).toISOString();
    const [history, snapshot] = await Promise.all([
      get<unknown>('telemetry/history', { since }).then(samplesOf),
      get<Telemetry>('telemetry'),
    ]);
    telemetryStore.set((state) => {
      const firstLive = state.recent[0]?.timestamp;
      const older = firstLive ? history.filter((sample) => sample.timestamp < firstLive) : history;
      const recent = [...older, ...state.recent].slice(-SPARK_SLOTS);
      const latest = state.latest ?? snapshot;
      const gateways = { ...state.gateways };
      for (const gateway of latest?.gateways ?? []) gateways[gateway.name] ??= gateway.state;
      return { latest, recent, gateways };
    });
  } catch {
    asked = false;
  }
}

export function useTelemetry(): TelemetryState {
  return useStore(telemetryStore);
}
