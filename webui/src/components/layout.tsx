import type { ReactNode } from 'react';
import { cx } from '@/lib/class-names';

/** Controls above a table: one line, scrolling sideways on a phone. */
export function Toolbar({ children, label }: { children: ReactNode; label: string }) {
  return (
    <div
      role="toolbar"
      aria-label={label}
      className="flex min-h-10 shrink-0 flex-wrap items-center gap-2 border-b bg-panel px-3 py-1.5"
    >
      {children}
    </div>
  );
}

interface SectionProps {
  title: ReactNode;
  aside?: ReactNode;
  children: ReactNode;
  className?: string;
}

export function Section({ title, aside, children, className }: SectionProps) {
  return (
    <section
      aria-label={typeof title === 'string' ? title : undefined}
      className={cx('flex min-h-0 min-w-0 flex-col', className)}
    >
      <header className="flex h-8 shrink-0 items-center gap-3 border-b bg-panel px-3">
        <h2 className="text-xs font-semibold text-muted">{title}</h2>
        <div className="ml-auto flex items-center gap-2 text-xs text-muted">{aside}</div>
      </header>
      {children}
    </section>
  );
}

export function Empty({ children }: { children: ReactNode }) {
  return <p className="px-3 py-6 text-center text-muted">{children}</p>;
}

export function Problem({ children, onRetry }: { children: ReactNode; onRetry?: () => void }) {
  return (
    <div role="alert" className="flex items-center gap-3 border-b bg-bad-tint px-3 py-1.5 text-bad">
      <span className="min-w-0 flex-1">{children}</span>
      {onRetry && (
        <button type="button" className="underline" onClick={onRetry}>
          Try again
        </button>
      )}
    </div>
  );
}

/** Label and value pairs in aligned columns. */
export function Facts({ items }: { items: readonly (readonly [string, ReactNode])[] }) {
  return (
    <dl className="grid grid-cols-[minmax(7rem,max-content)_minmax(0,1fr)] gap-x-4 gap-y-0.5 px-3 py-2">
      {items.map(([name, value]) => (
        <div key={name} className="contents">
          <dt className="text-muted">{name}</dt>
          <dd className="min-w-0 truncate">{value}</dd>
        </div>
      ))}
    </dl>
  );
}
