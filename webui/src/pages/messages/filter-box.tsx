import { type KeyboardEvent, type RefObject, useId, useState } from 'react';
import { TextField } from '@/components/controls';
import { cx } from '@/lib/class-names';
import { complete, type Suggestion } from '@/messages/completion';
import type { Filter } from '@/messages/filter';

interface FilterBoxProps {
  value: string;
  filter: Filter;
  known: { stations: () => string[]; actions: () => string[] };
  inputRef: RefObject<HTMLInputElement | null>;
  onChange: (text: string) => void;
}

export function FilterBox({ value, filter, known, inputRef, onChange }: FilterBoxProps) {
  const listId = useId();
  const [open, setOpen] = useState(false);
  const [active, setActive] = useState(-1);
  const caret = inputRef.current?.selectionStart ?? value.length;
  const suggestions = open ? complete(value, caret, known) : [];

  function accept(suggestion: Suggestion) {
    onChange(suggestion.text);
    setActive(-1);
    requestAnimationFrame(() => inputRef.current?.setSelectionRange(suggestion.caret, suggestion.caret));
  }

  function onKeyDown(event: KeyboardEvent) {
    const chosen = suggestions[active];
    if (event.key === 'ArrowDown' || event.key === 'ArrowUp') {
      event.preventDefault();
      setOpen(true);
      const step = event.key === 'ArrowDown' ? 1 : -1;
      setActive((index) => Math.max(-1, Math.min(suggestions.length - 1, index + step)));
    } else if ((event.key === 'Enter' || event.key === 'Tab') && chosen) {
      event.preventDefault();
      accept(chosen);
    } else if (event.key === 'Enter') {
      setOpen(false);
    } else if (event.key === 'Escape') {
      event.stopPropagation();
      if (open && suggestions.length > 0) setOpen(false);
      else inputRef.current?.blur();
    }
  }

  return (
    <div className="relative min-w-60 flex-1">
      <TextField
        ref={inputRef}
        type="search"
        role="combobox"
        aria-label="Filter"
        aria-expanded={suggestions.length > 0}
        aria-controls={listId}
        aria-activedescendant={active >= 0 ? `${listId}-${active}` : undefined}
        aria-invalid={filter.errors.length > 0}
        placeholder="Filter: text, station:CP-01*, action:Authorize, is:error, latency>200, -action:Heartbeat"
        className={cx('w-full font-mono text-xs', filter.errors.length > 0 && 'border-bad')}
        value={value}
        onChange={(event) => {
          onChange(event.target.value);
          setOpen(true);
          setActive(-1);
        }}
        onFocus={() => setOpen(true)}
        onBlur={() => setOpen(false)}
        onKeyDown={onKeyDown}
      />
      <div
        id={listId}
        role="listbox"
        aria-label="Suggestions"
        hidden={suggestions.length === 0}
        className="absolute top-full right-0 left-0 z-40 mt-1 max-h-72 max-w-xl overflow-auto rounded-md border border-edge bg-raised p-1 shadow-sm"
      >
        {suggestions.map((suggestion, index) => (
          // biome-ignore lint/a11y/useKeyWithClickEvents: the input handles the keyboard
          <div
            key={suggestion.label}
            id={`${listId}-${index}`}
            role="option"
            tabIndex={-1}
            aria-selected={index === active}
            onMouseDown={(event) => event.preventDefault()}
            onClick={() => accept(suggestion)}
            className={cx(
              'flex h-6 items-center gap-4 rounded-sm px-2',
              index === active ? 'bg-tint text-accent' : 'hover:bg-panel',
            )}
          >
            <span className="font-mono text-xs">{suggestion.label}</span>
            <span className="truncate text-xs text-muted">{suggestion.hint}</span>
          </div>
        ))}
      </div>
      {filter.errors.length > 0 && (
        <p
          role="alert"
          className="absolute top-full left-0 z-30 mt-1 rounded-sm bg-bad-tint px-2 py-0.5 text-xs text-bad"
        >
          {filter.errors[0]}
        </p>
      )}
    </div>
  );
}
