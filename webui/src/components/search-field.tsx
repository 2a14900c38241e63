import { type Ref, useEffect, useRef, useState } from 'react';
import { TextField } from './controls';

const DEBOUNCE_MS = 300;

interface SearchFieldProps {
  label: string;
  placeholder: string;
  value: string;
  onSearch: (value: string) => void;
  className?: string;
  ref?: Ref<HTMLInputElement>;
}

/** What is typed stays in the field at once, and becomes the search when typing pauses. */
export function SearchField({ label, placeholder, value, onSearch, className, ref }: SearchFieldProps) {
  const [text, setText] = useState(value);
  const sent = useRef(value);
  const search = useRef(onSearch);
  search.current = onSearch;

  // somebody else changed it: "back", a link
  useEffect(() => {
    if (value === sent.current) return;
    sent.current = value;
    setText(value);
  }, [value]);

  useEffect(() => {
    if (text === sent.current) return;
    const timer = setTimeout(() => {
      sent.current = text;
      search.current(text);
    }, DEBOUNCE_MS);
    return () => clearTimeout(timer);
  }, [text]);

  return (
    <TextField
      ref={ref}
      type="search"
      aria-label={label}
      placeholder={placeholder}
      className={className}
      value={text}
      onChange={(event) => setText(event.target.value)}
    />
  );
}
