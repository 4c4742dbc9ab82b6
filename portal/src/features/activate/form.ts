/** What is typed when activating: kept across a step-up, turned into what is sent. */
import type { Policy } from '../../api/policy';
import { about, heldKey, heldOf } from '../../api/held';
import type { Held } from '../../api/types';
import { toIso } from '../../time/duration';

/** One role to activate. */
export type Wanted = Held;

/** What was typed. */
export interface Typed {
  /** For all, in milliseconds. */
  length: number;
  /** By role, where each is set apart. */
  apart: Record<string, number> | undefined;
  /** What the field for a later start holds; none for now. */
  start: string | undefined;
  reason: string;
  ticket: string;
  system: string;
}

/** Reads the roles of an address. */
export function wantedOf(text: string): Wanted[] {
  return text.split(',').flatMap((part) => {
    const wanted = heldOf(part);
    return wanted === undefined ? [] : [wanted];
  });
}

/** What is sent for one role. */
export function activationOf(wanted: Wanted, typed: Typed, start: number | undefined, only: 'try' | 'do') {
  const key = heldKey(wanted);
  const ticket = typed.ticket.trim();
  return {
    ...about(wanted),
    ...(typed.reason.trim() === '' ? {} : { justification: typed.reason }),
    ...(ticket === '' ? {} : { ticketInfo: { ticketNumber: ticket, ticketSystem: typed.system.trim() } }),
    scheduleInfo: {
      ...(start === undefined ? {} : { startDateTime: new Date(start).toISOString() }),
      expiration: { type: 'afterDuration', duration: toIso(typed.apart?.[key] ?? typed.length) },
    },
    ...(only === 'try' ? { isValidationOnly: true } : {}),
  };
}

/** The longest that all of them allow, and which of them says so. */
export function strictest(policies: readonly { name: string; policy: Policy }[]): { max: number; by: string } | undefined {
  let found: { max: number; by: string } | undefined;
  for (const { name, policy } of policies) {
    if (found === undefined || policy.settings.activationMax < found.max) found = { max: policy.settings.activationMax, by: name };
  }
  return found;
}

const KEY = 'ephor.activate';

/** Keeps what was typed while somebody is away to show a second factor. */
export function keep(roles: string, typed: Typed): void {
  sessionStorage.setItem(KEY, JSON.stringify({ roles, typed }));
}

/** What was kept for these roles. */
export function kept(roles: string): Typed | undefined {
  try {
    const found = JSON.parse(sessionStorage.getItem(KEY) ?? 'null') as { roles: string; typed: Typed } | null;
    return found?.roles === roles ? found.typed : undefined;
  } catch {
    return undefined;
  }
}

/** Nothing is kept any more. */
export function forget(): void {
  sessionStorage.removeItem(KEY);
}
