import { type KeyboardEvent, useId, useState } from 'react';
import { useNavigate } from 'react-router';
import type { Connection } from '@/api/types';
import { useResource } from '@/api/use-resource';
import { cx } from '@/lib/class-names';
import { changeSettings } from '@/lib/settings';
import { useDebounced } from '@/lib/use-debounced';
import { quoteValue } from '@/messages/filter';
import { Modal } from './modal';
import { PAGES } from './nav';
import { stationPath } from './station-link';

interface Entry {
  label: string;
  hint: string;
  run: () => void;
}

function matches(text: string, typed: string): boolean {
  return text.toLowerCase().includes(typed.toLowerCase());
}

function useEntries(typed: string): Entry[] {
  const navigate = useNavigate();
  const query = useDebounced(typed.trim(), 150);
  const { data } = useResource<Connection[]>(query ? 'connections' : null, { q: query, limit: 6 });
  const fixed: Entry[] = [
    ...PAGES.map(({ to, label }) => ({ label, hint: 'page', run: () => navigate(to) })),
    ...(['light', 'dark', 'system'] as const).map((theme) => ({
      label: `Theme: ${theme}`,
      hint: 'setting',
      run: () => changeSettings({ theme }),
    })),
    { label: 'Times in UTC', hint: 'setting', run: () => changeSettings({ timeZone: 'UTC' }) },
    { label: "Times of this browser's zone", hint: 'setting', run: () => changeSettings({ timeZone: 'browser' }) },
  ];
  const stations = (query ? (data ?? []) : []).filter(({ identity }) => matches(identity, typed.trim()));
  return [
    ...stations.map(({ identity, status }) => ({
      label: identity,
      hint: `station, ${status}`,
      run: () => navigate(stationPath(identity)),
    })),
    ...fixed.filter(({ label }) => matches(label, typed.trim())),
    ...stations.slice(0, 2).map(({ identity }) => ({
      label: `Messages of ${identity}`,
      hint: 'filter',
      run: () => navigate(`/messages?filter=${encodeURIComponent(`station:${quoteValue(identity)}`)}`),
    })),
  ];
}

function Content({ onClose }: { onClose: () => void }) {
  const listId = useId();
  const [typed, setTyped] = useState('');
  const [active, setActive] = useState(0);
  const entries = useEntries(typed);
  const at = Math.min(active, entries.length - 1);

  function choose(entry: Entry | undefined) {
    if (!entry) return;
    onClose();
    entry.run();
  }
  function onKeyDown(event: KeyboardEvent) {
    if (event.key === 'Enter') choose(entries[at]);
    else if (event.key === 'ArrowDown') setActive(Math.min(entries.length - 1, at + 1));
    else if (event.key === 'ArrowUp') setActive(Math.max(0, at - 1));
    else return;
    event.preventDefault();
  }

  return (
    <>
      <input
        // biome-ignore lint/a11y/noAutofocus: the dialog is for typing
        autoFocus
        role="combobox"
        aria-label="Go to"
        aria-expanded={entries.length > 0}
        aria-controls={listId}
        aria-activedescendant={`${listId}-${at}`}
        placeholder="Go to a page or a station"
        className="h-10 w-full border-b bg-transparent px-4 text-base outline-none"
        value={typed}
        onChange={(event) => {
          setTyped(event.target.value);
          setActive(0);
        }}
        onKeyDown={onKeyDown}
      />
      <div id={listId} role="listbox" aria-label="Results" className="h-80 overflow-auto p-1">
        {entries.map((entry, index) => (
          // biome-ignore lint/a11y/useKeyWithClickEvents: the input handles the keyboard
          <div
            key={`${entry.hint}/${entry.label}`}
            id={`${listId}-${index}`}
            role="option"
            tabIndex={-1}
            aria-selected={index === at}
            onClick={() => choose(entry)}
            className={cx(
              'flex h-8 items-center rounded-sm px-3',
              index === at ? 'bg-tint text-accent' : 'hover:bg-panel',
            )}
          >
            <span className={cx('flex-1 truncate', entry.hint.startsWith('station') && 'font-mono text-xs')}>
              {entry.label}
            </span>
            <span className="text-xs text-muted">{entry.hint}</span>
          </div>
        ))}
        {entries.length === 0 && <p className="px-3 py-2 text-muted">Nothing found.</p>}
      </div>
    </>
  );
}

/** Ctrl-K: every page and every station, a few keys away. */
export default function Palette({ onClose }: { onClose: () => void }) {
  return (
    <Modal open title="Go to" onClose={onClose} width="mt-24 max-w-lg">
      <Content onClose={onClose} />
    </Modal>
  );
}
