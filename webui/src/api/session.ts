import { createStore, useStore } from '@/lib/store';
import { get, send, setCsrfToken, setSignedOutHandler } from './http';
import type { Session } from './types';

export type SessionState =
  | { phase: 'loading' }
  | { phase: 'unreachable'; error: string }
  | { phase: 'out'; session: Session }
  /** The session ended while pages were open: they stay as they are under a login. */
  | { phase: 'expired'; session: Session }
  | { phase: 'in'; session: Session };

export const sessionStore = createStore<SessionState>({ phase: 'loading' });

export function needsNoLogin({ authMode }: Session): boolean {
  return authMode === 'none' || authMode === 'disabled';
}

function accept(session: Session): void {
  setCsrfToken(session.csrfToken);
  if (session.authenticated || needsNoLogin(session)) {
    sessionStore.set({ phase: 'in', session });
    return;
  }
  const { phase } = sessionStore.get();
  sessionStore.set({ phase: phase === 'in' || phase === 'expired' ? 'expired' : 'out', session });
}

/** Asks the server who we are. An unreachable server never signs anybody out. */
export async function refreshSession(): Promise<void> {
  try {
    accept(await get<Session>('auth/session'));
  } catch (error) {
    const { phase } = sessionStore.get();
    if (phase === 'in' || phase === 'expired') return;
    sessionStore.set({ phase: 'unreachable', error: error instanceof Error ? error.message : String(error) });
  }
}

export type Credentials = { token: string } | { username: string; password: string };

export async function logIn(credentials: Credentials): Promise<void> {
  await send('POST', 'auth/login', credentials);
  accept(await get<Session>('auth/session'));
}

/** `everywhere`: all sessions of this user, other browsers included. */
export async function logOut(everywhere = false): Promise<void> {
  await send('POST', 'auth/logout', everywhere ? { everywhere } : {});
  const session = await get<Session>('auth/session');
  setCsrfToken(session.csrfToken);
  sessionStore.set({ phase: 'out', session });
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

/** Whether the one who is logged in may change things: disconnect, call, forget. Without a login everybody may. */
export function useOperator(): boolean {
  const state = useSession();
  return state.phase === 'in' && (needsNoLogin(state.session) || state.session.user?.role === 'operator');
}
