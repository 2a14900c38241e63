import { send } from '@/api/http';
import type { CallOutcome, Control, Json, Overview } from '@/api/types';
import { useResource } from '@/api/use-resource';

/** Which station at which gateway. */
export interface Target {
  identity: string;
  gateway: string;
}

function pathOf({ identity }: Target, command: string): string {
  return `connections/${encodeURIComponent(identity)}/${command}`;
}

export function disconnect(target: Target): Promise<{ disconnected: boolean }> {
  return send('POST', pathOf(target, 'disconnect'), { gateway: target.gateway });
}

/** Hides the station and its messages from this dashboard. Security events stay. */
export function forget(target: Target): Promise<{ hidden: boolean }> {
  return send('POST', pathOf(target, 'purge'), { gateway: target.gateway });
}

export function call(target: Target, action: string, payload: Json, timeoutMs: number): Promise<CallOutcome> {
  return send('POST', pathOf(target, 'call'), { action, payload, gateway: target.gateway, timeoutMs });
}

/** Whether the station's gateway takes commands; undefined until that is known. */
export function useControl(gateway: string | undefined): Control | undefined {
  const { data } = useResource<Overview>('overview', undefined, 10_000);
  if (!data || !gateway) return undefined;
  return data.gateways?.find(({ name }) => name === gateway)?.control ?? 'off';
}
