import { Download } from 'lucide-react';
import { DropdownMenu } from 'radix-ui';
import { IconButton } from '@/components/controls';
import type { Row } from '@/messages/exchange';
import { exportRows } from './export';

const ITEM =
  'flex h-7 items-center rounded-sm px-2 outline-none data-[highlighted]:bg-tint data-[highlighted]:text-accent phone:h-10';

/** Saves what the list shows. */
export function ExportMenu({ rows }: { rows: () => readonly Row[] }) {
  return (
    <DropdownMenu.Root modal={false}>
      <DropdownMenu.Trigger asChild>
        <IconButton label="Export what is shown">
          <Download className="size-4" />
        </IconButton>
      </DropdownMenu.Trigger>
      <DropdownMenu.Portal>
        <DropdownMenu.Content
          align="end"
          className="z-50 min-w-40 rounded-md border border-edge bg-raised p-1 shadow-sm"
        >
          <DropdownMenu.Item className={ITEM} onSelect={() => exportRows(rows(), 'jsonl')}>
            JSON Lines
          </DropdownMenu.Item>
          <DropdownMenu.Item className={ITEM} onSelect={() => exportRows(rows(), 'csv')}>
            CSV
          </DropdownMenu.Item>
        </DropdownMenu.Content>
      </DropdownMenu.Portal>
    </DropdownMenu.Root>
  );
}
