import { type ReactNode, useEffect, useRef } from 'react';
import { cx } from '@/lib/class-names';

interface ModalProps {
  open: boolean;
  title: string;
  onClose: () => void;
  children: ReactNode;
  className?: string;
}

/** The browser's own dialog: focus trap, Escape and inertness of the page without any code. */
export function Modal({ open, title, onClose, children, className }: ModalProps) {
  const ref = useRef<HTMLDialogElement>(null);
  useEffect(() => {
    if (open) ref.current?.showModal();
    else ref.current?.close();
  }, [open]);
  return (
    // biome-ignore lint/a11y/useKeyWithClickEvents: Escape closes it
    <dialog
      ref={ref}
      aria-label={title}
      onClose={onClose}
      onClick={(event) => {
        if (event.target === ref.current) onClose();
      }}
      className={cx(
        'm-auto w-full max-w-md rounded-md border border-edge bg-raised p-0 text-ink backdrop:bg-black/40',
        className,
      )}
    >
      {open && children}
    </dialog>
  );
}
