/**
 * Who is signed in, and how a request says so: the one place that knows.
 *
 * The browser's session is a cookie that script can't read. A request that a cookie authorises carries a
 * header that no foreign page can add, so that the cookie alone opens nothing. In development the proxy of
 * Vite signs requests in instead (see `vite.config.ts`); nothing here differs.
 */
import { useSyncExternalStore } from 'react';

/** A foreign page can't send this without being asked first, and nobody is allowed to (T-39). */
const OURS = { 'ephor-portal': '1' } as const;

const address = (path: string, options: Record<string, string>) =>
  `${path}?${Object.entries(options).map(([name, value]) => `${name}=${encodeURIComponent(value)}`).join('&')}`;

/** Where the browser is now, as sign-in takes it to come back to. */
export const hereNow = () => location.pathname + location.search;

/** Where sign-in begins; it comes back to `returnTo`. */
export const signInAddress = (returnTo: string) => address('/sign-in', { return_to: returnTo });

/** Where a second factor is shown afresh, after `since` by the server's clock; it comes back to `returnTo`. */
export const stepUpAddress = (returnTo: string, since: number) =>
  address('/sign-in', { strength: 'aal2', not_before: new Date(since).toISOString(), return_to: returnTo });

/** Where somebody signs in as another. */
export const switchAddress = address('/sign-in', { again: '1', return_to: '/' });

/** Where the session ends. */
export const signOutAddress = '/sign-out';

/** Where people see to their passwords, passkeys and second factors. */
export const methodsAddress = '/sign-in/methods';

/** Where people see and end their sessions. */
export const sessionsAddress = '/sign-in/sessions';

/** Sends a request in the name of whoever is signed in. */
export function send(path: string, init: RequestInit = {}): Promise<Response> {
  return fetch(path, {
    ...init,
    credentials: 'same-origin',
    redirect: 'error',
    headers: { ...OURS, accept: 'application/json', ...init.headers },
  });
}

let known = false;
let ended = false;
const listeners = new Set<() => void>();

/** The server answered in somebody's name. */
export function answered(): void {
  known = true;
}

/**
 * The server knows nobody by this request. Where nothing was shown yet the browser goes to sign in by itself,
 * and this is true; later the page says so and waits, for something may be typed in it.
 */
export function turnedAway(): boolean {
  if (!known) {
    location.replace(signInAddress(hereNow()));
    return true;
  }
  ended = true;
  for (const listener of listeners) listener();
  return false;
}

/** Whether the session ended while the page was open. */
export function useSessionEnded(): boolean {
  return useSyncExternalStore(
    (listener) => {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
    () => ended,
    () => false,
  );
}
