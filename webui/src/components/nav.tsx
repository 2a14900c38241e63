import { Activity, Gauge, MessagesSquare, PlugZap, ScrollText, ShieldAlert } from 'lucide-react';
import { NavLink } from 'react-router';
import { cx } from '@/lib/class-names';

export const PAGES = [
  { to: '/', label: 'Overview', icon: Gauge },
  { to: '/connections', label: 'Connections', icon: PlugZap },
  { to: '/messages', label: 'Messages', icon: MessagesSquare },
  { to: '/telemetry', label: 'Telemetry', icon: Activity },
  { to: '/security', label: 'Security', icon: ShieldAlert },
  { to: '/logs', label: 'Logs', icon: ScrollText },
] as const;

export function TopNav() {
  return (
    <nav aria-label="Pages" className="flex h-full items-stretch phone:hidden">
      {PAGES.map(({ to, label }) => (
        <NavLink
          key={to}
          to={to}
          end={to === '/'}
          className={({ isActive }) =>
            cx(
              'flex items-center border-b-2 px-3 pt-0.5',
              isActive ? 'border-accent font-medium text-ink' : 'border-transparent text-muted hover:text-ink',
            )
          }
        >
          {label}
        </NavLink>
      ))}
    </nav>
  );
}

export function BottomNav() {
  return (
    <nav aria-label="Pages" className="grid h-14 shrink-0 grid-cols-6 border-t bg-panel desk:hidden">
      {PAGES.map(({ to, label, icon: Icon }) => (
        <NavLink
          key={to}
          to={to}
          end={to === '/'}
          className={({ isActive }) =>
            cx('flex min-w-0 flex-col items-center justify-center gap-0.5', isActive ? 'text-accent' : 'text-muted')
          }
        >
          <Icon className="size-5" strokeWidth={1.6} aria-hidden="true" />
          <span className="max-w-full truncate text-[0.625rem] leading-3">{label}</span>
        </NavLink>
      ))}
    </nav>
  );
}
