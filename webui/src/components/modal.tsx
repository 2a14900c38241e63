import { type ReactNode, useEffect, useRef } from 'react';
import { cx } from '@/lib/class-names';

interface ModalProps {
  open: boolean;
  title: string;
  /** Escape and a click beside it; without this the dialog stays until its cause is gone. */
  onClose?: () => void;
  children: ReactNode;
  /** How wide it may be. */
  width?: string;
}

/** The browser's own dialog: focus trap, Escape and inertness of the page without any code. */
export function Modal({ open, title, onClose, children, width = 'max-w-md' }: ModalProps) {
  const ref = useRef<HTMLDialogElement>(null);
  useEffect(() => {
    const dialog = ref.current;
    if (!open) dialog?.close();
    else if (!dialog?.open) dialog?.showModal();
  }, [open]);
  return (
    // biome-ignore lint/a11y/useKeyWithClickEvents: Escape closes it
    <dialog
      ref={ref}
      aria-label={title}
      onCancel={(event) => {
        if (!onClose) event.preventDefault();
      }}
      // browsers close a dialog at the second Escape, whatever onCancel says
      onClose={() => {
        if (onClose) onClose();
        else ref.current?.showModal();
      }}
      onClick={(event) => {
        if (event.target === ref.current) onClose?.();
      }}
      className={cx('m-auto w-full rounded-md border border-edge bg-raised p-0 text-ink backdrop:bg-black/40', width)}
    >
      {open && children}
    </dialog>
  );
}
