import { cx } from '@/lib/class-names';
import type { Suggestion } from '@/messages/completion';

interface SuggestionsProps {
  id: string;
  items: readonly Suggestion[];
  active: number;
  onAccept: (suggestion: Suggestion) => void;
}

/** What may stand at the caret, below the filter box. */
export function Suggestions({ id, items, active, onAccept }: SuggestionsProps) {
  return (
    <div
      id={id}
      role="listbox"
      aria-label="Suggestions"
      hidden={items.length === 0}
      className="absolute top-full right-0 left-0 z-40 mt-1 max-h-80 phone:-right-11 phone:-left-11 max-w-2xl overflow-auto rounded-md border border-edge bg-raised p-1 shadow-sm"
    >
      {items.map((suggestion, index) => (
        // biome-ignore lint/a11y/useKeyWithClickEvents: the input handles the keyboard
        <div
          key={`${suggestion.kind}/${suggestion.label}`}
          id={`${id}-${index}`}
          role="option"
          tabIndex={-1}
          aria-selected={index === active}
          onMouseDown={(event) => event.preventDefault()}
          onClick={() => onAccept(suggestion)}
          className={cx(
            'grid h-6 grid-cols-[minmax(0,max-content)_minmax(0,1fr)] items-center gap-4 rounded-sm px-2 phone:h-9',
            index === active ? 'bg-tint text-accent' : 'hover:bg-panel',
          )}
        >
          <span className={cx('truncate font-mono text-xs', suggestion.kind === 'field' && 'w-18')}>
            {suggestion.label}
          </span>
          <span className={cx('truncate text-xs text-muted', suggestion.kind === 'recent' && 'text-right')}>
            {suggestion.hint}
          </span>
        </div>
      ))}
    </div>
  );
}
