import { useState } from 'react';
import { useNavigate } from 'react-router';
import { useOperator } from '@/api/session';
import type { StationDetail } from '@/api/types';
import { Button } from '@/components/controls';
import { CallDialog } from './call-dialog';
import { disconnect, forget, useControl } from './commands';
import { ConfirmDialog } from './confirm-dialog';

type Open = 'call' | 'disconnect' | 'forget' | null;

function DisconnectDialog({ station, onClose }: { station: StationDetail; onClose: () => void }) {
  const charging = station.transactions?.length ?? station.activeTransactions ?? 0;
  return (
    <ConfirmDialog
      title={`Disconnect ${station.identity}?`}
      verb="Disconnect"
      onConfirm={() => disconnect(station)}
      onClose={onClose}
    >
      Its connection to the gateway is closed. Most stations connect again by themselves within a minute.
      {charging > 0 &&
        ` ${charging === 1 ? 'A transaction is' : `${charging} transactions are`} open; charging goes on.`}
    </ConfirmDialog>
  );
}

function ForgetDialog({ station, onClose }: { station: StationDetail; onClose: () => void }) {
  const navigate = useNavigate();
  async function run() {
    await forget(station);
    navigate('/connections');
  }
  return (
    <ConfirmDialog title={`Forget ${station.identity}?`} verb="Forget" onConfirm={run} onClose={onClose}>
      The station is disconnected if it is online, and hidden from this dashboard with its messages until it connects
      again. Its security events stay.
    </ConfirmDialog>
  );
}

/** What operators may do to a station. Viewers see none of it. */
export function StationActions({ station }: { station: StationDetail }) {
  const operator = useOperator();
  const control = useControl(station.gateway);
  const [open, setOpen] = useState<Open>(null);
  const close = () => setOpen(null);
  if (control === undefined) return null;
  if (control === 'off') {
    return (
      <span className="text-xs text-muted" title="Its gateway takes no commands: gateway.control is off">
        Passive: this dashboard only watches
      </span>
    );
  }
  if (!operator) return null;
  const offline = station.status !== 'online';
  const unreachable = control === 'unreachable';
  const why = unreachable ? "The gateway's control socket does not answer" : offline ? 'Not connected' : undefined;
  return (
    <>
      {unreachable && <span className="text-xs text-warn">gateway takes no commands now</span>}
      <Button disabled={offline || unreachable} title={why} onClick={() => setOpen('call')}>
        Send CALL…
      </Button>
      <Button disabled={offline || unreachable} title={why} onClick={() => setOpen('disconnect')}>
        Disconnect…
      </Button>
      <Button disabled={unreachable} title={unreachable ? why : undefined} onClick={() => setOpen('forget')}>
        Forget…
      </Button>
      {open === 'call' && <CallDialog target={station} protocol={station.protocol} onClose={close} />}
      {open === 'disconnect' && <DisconnectDialog station={station} onClose={close} />}
      {open === 'forget' && <ForgetDialog station={station} onClose={close} />}
    </>
  );
}
