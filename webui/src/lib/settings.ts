import { createStore, useStore } from './store';

export type Theme = 'system' | 'light' | 'dark';
export type TimeZone = 'browser' | 'UTC';

export interface Settings {
  theme: Theme;
  timeZone: TimeZone;
}

const KEY = 'ocpp-board.settings';
const DEFAULTS: Settings = { theme: 'system', timeZone: 'browser' };

export function parseSettings(text: string | null): Settings {
  try {
    const value: unknown = JSON.parse(text ?? '{}');
    if (!value || typeof value !== 'object') return DEFAULTS;
    const { theme, timeZone } = value as Partial<Record<keyof Settings, unknown>>;
    return {
      theme: theme === 'light' || theme === 'dark' ? theme : 'system',
      timeZone: timeZone === 'UTC' ? 'UTC' : 'browser',
    };
  } catch {
    return DEFAULTS;
  }
}

/** localStorage throws where it is blocked; settings then last as long as the page. */
export function readStorage(key: string): string | null {
  try {
    return localStorage.getItem(key);
  } catch {
    return null;
  }
}

export function writeStorage(key: string, value: string): void {
  try {
    localStorage.setItem(key, value);
  } catch {
    // blocked or full
  }
}

const available = typeof window !== 'undefined';
export const settingsStore = createStore<Settings>(parseSettings(available ? readStorage(KEY) : null));

function applyTheme(theme: Theme): void {
  if (theme === 'system') delete document.documentElement.dataset.theme;
  else document.documentElement.dataset.theme = theme;
}

export function changeSettings(change: Partial<Settings>): void {
  const next = { ...settingsStore.get(), ...change };
  settingsStore.set(next);
  writeStorage(KEY, JSON.stringify(next));
  applyTheme(next.theme);
}

export function useSettings(): Settings {
  return useStore(settingsStore);
}

if (available) {
  window.addEventListener('storage', (event) => {
    if (event.key !== KEY) return;
    settingsStore.set(parseSettings(event.newValue));
    applyTheme(settingsStore.get().theme);
  });
}
