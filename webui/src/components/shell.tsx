import { Settings2 } from 'lucide-react';
import { lazy, type ReactNode, Suspense, useEffect, useRef, useState } from 'react';
import { Link, useLocation } from 'react-router';
import { Brand } from './brand';
import { IconButton } from './controls';
import { GatewayBanner } from './gateway-banner';
import { KeyboardHelp } from './keyboard-help';
import { BottomNav, PAGES, TopNav } from './nav';
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

/** What tabs and the history of the browser call the page. */
function useTitle(): void {
  const { pathname, search } = useLocation();
  useEffect(() => {
    const page = PAGES.find(({ to }) => to === pathname)?.label;
    const name = pathname === '/station' ? new URLSearchParams(search).get('id') : page;
    document.title = name ? `${name} · ocpp-board` : 'ocpp-board';
  }, [pathname, search]);
}

export function Shell({ children }: { children: ReactNode }) {
  const [help, setHelp] = useState(false);
  const [palette, setPalette] = useState(false);
  const main = useRef<HTMLElement>(null);
  useTitle();
  useShortcuts({ '?': () => setHelp(true), 'mod+k': () => setPalette(true) });
  return (
    <div className="flex h-full flex-col">
      <button
        type="button"
        className="sr-only focus:not-sr-only focus:absolute focus:z-50 focus:bg-raised focus:px-3 focus:py-2"
        onClick={() => main.current?.focus()}
      >
        Skip to the page
      </button>
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
      <main ref={main} tabIndex={-1} className="flex min-h-0 flex-1 flex-col outline-none">
        {children}
      </main>
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
