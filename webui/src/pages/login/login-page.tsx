import { type FormEvent, useEffect, useState } from 'react';
import { useLocation, useNavigate } from 'react-router';
import { ApiError } from '@/api/http';
import { type Credentials, logIn } from '@/api/session';
import type { Session } from '@/api/types';
import { Brand } from '@/components/brand';
import { Button, TextField } from '@/components/controls';

function tokenInFragment(hash: string): string | null {
  return new URLSearchParams(hash.replace(/^#/, '')).get('token');
}

/** Counts down while the server makes us wait. */
function useWait(): [number, (seconds: number) => void] {
  const [left, setLeft] = useState(0);
  useEffect(() => {
    if (left <= 0) return;
    const timer = setTimeout(() => setLeft(left - 1), 1000);
    return () => clearTimeout(timer);
  }, [left]);
  return [left, setLeft];
}

function useLogIn() {
  const [error, setError] = useState<string | null>(null);
  const [busy, setBusy] = useState(false);
  const [wait, setWait] = useWait();
  const submit = async (credentials: Credentials) => {
    setBusy(true);
    setError(null);
    try {
      await logIn(credentials);
    } catch (reason) {
      const failure = reason instanceof ApiError ? reason : new ApiError(0, String(reason));
      if (failure.status === 429) setWait(failure.retryAfter ?? 60);
      setError(failure.message.charAt(0).toUpperCase() + failure.message.slice(1));
    } finally {
      setBusy(false);
    }
  };
  return { submit, error, busy, wait };
}

function Label({ children, text }: { children: React.ReactNode; text: string }) {
  return (
    // biome-ignore lint/a11y/noLabelWithoutControl: the control is the child
    <label className="flex flex-col gap-1">
      <span className="text-xs text-muted">{text}</span>
      {children}
    </label>
  );
}

export function LoginPage({ session, expired }: { session: Session; expired: boolean }) {
  const location = useLocation();
  const navigate = useNavigate();
  const { submit, error, busy, wait } = useLogIn();
  const byPassword = session.authMode !== 'token';
  const [token, setToken] = useState('');
  const [username, setUsername] = useState('');
  const [password, setPassword] = useState('');
  const atLogin = location.pathname === '/login';

  // biome-ignore lint/correctness/useExhaustiveDependencies: for each link that is opened, nothing else
  useEffect(() => {
    const given = tokenInFragment(location.hash);
    if (given === null) return;
    navigate({ pathname: atLogin ? '/' : location.pathname, search: location.search }, { replace: true });
    void submit({ token: given });
  }, [location.hash]);

  function onSubmit(event: FormEvent) {
    event.preventDefault();
    void submit(byPassword ? { username, password } : { token: token.trim() });
  }

  return (
    <main className="flex h-full flex-col items-center justify-center p-6">
      <form onSubmit={onSubmit} className="flex w-full max-w-80 flex-col gap-4">
        <h1 className="flex items-center gap-2.5 text-base font-semibold">
          <Brand />
          ocpp-board
        </h1>
        {expired && (
          <p className="border-l-2 border-warn pl-2.5 text-muted">Your session has ended. This page is kept.</p>
        )}
        {byPassword ? (
          <>
            <Label text="User">
              <TextField
                name="username"
                autoComplete="username"
                autoFocus
                required
                value={username}
                onChange={(event) => setUsername(event.target.value)}
              />
            </Label>
            <Label text="Password">
              <TextField
                name="password"
                type="password"
                autoComplete="current-password"
                required
                value={password}
                onChange={(event) => setPassword(event.target.value)}
              />
            </Label>
          </>
        ) : (
          <Label text="Access token">
            <TextField
              name="token"
              type="password"
              autoComplete="current-password"
              autoFocus
              required
              className="font-mono"
              value={token}
              onChange={(event) => setToken(event.target.value)}
            />
          </Label>
        )}
        <Button type="submit" look="solid" className="h-8" disabled={busy || wait > 0}>
          {wait > 0 ? `Wait ${wait} s` : 'Log in'}
        </Button>
        <p role="alert" className="min-h-5 text-bad">
          {error}
        </p>
      </form>
    </main>
  );
}
