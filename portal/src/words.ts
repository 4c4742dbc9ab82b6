/** Sentences that several places say: what a policy asks, who decides, how a request stands. */
import type { Settings } from './api/policy';
import { heldKey } from './api/held';
import type { Access, Role, ScheduleRequest } from './api/types';
import { locale, t } from './i18n';
import { isolated } from './i18n/isolate';
import type { Standing } from './parts/status';
import { fromIso } from './time/duration';
import { length, millis, point } from './time/format';

/** `a, b and c` */
export const and = (items: readonly string[]) => new Intl.ListFormat(locale(), { type: 'conjunction' }).format(items.map(isolated));
/** `a, b or c` */
export const or = (items: readonly string[]) => new Intl.ListFormat(locale(), { type: 'disjunction' }).format(items.map(isolated));

/** `Member`, `Owner`. */
export const accessName = (access: Access | string | null | undefined) => t(access === 'package' ? 'packages.one' : access === 'role' ? 'role.directory' : access === 'owner' ? 'role.owner' : 'role.member');
/** `membership`, `ownership`. */
export const accessNoun = (access: Access | string | null | undefined) => t(access === 'package' ? 'packages.one' : access === 'role' ? 'role.theRole' : access === 'owner' ? 'role.ownership' : 'role.membership');

/** The name a role goes by in addresses. */
export const roleKey = heldKey;

/** What somebody is asked for when activating: `reason, ticket and second factor`; none where nothing is. */
export function asked(settings: Settings): string | undefined {
  const things = askedFor(settings).map((thing) => t(`ask.${thing}`));
  return things.length === 0 ? undefined : and(things);
}

/** The same inside a sentence: `with a reason, a ticket and a second factor`. */
export function askedWith(settings: Settings): string | undefined {
  const things = askedFor(settings).map((thing) => t(`ask.with.${thing}`));
  return things.length === 0 ? undefined : and(things);
}

function askedFor(settings: Settings): ('reason' | 'ticket' | 'mfa' | 'context')[] {
  return [
    ...(settings.reason ? (['reason'] as const) : []),
    ...(settings.ticket ? (['ticket'] as const) : []),
    ...(settings.signIn === 'nothing' ? [] : [settings.signIn]),
  ];
}

/** `Up to 4 h · reason and ticket · needs approval` */
export function terms(settings: Settings): string {
  return [
    t('ask.upTo', { length: length(settings.activationMax) }),
    asked(settings),
    settings.approval ? t('ask.approval') : undefined,
  ]
    .filter((part) => part !== undefined)
    .join(' · ');
}

/** How long a request asks for, in milliseconds; undefined for no end. */
export function askedLength(request: ScheduleRequest): number | undefined {
  const { scheduleInfo } = request;
  const expiration = scheduleInfo?.expiration;
  const duration = fromIso(expiration?.duration);
  if (duration !== undefined) return duration;
  if (expiration?.endDateTime === null || expiration?.endDateTime === undefined) return undefined;
  return millis(expiration.endDateTime) - millis(scheduleInfo?.startDateTime ?? request.createdDateTime);
}

/** When what a request gave starts and ends, as far as it says. */
export function spanOf(request: ScheduleRequest): { start: number | undefined; end: number | undefined } {
  const start = request.scheduleInfo?.startDateTime;
  const span = askedLength(request);
  const from = start === null || start === undefined ? undefined : millis(start);
  const fixed = request.scheduleInfo?.expiration?.endDateTime;
  return {
    start: from,
    end: fixed !== null && fixed !== undefined ? millis(fixed) : from === undefined || span === undefined ? undefined : from + span,
  };
}

/** A request's status at an instant, and its words. `role` is what it gave, where that is known. */
export function requestStanding(request: ScheduleRequest, now: number, role?: Role): readonly [Standing, string] {
  const { start, end } = spanOf(request);
  const ends = role?.endDateTime === undefined || role.endDateTime === null ? end : millis(role.endDateTime);
  switch (request.status) {
    case 'PendingApproval':
      return ['pending', t('status.pending')];
    case 'PendingAdminDecision':
      return ['pending', t('status.pendingAdmin')];
    case 'Denied':
      return ['denied', t('status.denied')];
    case 'Canceled':
      return ['ended', t('status.canceled')];
    case 'Failed':
      return ['refused', t('status.failed')];
    case 'Revoked':
      return ['ended', t('status.ended')];
    default:
      if (start !== undefined && start > now) return ['scheduled', t('status.scheduled', { when: point(start, now) })];
      if (request.action !== 'selfActivate') return ['eligible', t('status.done')];
      if (ends === undefined) return ['standing', t('status.activeNoEnd')];
      if (ends > now) return ['active', t('status.activeUntil', { when: point(ends, now) })];
      return ['ended', t('status.endedAt', { when: point(ends, now) })];
  }
}
