/**
 * Who is signed in, and how a request says so: the one place that knows.
 *
 * The browser's session is a cookie that script can't read. A request that a cookie authorises carries a
 * header that no foreign page can add, so that the cookie alone opens nothing. In development the proxy of
 * Vite signs requests in instead (see `vite.config.ts`); nothing here differs.
 */

/** A foreign page can't send this without being asked first, and nobody is allowed to. */
const ANTI_FORGERY = { 'ephor-request': 'portal' } as const;

/** Where sign-in begins; it comes back to `returnTo`. */
export function signInAddress(returnTo: string): string {
  return `/signin?returnTo=${encodeURIComponent(returnTo)}`;
}

/** Where a second factor or another strength is shown; it comes back to `returnTo`. */
export function stepUpAddress(returnTo: string, claims?: string): string {
  const wanted = claims === undefined ? '' : `&claims=${encodeURIComponent(claims)}`;
  return `/signin?stepUp=1${wanted}&returnTo=${encodeURIComponent(returnTo)}`;
}

/** Where the session ends. */
export const signOutAddress = '/signout';

/** Where people see to their passkeys, second factors and sessions. */
export const accountAddress = '/account';

/** Sends a request in the name of whoever is signed in. */
export function send(path: string, init: RequestInit = {}): Promise<Response> {
  return fetch(path, {
    ...init,
    credentials: 'same-origin',
    redirect: 'error',
    headers: { ...ANTI_FORGERY, accept: 'application/json', ...init.headers },
  });
}
