import { Settings2 } from 'lucide-react';
import { lazy, type ReactNode, Suspense, useState } from 'react';
import { Link } from 'react-router';
import { Brand } from './brand';
import { IconButton } from './controls';
import { GatewayBanner } from './gateway-banner';
import { KeyboardHelp } from './keyboard-help';
import { BottomNav, TopNav } from './nav';
import { StatusBar } from './status-bar';
import { StreamBanner, StreamStatus } from './stream-status';
import { useShortcuts } from './use-shortcuts';

/** Neither is needed for the first paint. */
const Palette = lazy(() => import('./palette'));
const SettingsMenu = lazy(() => import('./settings-menu'));

function MenuPlaceholder() {
  return (
    <IconButton label="Settings" disabled>
      <Settings2 className="size-4" />
    </IconButton>
  );
}

export function Shell({ children }: { children: ReactNode }) {
  const [help, setHelp] = useState(false);
  const [palette, setPalette] = useState(false);
  useShortcuts({ '?': () => setHelp(true), 'mod+k': () => setPalette(true) });
  return (
    <div className="flex h-full flex-col">
      <header className="flex h-11 shrink-0 items-center gap-2 border-b pr-2 pl-3">
        <Link to="/" className="flex items-center gap-2 pr-3 font-semibold">
          <Brand />
          ocpp-board
        </Link>
        <TopNav />
        <div className="ml-auto flex items-center gap-1">
          <StreamStatus />
          <Suspense fallback={<MenuPlaceholder />}>
            <SettingsMenu onHelp={() => setHelp(true)} />
          </Suspense>
        </div>
      </header>
      <StreamBanner />
      <GatewayBanner />
      <main className="flex min-h-0 flex-1 flex-col">{children}</main>
      <StatusBar />
      <BottomNav />
      {palette && (
        <Suspense fallback={null}>
          <Palette onClose={() => setPalette(false)} />
        </Suspense>
      )}
      <KeyboardHelp open={help} onClose={() => setHelp(false)} />
    </div>
  );
}
