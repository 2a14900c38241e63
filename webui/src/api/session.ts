import { createStore, useStore } from '@/lib/store';
import { get, send, setCsrfToken, setSignedOutHandler } from './http';
import type { Session } from './types';

export type SessionState =
  | { phase: 'loading' }
  | { phase: 'unreachable'; error: string }
  | { phase: 'out'; session: Session; expired: boolean }
  | { phase: 'in'; session: Session };

export const sessionStore = createStore<SessionState>({ phase: 'loading' });

function accept(session: Session): void {
  setCsrfToken(session.csrfToken);
  const wasIn = sessionStore.get().phase === 'in';
  if (session.authenticated || session.authMode === 'disabled') sessionStore.set({ phase: 'in', session });
  else sessionStore.set({ phase: 'out', session, expired: wasIn });
}

/** Asks the server who we are. An unreachable server never signs anybody out. */
export async function refreshSession(): Promise<void> {
  try {
    accept(await get<Session>('auth/session'));
  } catch (error) {
    if (sessionStore.get().phase === 'in') return;
    sessionStore.set({ phase: 'unreachable', error: error instanceof Error ? error.message : String(error) });
  }
}

export type Credentials = { token: string } | { username: string; password: string };

export async function logIn(credentials: Credentials): Promise<void> {
  await send('POST', 'auth/login', credentials);
  accept(await get<Session>('auth/session'));
}

export async function logOut(): Promise<void> {
  await send('POST', 'auth/logout');
  const session = await get<Session>('auth/session');
  setCsrfToken(session.csrfToken);
  sessionStore.set({ phase: 'out', session, expired: false });
}

let refreshing = false;
setSignedOutHandler(() => {
  if (refreshing || sessionStore.get().phase !== 'in') return;
  refreshing = true;
  void refreshSession().finally(() => {
    refreshing = false;
  });
});

export function useSession(): SessionState {
  return useStore(sessionStore);
}
