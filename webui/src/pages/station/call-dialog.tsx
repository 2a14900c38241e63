import { type FormEvent, useId, useState } from 'react';
import type { CallOutcome } from '@/api/types';
import { Button, Label, Select, TextField } from '@/components/controls';
import { Modal } from '@/components/modal';
import { CallAnswer } from './call-answer';
import { parsePayload, templatesFor, templateText } from './call-templates';
import { call, type Target } from './commands';

const TIMEOUTS = [10, 30, 60, 120];

interface CallDialogProps {
  target: Target;
  protocol: string | undefined;
  onClose: () => void;
}

type Progress =
  | { phase: 'editing'; problem?: string }
  | { phase: 'waiting' }
  | { phase: 'answered'; outcome: CallOutcome };

function useCall(target: Target) {
  const [progress, setProgress] = useState<Progress>({ phase: 'editing' });
  async function start(action: string, payload: string, timeoutMs: number) {
    try {
      const value = parsePayload(payload);
      setProgress({ phase: 'waiting' });
      setProgress({ phase: 'answered', outcome: await call(target, action, value, timeoutMs) });
    } catch (reason) {
      setProgress({ phase: 'editing', problem: reason instanceof Error ? reason.message : String(reason) });
    }
  }
  return { progress, start };
}

/** Sends one CALL and shows what the station says to it. */
export function CallDialog({ target, protocol, onClose }: CallDialogProps) {
  const listId = useId();
  const [action, setAction] = useState('');
  const [payload, setPayload] = useState('{}');
  const [seconds, setSeconds] = useState(30);
  const { progress, start } = useCall(target);
  const waiting = progress.phase === 'waiting';

  function chooseAction(next: string) {
    // what was typed by hand stays
    if (payload === templateText(protocol, action)) setPayload(templateText(protocol, next));
    setAction(next);
  }
  function submit(event: FormEvent) {
    event.preventDefault();
    if (!waiting) void start(action.trim(), payload, seconds * 1000);
  }

  return (
    <Modal open title={`Send a CALL to ${target.identity}`} onClose={onClose} width="max-w-2xl">
      <form onSubmit={submit} className="flex flex-col gap-3 p-4">
        <h2 className="text-base font-semibold">
          Send a CALL to <span className="font-mono text-sm break-all">{target.identity}</span>
        </h2>
        <div className="flex flex-wrap gap-3">
          <Label text="Action" className="min-w-48 flex-1">
            <TextField
              autoFocus
              required
              list={listId}
              pattern="[A-Za-z0-9]{1,64}"
              title="Letters and digits"
              value={action}
              onChange={(event) => chooseAction(event.target.value)}
            />
          </Label>
          <datalist id={listId}>
            {Object.keys(templatesFor(protocol)).map((name) => (
              <option key={name} value={name} />
            ))}
          </datalist>
          <Label text="Wait for">
            <Select value={seconds} onChange={(event) => setSeconds(Number(event.target.value))}>
              {TIMEOUTS.map((value) => (
                <option key={value} value={value}>
                  {value} s
                </option>
              ))}
            </Select>
          </Label>
        </div>
        <Label text="Payload">
          <textarea
            className="h-44 resize-y rounded-md border border-edge bg-ground p-2 font-mono text-xs phone:text-base"
            spellCheck={false}
            value={payload}
            onChange={(event) => setPayload(event.target.value)}
            onKeyDown={(event) => {
              if (event.key === 'Enter' && (event.ctrlKey || event.metaKey)) event.currentTarget.form?.requestSubmit();
            }}
          />
        </Label>
        <div role="status" className="min-h-6">
          {waiting && <p className="text-muted">Waiting for the answer, {seconds} s at most…</p>}
          {progress.phase === 'editing' && progress.problem && <p className="text-bad">{progress.problem}</p>}
          {progress.phase === 'answered' && <CallAnswer outcome={progress.outcome} seconds={seconds} />}
        </div>
        <div className="flex justify-end gap-2">
          <Button onClick={onClose}>Close</Button>
          <Button type="submit" look="solid" disabled={waiting}>
            Send
          </Button>
        </div>
      </form>
    </Modal>
  );
}
