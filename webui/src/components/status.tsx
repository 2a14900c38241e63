import type { Severity } from '@/api/types';
import { cx } from '@/lib/class-names';

export type Tone = 'ok' | 'warn' | 'bad' | 'idle' | 'accent';

const TEXT: Record<Tone, string> = {
  ok: 'text-ok',
  warn: 'text-warn',
  bad: 'text-bad',
  idle: 'text-faint',
  accent: 'text-accent',
};

/** Shapes differ as well as colours: a disc is good, a ring is off, a triangle warns, a diamond is bad. */
export function Mark({ tone, className }: { tone: Tone; className?: string }) {
  return (
    <svg
      viewBox="0 0 10 10"
      className={cx('inline-block size-[9px] shrink-0', TEXT[tone], className)}
      aria-hidden="true"
    >
      {(tone === 'ok' || tone === 'accent') && <circle cx="5" cy="5" r="4" fill="currentColor" />}
      {tone === 'idle' && <circle cx="5" cy="5" r="3.4" fill="none" stroke="currentColor" strokeWidth="1.4" />}
      {tone === 'warn' && <path d="M5 .8 9.6 9.2H.4z" fill="currentColor" />}
      {tone === 'bad' && <path d="M5 0 10 5 5 10 0 5z" fill="currentColor" />}
    </svg>
  );
}

export function Status({ tone, children, quiet }: { tone: Tone; children: React.ReactNode; quiet?: boolean }) {
  return (
    <span className="inline-flex max-w-full min-w-0 items-center gap-1.5 align-bottom whitespace-nowrap">
      <Mark tone={tone} />
      <span className={cx('truncate', quiet ? undefined : TEXT[tone])}>{children}</span>
    </span>
  );
}

export const SEVERITY_TONE: Record<Severity, Tone> = { low: 'idle', medium: 'warn', high: 'bad', critical: 'bad' };

export function SeverityLabel({ severity }: { severity: Severity }) {
  if (severity === 'critical') {
    return <span className="rounded-sm bg-bad px-1.5 text-2xs font-semibold text-ground">critical</span>;
  }
  return <Status tone={SEVERITY_TONE[severity] ?? 'idle'}>{severity}</Status>;
}
