import { type ReactNode, useState } from 'react';
import { Button } from '@/components/controls';
import { Modal } from '@/components/modal';

interface ConfirmDialogProps {
  title: string;
  children: ReactNode;
  /** What the button that does it says. */
  verb: string;
  onConfirm: () => Promise<unknown>;
  onClose: () => void;
}

/** Asks before something happens to a station, and shows why it did not. */
export function ConfirmDialog({ title, children, verb, onConfirm, onClose }: ConfirmDialogProps) {
  const [busy, setBusy] = useState(false);
  const [error, setError] = useState<string | null>(null);

  async function run() {
    setBusy(true);
    setError(null);
    try {
      await onConfirm();
      onClose();
    } catch (reason) {
      setError(reason instanceof Error ? reason.message : String(reason));
      setBusy(false);
    }
  }

  return (
    <Modal open title={title} onClose={onClose}>
      <div className="flex flex-col gap-3 p-4">
        <h2 className="text-base font-semibold break-words">{title}</h2>
        <div className="text-muted">{children}</div>
        {error && (
          <p role="alert" className="text-bad">
            {error}
          </p>
        )}
        <div className="flex justify-end gap-2 pt-1">
          <Button autoFocus onClick={onClose}>
            Cancel
          </Button>
          <Button look="danger" disabled={busy} onClick={() => void run()}>
            {verb}
          </Button>
        </div>
      </div>
    </Modal>
  );
}
