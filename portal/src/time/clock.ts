/**
 * The server's clock: what is left of an access is counted by it, never by the browser's.
 * One ticker for the whole page, still while nobody looks.
 */
import { useSyncExternalStore } from 'react';
import { send } from '../session';

let offset = 0;
let known = false;
const listeners = new Set<() => void>();
let timer: ReturnType<typeof setTimeout> | undefined;
let second = Math.floor(Date.now() / 1000);

/** Now, by the server, in milliseconds. */
export function serverNow(): number {
  return Date.now() + offset;
}

/** What the server said its clock was, between two looks at ours. */
export function learn(server: string, before: number, after: number): void {
  const at = Date.parse(server);
  if (Number.isNaN(at)) return;
  offset = at - (before + after) / 2;
  known = true;
  tell();
}

/** Asks the server for its time. */
export async function ask(): Promise<void> {
  const before = Date.now();
  try {
    const response = await send('/readyz');
    const told = (await response.json()) as { now?: string };
    if (told.now !== undefined) learn(told.now, before, Date.now());
  } catch {
    // It does not answer: whoever asked for something else says so.
  }
}

/** Whether the server's time is known yet. */
export const isKnown = () => known;

function tell(): void {
  second = Math.floor(serverNow() / 1000);
  for (const listener of listeners) listener();
}

function tick(): void {
  tell();
  timer = setTimeout(tick, 1000 - (serverNow() % 1000) + 2);
}

function subscribe(listener: () => void): () => void {
  listeners.add(listener);
  if (timer === undefined && document.visibilityState === 'visible') tick();
  return () => {
    listeners.delete(listener);
    if (listeners.size === 0) pause();
  };
}

function pause(): void {
  clearTimeout(timer);
  timer = undefined;
}

if (typeof document !== 'undefined') {
  document.addEventListener('visibilitychange', () => {
    if (document.visibilityState === 'hidden') pause();
    else if (timer === undefined && listeners.size > 0) {
      tick();
      void ask();
    }
  });
}

/** Now to the second, in milliseconds; what uses it is drawn again each second. */
export function useNow(): number {
  return useSyncExternalStore(subscribe, () => second, () => second) * 1000;
}

/** Now, drawn again each minute, for what shows no seconds. */
export function useMinute(): number {
  useSyncExternalStore(subscribe, () => Math.floor(second / 60), () => 0);
  return second * 1000;
}

/** Now, drawn again each minute and at the second of each of these instants: when what is shown begins or ends. */
export function useEdges(edges: readonly number[]): number {
  useSyncExternalStore(subscribe, () => `${Math.floor(second / 60)} ${edges.filter((edge) => edge <= second * 1000).length}`, () => '');
  return second * 1000;
}
