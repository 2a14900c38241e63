import { useEffect, useState } from 'react';
import { ApiError } from '@/api/http';
import { type Credentials, logIn } from '@/api/session';

/** Where the server doesn't say how long. */
const WAIT_SECONDS = 60;

/** Seconds that are left until `end`, counted by the clock: a page in the background counts right too. */
function useSecondsUntil(end: number): number {
  const [now, setNow] = useState(Date.now);
  const left = Math.max(0, Math.ceil((end - now) / 1000));
  useEffect(() => {
    setNow(Date.now());
    if (end <= Date.now()) return;
    const timer = setInterval(() => setNow(Date.now()), 250);
    return () => clearInterval(timer);
  }, [end]);
  return left;
}

function sentence(text: string): string {
  return text.charAt(0).toUpperCase() + text.slice(1);
}

/** One try at a time; while the server makes us wait, none. */
export function useLogIn() {
  const [error, setError] = useState<string | null>(null);
  const [busy, setBusy] = useState(false);
  const [waitUntil, setWaitUntil] = useState(0);
  const wait = useSecondsUntil(waitUntil);

  async function submit(credentials: Credentials) {
    setBusy(true);
    setError(null);
    try {
      await logIn(credentials);
    } catch (reason) {
      const failure = reason instanceof ApiError ? reason : new ApiError(0, String(reason));
      if (failure.status === 429) setWaitUntil(Date.now() + (failure.retryAfter ?? WAIT_SECONDS) * 1000);
      setError(sentence(failure.message));
    } finally {
      setBusy(false);
    }
  }
  return { submit, error, busy, wait };
}
