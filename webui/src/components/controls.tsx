import type { ButtonHTMLAttributes, InputHTMLAttributes, ReactNode, Ref, SelectHTMLAttributes } from 'react';
import { cx } from '@/lib/class-names';

type ButtonProps = ButtonHTMLAttributes<HTMLButtonElement> & {
  look?: 'plain' | 'outline' | 'solid' | 'danger';
  ref?: Ref<HTMLButtonElement>;
};

const LOOKS = {
  plain: 'text-muted hover:bg-panel hover:text-ink',
  outline: 'border border-edge text-ink hover:bg-panel',
  solid: 'bg-accent font-medium text-on-accent hover:brightness-110',
  danger: 'border border-bad text-bad hover:bg-bad-tint',
};

export function Button({ look = 'outline', className, ...rest }: ButtonProps) {
  return (
    <button
      type="button"
      className={cx(
        'inline-flex h-7 shrink-0 items-center justify-center gap-1.5 rounded-md px-2.5 text-sm whitespace-nowrap select-none disabled:opacity-45 phone:h-9',
        LOOKS[look],
        className,
      )}
      {...rest}
    />
  );
}

interface IconButtonProps extends ButtonHTMLAttributes<HTMLButtonElement> {
  ref?: Ref<HTMLButtonElement>;
  label: string;
  pressed?: boolean;
}

export function IconButton({ label, pressed, className, ...rest }: IconButtonProps) {
  return (
    <button
      type="button"
      aria-label={label}
      aria-pressed={pressed}
      title={label}
      className={cx(
        'inline-flex size-7 shrink-0 items-center justify-center rounded-md select-none disabled:opacity-45 phone:size-9',
        pressed ? 'bg-tint text-accent' : 'text-muted hover:bg-panel hover:text-ink',
        className,
      )}
      {...rest}
    />
  );
}

export function Chip({ pressed, children, ...rest }: ButtonHTMLAttributes<HTMLButtonElement> & { pressed: boolean }) {
  return (
    <button
      type="button"
      aria-pressed={pressed}
      className={cx(
        'h-6 shrink-0 rounded-md border px-2 text-xs whitespace-nowrap select-none phone:h-8',
        pressed ? 'border-accent bg-tint text-accent' : 'text-muted hover:border-edge hover:text-ink',
      )}
      {...rest}
    >
      {children}
    </button>
  );
}

const FIELD =
  'h-7 min-w-0 rounded-md border border-edge bg-ground px-2 text-sm text-ink phone:h-9 phone:text-base focus-visible:outline-offset-0';

export function TextField({
  className,
  ...rest
}: InputHTMLAttributes<HTMLInputElement> & { ref?: Ref<HTMLInputElement> }) {
  return <input className={cx(FIELD, className)} spellCheck={false} autoComplete="off" {...rest} />;
}

export function Select({ className, children, ...rest }: SelectHTMLAttributes<HTMLSelectElement>) {
  return (
    <select className={cx(FIELD, 'pr-1', className)} {...rest}>
      {children}
    </select>
  );
}

/** A control and, above it, what it is. */
export function Label({ children, text, className }: { children: ReactNode; text: string; className?: string }) {
  return (
    // biome-ignore lint/a11y/noLabelWithoutControl: the control is the child
    <label className={cx('flex flex-col gap-1', className)}>
      <span className="text-xs text-muted">{text}</span>
      {children}
    </label>
  );
}

interface SegmentsProps<T extends string> {
  label: string;
  value: T;
  options: readonly { value: T; label: ReactNode }[];
  onChange: (value: T) => void;
}

/** A radio group that looks like one control. */
export function Segments<T extends string>({ label, value, options, onChange }: SegmentsProps<T>) {
  return (
    <fieldset className="inline-flex h-7 shrink-0 overflow-hidden rounded-md border border-edge phone:h-9">
      <legend className="sr-only">{label}</legend>
      {options.map((option) => (
        <button
          key={option.value}
          type="button"
          aria-pressed={option.value === value}
          onClick={() => onChange(option.value)}
          className={cx(
            'border-l border-edge px-2.5 text-xs whitespace-nowrap select-none first-of-type:border-l-0',
            option.value === value ? 'bg-tint font-medium text-accent' : 'text-muted hover:bg-panel hover:text-ink',
          )}
        >
          {option.label}
        </button>
      ))}
    </fieldset>
  );
}
