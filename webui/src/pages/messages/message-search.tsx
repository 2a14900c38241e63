import { type RefObject, useEffect, useState } from 'react';
import { TextField } from '@/components/controls';

/** The marks in `area`, of which Enter brings one after the other into sight. */
function useMarks(area: RefObject<HTMLElement | null>, text: string, version: unknown) {
  const [count, setCount] = useState(0);
  const [at, setAt] = useState(0);
  const marks = () => area.current?.querySelectorAll('mark') ?? [];

  // biome-ignore lint/correctness/useExhaustiveDependencies: counted anew when the text or what it is looked for in changes
  useEffect(() => {
    setCount(marks().length);
    setAt(0);
    marks()[0]?.scrollIntoView({ block: 'nearest' });
  }, [text, version]);

  function next(step: number) {
    if (count === 0) return;
    const to = (at + step + count) % count;
    marks()[to]?.scrollIntoView({ block: 'center' });
    setAt(to);
  }
  return { count, at, next };
}

interface MessageSearchProps {
  area: RefObject<HTMLElement | null>;
  value: string;
  onChange: (text: string) => void;
  /** Changes with what is searched. */
  version: unknown;
}

export function MessageSearch({ area, value, onChange, version }: MessageSearchProps) {
  const { count, at, next } = useMarks(area, value, version);
  return (
    <span className="relative inline-flex phone:flex-1">
      <TextField
        type="search"
        aria-label="Search in this message"
        placeholder="Search"
        className="w-52 pr-14 phone:w-full"
        value={value}
        onChange={(event) => onChange(event.target.value)}
        onKeyDown={(event) => {
          if (event.key === 'Enter') next(event.shiftKey ? -1 : 1);
        }}
      />
      {value !== '' && (
        <span
          role="status"
          className="pointer-events-none absolute inset-y-0 right-7 flex items-center text-xs text-muted"
        >
          {count === 0 ? 'none' : `${at + 1}/${count}`}
        </span>
      )}
    </span>
  );
}
