/** What somebody chose for this browser: look, language, time zone, favourites. Never anything secret. */
import { useSyncExternalStore } from 'react';

/** What there is to choose. */
export interface Preferences {
  theme: 'system' | 'light' | 'dark' | 'contrast';
  /** A language tag, or what the browser asks for. */
  language: 'system' | 'en' | 'de' | 'ja';
  /** An IANA name, or the browser's own. */
  timeZone: string;
  /** Roles kept in front: `groupId/access`. */
  favourites: string[];
  /** The last reasons given, newest first. */
  reasons: string[];
  /** How long each role was activated for last, in milliseconds. */
  lengths: Record<string, number>;
  /** Filters of the audit log that were given a name. */
  auditFilters: { name: string; search: Record<string, string> }[];
  /** Whether the cards of the demonstration's tour were put away. */
  tourDone: boolean;
}

const KEY = 'ephor.preferences';
const usual: Preferences = {
  theme: 'system',
  language: 'system',
  timeZone: 'system',
  favourites: [],
  reasons: [],
  lengths: {},
  auditFilters: [],
  tourDone: false,
};

let current = read();
const listeners = new Set<() => void>();

function read(): Preferences {
  try {
    return { ...usual, ...(JSON.parse(localStorage.getItem(KEY) ?? '{}') as Partial<Preferences>) };
  } catch {
    return usual;
  }
}

/** What was chosen. */
export const preferences = () => current;

/** Chooses. */
export function prefer(change: Partial<Preferences>): void {
  current = { ...current, ...change };
  try {
    localStorage.setItem(KEY, JSON.stringify(current));
  } catch {
    // A browser that keeps nothing: it holds until the page is left.
  }
  for (const listener of listeners) listener();
}

function subscribe(listener: () => void): () => void {
  listeners.add(listener);
  return () => listeners.delete(listener);
}

/** What was chosen, drawn again when it changes. */
export const usePreferences = () => useSyncExternalStore(subscribe, preferences, preferences);

/** Another tab chose. */
if (typeof window !== 'undefined') {
  window.addEventListener('storage', (event) => {
    if (event.key !== KEY) return;
    current = read();
    for (const listener of listeners) listener();
  });
}
