import { lazy, Suspense, useEffect } from 'react';
import { Navigate, Route, Routes } from 'react-router';
import { refreshSession, useSession } from './api/session';
import { Button } from './components/controls';
import { Shell } from './components/shell';
import { GoProvider } from './lib/go';
import { loadRecent } from './messages/live';
import { LoginDialog } from './pages/login/login-dialog';
import { LoginPage } from './pages/login/login-page';
import { OverviewPage } from './pages/overview/overview-page';
import { startStream, stopStream } from './stream/hub';
import { loadRecentTelemetry } from './stream/telemetry-store';

const ConnectionsPage = lazy(() => import('./pages/connections/connections-page'));
const StationPage = lazy(() => import('./pages/station/station-page'));
const MessagesPage = lazy(() => import('./pages/messages/messages-page'));
const LogsPage = lazy(() => import('./pages/logs/logs-page'));
const TelemetryPage = lazy(() => import('./pages/telemetry/telemetry-page'));
const SecurityPage = lazy(() => import('./pages/security/security-page'));

function Unreachable({ error }: { error: string }) {
  useEffect(() => {
    const timer = setInterval(() => void refreshSession(), 2000);
    return () => clearInterval(timer);
  }, []);
  return (
    <main className="flex h-full flex-col items-center justify-center gap-3 p-6 text-center">
      <h1 className="text-base font-semibold">No connection to ocpp-boardd</h1>
      <p className="text-muted">{error}. Charging does not depend on it. Trying again every 2 s.</p>
      <Button onClick={() => void refreshSession()}>Try now</Button>
    </main>
  );
}

function Pages({ signedIn }: { signedIn: boolean }) {
  useEffect(() => {
    if (!signedIn) return;
    startStream();
    loadRecent().catch(() => {});
    void loadRecentTelemetry();
  }, [signedIn]);
  // not with the session: the stream goes on after the next login where it was
  useEffect(() => stopStream, []);
  return (
    <GoProvider>
      <Shell>
        <Suspense fallback={null}>
          <Routes>
            <Route index element={<OverviewPage />} />
            <Route path="connections" element={<ConnectionsPage />} />
            <Route path="station" element={<StationPage />} />
            <Route path="messages" element={<MessagesPage />} />
            <Route path="logs" element={<LogsPage />} />
            <Route path="telemetry" element={<TelemetryPage />} />
            <Route path="security" element={<SecurityPage />} />
            <Route path="*" element={<Navigate to="/" replace />} />
          </Routes>
        </Suspense>
      </Shell>
    </GoProvider>
  );
}

export function App() {
  const state = useSession();
  if (state.phase === 'loading') return null;
  if (state.phase === 'unreachable') return <Unreachable error={state.error} />;
  if (state.phase === 'out') return <LoginPage session={state.session} />;
  return (
    <>
      <Pages signedIn={state.phase === 'in'} />
      {state.phase === 'expired' && <LoginDialog session={state.session} />}
    </>
  );
}
