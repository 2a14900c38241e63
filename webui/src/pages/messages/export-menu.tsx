import { Download, X } from 'lucide-react';
import { DropdownMenu } from 'radix-ui';
import { useRef, useState } from 'react';
import { Button, IconButton } from '@/components/controls';
import { saveFile } from '@/lib/clipboard';
import { formatCount } from '@/lib/format';
import { collect, type ExportFormat, exportText, MOST_EXPORTED } from '@/messages/export';
import type { MessageQuery } from '@/messages/feed';

const ITEM =
  'flex h-7 items-center rounded-sm px-2 outline-none data-[highlighted]:bg-tint data-[highlighted]:text-accent phone:h-10';
const TYPES = { jsonl: 'application/jsonl', csv: 'text/csv' };

/** Fetches and saves all that passes; `count` is null while nothing is under way. */
function useExport(query: MessageQuery) {
  const [count, setCount] = useState<number | null>(null);
  const [failed, setFailed] = useState(false);
  const abort = useRef<AbortController | null>(null);
  async function run(format: ExportFormat) {
    const mine = new AbortController();
    abort.current = mine;
    setFailed(false);
    setCount(0);
    try {
      const messages = await collect(query, { onProgress: setCount, signal: mine.signal });
      const name = `ocpp-messages-${new Date().toISOString().replace(/[:.]/g, '-')}.${format}`;
      saveFile(name, TYPES[format], exportText(format, query, messages));
    } catch {
      setFailed(!mine.signal.aborted);
    }
    setCount(null);
  }
  return { count, failed, run, cancel: () => abort.current?.abort() };
}

/** Saves what passes the filter, from the server and not only what the list holds. */
export function ExportMenu({ query }: { query: MessageQuery }) {
  const { count, failed, run, cancel } = useExport(query);
  if (count !== null) {
    return (
      <Button className="w-24 text-xs" title="Cancel the export" onClick={cancel}>
        {formatCount(count)}
        <X className="size-3.5" />
      </Button>
    );
  }
  return (
    <DropdownMenu.Root modal={false}>
      <DropdownMenu.Trigger asChild>
        <IconButton
          label={failed ? 'Export failed; export again' : 'Export what passes the filter'}
          className={failed ? 'text-bad' : undefined}
        >
          <Download className="size-4" />
        </IconButton>
      </DropdownMenu.Trigger>
      <DropdownMenu.Portal>
        <DropdownMenu.Content
          align="end"
          className="z-50 min-w-56 rounded-md border border-edge bg-raised p-1 shadow-sm"
        >
          <DropdownMenu.Label className="px-2 py-1 text-xs text-muted">
            All that passes, at most {formatCount(MOST_EXPORTED)} messages
          </DropdownMenu.Label>
          <DropdownMenu.Item className={ITEM} onSelect={() => void run('jsonl')}>
            JSON Lines
            <span className="ml-auto text-xs text-muted">a line per message</span>
          </DropdownMenu.Item>
          <DropdownMenu.Item className={ITEM} onSelect={() => void run('csv')}>
            CSV
            <span className="ml-auto text-xs text-muted">a line per exchange</span>
          </DropdownMenu.Item>
        </DropdownMenu.Content>
      </DropdownMenu.Portal>
    </DropdownMenu.Root>
  );
}
