import { Copy } from 'lucide-react';
import { DropdownMenu } from 'radix-ui';
import { useState } from 'react';
import { Button } from '@/components/controls';
import { copyText } from '@/lib/clipboard';
import type { Exchange } from '@/messages/exchange';
import { copies } from './copies';

const DONE_MS = 1200;

export function CopyMenu({ exchange, raw }: { exchange: Exchange; raw: Record<string, string> }) {
  const [done, setDone] = useState<'Copy' | 'Copied' | 'Failed'>('Copy');
  async function copy(text: string) {
    setDone((await copyText(text)) ? 'Copied' : 'Failed');
    setTimeout(() => setDone('Copy'), DONE_MS);
  }
  return (
    <DropdownMenu.Root modal={false}>
      <DropdownMenu.Trigger asChild>
        <Button look="plain" aria-label="Copy">
          <Copy className="size-3.5" />
          <span className="w-12 text-left">{done}</span>
        </Button>
      </DropdownMenu.Trigger>
      <DropdownMenu.Portal>
        <DropdownMenu.Content
          align="end"
          className="z-50 min-w-48 rounded-md border border-edge bg-raised p-1 shadow-sm"
        >
          {copies(exchange, raw).map(({ label, text }) => (
            <DropdownMenu.Item
              key={label}
              onSelect={() => void copy(text())}
              className="flex h-7 items-center rounded-sm px-2 outline-none data-[highlighted]:bg-tint data-[highlighted]:text-accent phone:h-10"
            >
              {label}
            </DropdownMenu.Item>
          ))}
        </DropdownMenu.Content>
      </DropdownMenu.Portal>
    </DropdownMenu.Root>
  );
}
