import { type FormEvent, useState } from 'react';
import type { Credentials } from '@/api/session';
import type { AuthMode } from '@/api/types';
import { Button, Label, TextField } from '@/components/controls';
import { formatDuration } from '@/lib/format';

interface LoginFormProps {
  mode: AuthMode;
  busy: boolean;
  error: string | null;
  /** Seconds until the server takes another try. */
  wait: number;
  onSubmit: (credentials: Credentials) => void;
}

function TokenField({ value, onChange }: { value: string; onChange: (value: string) => void }) {
  return (
    <Label text="Access token">
      <TextField
        name="token"
        type="password"
        autoComplete="current-password"
        autoFocus
        required
        className="font-mono"
        value={value}
        onChange={(event) => onChange(event.target.value)}
      />
    </Label>
  );
}

/** The token of `token` mode; name and password where users have names. */
export function LoginForm({ mode, busy, error, wait, onSubmit }: LoginFormProps) {
  const byToken = mode === 'token';
  const [token, setToken] = useState('');
  const [username, setUsername] = useState('');
  const [password, setPassword] = useState('');

  function submit(event: FormEvent) {
    event.preventDefault();
    if (busy || wait > 0) return;
    onSubmit(byToken ? { token: token.trim() } : { username, password });
  }

  return (
    <form onSubmit={submit} className="flex flex-col gap-4">
      {byToken ? (
        <TokenField value={token} onChange={setToken} />
      ) : (
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
      )}
      <Button type="submit" look="solid" className="h-8" disabled={busy || wait > 0}>
        {wait > 0 ? `Wait ${formatDuration(wait * 1000)}` : 'Log in'}
      </Button>
      <p role="alert" className="min-h-10 text-bad">
        {error}
      </p>
    </form>
  );
}
