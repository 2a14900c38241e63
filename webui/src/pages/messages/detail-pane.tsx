import { type PointerEvent, type ReactNode, useRef, useState } from 'react';
import { readStorage, writeStorage } from '@/lib/settings';

const KEY = 'ocpp-board.detail-height';
const SMALLEST = 140;

function clamp(height: number): number {
  return Math.max(SMALLEST, Math.min(height, window.innerHeight - 260));
}

/** Below the list, with a height that can be dragged; on a phone over everything. */
export function DetailPane({ phone, children }: { phone: boolean; children: ReactNode }) {
  const [height, setHeight] = useState(() => clamp(Number(readStorage(KEY)) || 320));
  const grip = useRef<{ y: number; height: number } | null>(null);

  function onMove(event: PointerEvent) {
    if (grip.current) setHeight(clamp(grip.current.height + grip.current.y - event.clientY));
  }
  function change(next: number) {
    setHeight(clamp(next));
    writeStorage(KEY, String(clamp(next)));
  }

  if (phone) return <div className="fixed inset-0 z-40 flex flex-col bg-ground">{children}</div>;
  return (
    <div className="flex shrink-0 flex-col border-t border-edge" style={{ height }}>
      <div
        role="separator"
        tabIndex={0}
        aria-orientation="horizontal"
        aria-label="Height of the detail pane"
        aria-valuenow={height}
        aria-valuemin={SMALLEST}
        className="-mt-1 h-1.5 shrink-0 cursor-row-resize hover:bg-accent/40"
        onPointerDown={(event) => {
          grip.current = { y: event.clientY, height };
          event.currentTarget.setPointerCapture(event.pointerId);
        }}
        onPointerMove={onMove}
        onPointerUp={() => {
          grip.current = null;
          writeStorage(KEY, String(height));
        }}
        onKeyDown={(event) => {
          if (event.key === 'ArrowUp') change(height + 24);
          else if (event.key === 'ArrowDown') change(height - 24);
        }}
      />
      {children}
    </div>
  );
}
