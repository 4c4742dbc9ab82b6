/** The one polite voice of the page: what ended, what was done. */
import { useSyncExternalStore } from 'react';

let said = '';
let turn = 0;
const listeners = new Set<() => void>();

/** Says it to whoever listens to the page. */
export function announce(text: string): void {
  turn += 1;
  // The same words twice are two pieces of news.
  said = turn % 2 === 0 ? text : `${text}\u00a0`;
  for (const listener of listeners) listener();
}

/** Where it is said. */
export function Announcer() {
  const text = useSyncExternalStore(
    (listener) => {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
    () => said,
  );
  return (
    <div aria-live="polite" className="visually-hidden">
      {text}
    </div>
  );
}
