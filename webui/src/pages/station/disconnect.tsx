import { useState } from 'react';
import { ApiError, send } from '@/api/http';
import { useRole } from '@/api/session';
import { Button } from '@/components/controls';
import { Modal } from '@/components/modal';

export function Disconnect({ identity, onDone }: { identity: string; onDone: () => void }) {
  const role = useRole();
  const [open, setOpen] = useState(false);
  const [busy, setBusy] = useState(false);
  const [error, setError] = useState<string | null>(null);
  if (role === 'viewer') return null;

  async function disconnect() {
    setBusy(true);
    setError(null);
    try {
      await send('POST', `connections/${encodeURIComponent(identity)}/disconnect`);
      setOpen(false);
      onDone();
    } catch (reason) {
      setError(reason instanceof ApiError ? reason.message : String(reason));
    } finally {
      setBusy(false);
    }
  }

  return (
    <>
      <Button onClick={() => setOpen(true)}>Disconnect…</Button>
      <Modal open={open} title={`Disconnect ${identity}`} onClose={() => setOpen(false)}>
        <h2 className="border-b bg-panel px-4 py-2 font-semibold">Disconnect {identity}?</h2>
        <p className="px-4 py-3 text-muted">
          The gateway closes this station's WebSocket. A running transaction goes on in the station; most stations
          connect again within a minute.
        </p>
        {error && (
          <p role="alert" className="px-4 pb-3 text-bad">
            {error}
          </p>
        )}
        <div className="flex justify-end gap-2 border-t px-4 py-2.5">
          <Button onClick={() => setOpen(false)}>Cancel</Button>
          <Button look="danger" disabled={busy} onClick={() => void disconnect()}>
            Disconnect
          </Button>
        </div>
      </Modal>
    </>
  );
}
