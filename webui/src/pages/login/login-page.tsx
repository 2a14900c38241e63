import { useEffect } from 'react';
import { useLocation, useNavigate } from 'react-router';
import type { Session } from '@/api/types';
import { Brand } from '@/components/brand';
import { LoginForm } from './login-form';
import { useLogIn } from './use-log-in';

function tokenInFragment(hash: string): string | null {
  return new URLSearchParams(hash.replace(/^#/, '')).get('token');
}

export function LoginPage({ session }: { session: Session }) {
  const location = useLocation();
  const navigate = useNavigate();
  const { submit, error, busy, wait } = useLogIn();
  const atLogin = location.pathname === '/login';

  // biome-ignore lint/correctness/useExhaustiveDependencies: for each link that is opened, nothing else
  useEffect(() => {
    const given = tokenInFragment(location.hash);
    if (given === null) return;
    navigate({ pathname: atLogin ? '/' : location.pathname, search: location.search }, { replace: true });
    void submit({ token: given });
  }, [location.hash]);

  return (
    <main className="flex h-full flex-col items-center justify-center p-6">
      <div className="flex w-full max-w-80 flex-col gap-4">
        <h1 className="flex items-center gap-2.5 text-base font-semibold">
          <Brand />
          ocpp-board
        </h1>
        <LoginForm mode={session.authMode} busy={busy} error={error} wait={wait} onSubmit={(c) => void submit(c)} />
      </div>
    </main>
  );
}
