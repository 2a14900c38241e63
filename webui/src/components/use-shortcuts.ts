import { useEffect, useRef } from 'react';

function typing(target: EventTarget | null): boolean {
  return (
    target instanceof HTMLElement && (target.isContentEditable || /^(?:INPUT|TEXTAREA|SELECT)$/.test(target.tagName))
  );
}

/** Space and Enter belong to what has the focus, where that does something with them. */
function pressing(event: KeyboardEvent): boolean {
  const onControl = event.target instanceof HTMLElement && event.target.closest('button, a, [role="menuitem"]');
  return Boolean(onControl) && (event.key === ' ' || event.key === 'Enter');
}

type Shortcuts = Record<string, (event: KeyboardEvent) => void>;

/** Single keys for the whole page; not while somebody types or a dialog is open. "mod+k" is Ctrl or Command. */
export function useShortcuts(shortcuts: Shortcuts): void {
  const latest = useRef(shortcuts);
  latest.current = shortcuts;
  useEffect(() => {
    function onKey(event: KeyboardEvent) {
      const modified = event.ctrlKey || event.metaKey;
      if (event.altKey || event.defaultPrevented || pressing(event)) return;
      if (!modified && typing(event.target) && event.key !== 'Escape') return;
      if (!modified && document.querySelector('dialog[open]')) return;
      const action = latest.current[modified ? `mod+${event.key.toLowerCase()}` : event.key];
      if (!action) return;
      event.preventDefault();
      action(event);
    }
    window.addEventListener('keydown', onKey);
    return () => window.removeEventListener('keydown', onKey);
  }, []);
}
