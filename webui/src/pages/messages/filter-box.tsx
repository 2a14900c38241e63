import { type KeyboardEvent, type RefObject, useId, useState } from 'react';
import { TextField } from '@/components/controls';
import { cx } from '@/lib/class-names';
import { complete, type KnownValues, type Suggestion } from '@/messages/completion';
import { filterError } from '@/messages/filter-error';
import { FilterProblem } from './filter-problem';
import { Suggestions } from './suggestions';

interface FilterBoxProps {
  value: string;
  /** What the server has against it. */
  error: string | null;
  known: KnownValues;
  inputRef: RefObject<HTMLInputElement | null>;
  onChange: (text: string) => void;
  /** It was meant so: Enter. */
  onCommit: (text: string) => void;
}

/** The suggestions at the caret, and which of them the arrows chose. */
function useSuggestions({ value, known, inputRef, onChange }: FilterBoxProps) {
  const [open, setOpen] = useState(false);
  const [active, setActive] = useState(-1);
  const caret = inputRef.current?.selectionStart ?? value.length;
  const items = open ? complete(value, caret, known) : [];
  return {
    items,
    active,
    show(yes: boolean) {
      setOpen(yes);
      setActive(-1);
    },
    move(step: number) {
      setOpen(true);
      setActive((index) => Math.max(-1, Math.min(items.length - 1, index + step)));
    },
    accept(suggestion: Suggestion) {
      onChange(suggestion.text);
      setActive(-1);
      requestAnimationFrame(() => inputRef.current?.setSelectionRange(suggestion.caret, suggestion.caret));
    },
  };
}

export function FilterBox(props: FilterBoxProps) {
  const { value, error, inputRef, onChange, onCommit } = props;
  const listId = useId();
  const { items, active, show, move, accept } = useSuggestions(props);

  function onKeyDown(event: KeyboardEvent) {
    const chosen = items[active];
    if (event.key === 'ArrowDown' || event.key === 'ArrowUp') {
      event.preventDefault();
      move(event.key === 'ArrowDown' ? 1 : -1);
    } else if ((event.key === 'Enter' || event.key === 'Tab') && chosen) {
      event.preventDefault();
      accept(chosen);
    } else if (event.key === 'Enter') {
      show(false);
      onCommit(value);
    } else if (event.key === 'Escape') {
      // the browser would empty the field
      event.preventDefault();
      event.stopPropagation();
      if (items.length > 0) show(false);
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
        aria-expanded={items.length > 0}
        aria-controls={listId}
        aria-activedescendant={active >= 0 ? `${listId}-${active}` : undefined}
        aria-invalid={error !== null}
        placeholder="Filter: station:CP-01* type:error latency>500 -action:Heartbeat"
        className={cx('w-full font-mono text-xs', error !== null && 'border-bad')}
        value={value}
        onChange={(event) => {
          onChange(event.target.value);
          show(true);
        }}
        onFocus={() => show(true)}
        onBlur={() => show(false)}
        onKeyDown={onKeyDown}
      />
      <Suggestions id={listId} items={items} active={active} onAccept={accept} />
      {error !== null && items.length === 0 && <FilterProblem expression={value} error={filterError(value, error)} />}
    </div>
  );
}
