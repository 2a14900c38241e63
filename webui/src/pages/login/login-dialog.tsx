import type { Session } from '@/api/types';
import { Modal } from '@/components/modal';
import { LoginForm } from './login-form';
import { useLogIn } from './use-log-in';

/** Over the page that was open when the session ended. Only a login closes it. */
export function LoginDialog({ session }: { session: Session }) {
  const { submit, error, busy, wait } = useLogIn();
  return (
    <Modal open title="Log in again" width="max-w-80">
      <div className="flex flex-col gap-4 p-5 pb-3">
        <div>
          <h2 className="text-base font-semibold">Your session has ended</h2>
          <p className="text-muted">Log in to go on. The page stays as it is.</p>
        </div>
        <LoginForm mode={session.authMode} busy={busy} error={error} wait={wait} onSubmit={(c) => void submit(c)} />
      </div>
    </Modal>
  );
}
