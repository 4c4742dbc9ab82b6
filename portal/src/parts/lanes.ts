/** Lanes and bars of who had a role when: from roles and requests, at an instant. */
import type { Access, Role, ScheduleRequest } from '../api/types';
import { DAY } from '../time/duration';
import { millis } from '../time/format';
import { askedLength } from '../words';

/** What a bar says. */
export type BarKind = 'now' | 'ended' | 'standing' | 'asked' | 'scheduled';

/** A span in which somebody had a role, or asked for it. */
export interface Bar {
  id: string;
  kind: BarKind;
  start: number;
  /** None for no end. */
  end: number | undefined;
  access: Access;
  request: string | undefined;
}

/** One person's bars. */
export interface Lane {
  id: string;
  name: string;
  bars: Bar[];
}

const order: BarKind[] = ['now', 'standing', 'asked', 'scheduled', 'ended'];

/** The most telling bar of a lane: what it says at its end. */
export function leading(lane: Lane): Bar | undefined {
  return [...lane.bars].sort((one, other) => order.indexOf(one.kind) - order.indexOf(other.kind) || (other.end ?? Infinity) - (one.end ?? Infinity))[0];
}

/** Who has it now first, then who asks, then who had it. */
export function lanesOf(roles: readonly Role[], requests: readonly ScheduleRequest[], now: number, from: number): Lane[] {
  const lanes = new Map<string, Lane>();
  const lane = (id: string, name: string | null | undefined) => {
    const found = lanes.get(id) ?? { id, name: name ?? id, bars: [] };
    lanes.set(id, found);
    return found;
  };
  for (const role of roles) {
    if (role.assignmentType === 'eligible' || role.state === 'eligible') continue;
    const start = millis(role.startDateTime);
    const end = role.endDateTime === null ? undefined : millis(role.endDateTime);
    if (end !== undefined && (end <= from || end <= start)) continue;
    const over = end !== undefined && end <= now;
    const kind: BarKind = over ? 'ended' : start > now ? 'scheduled' : role.assignmentType === 'activated' ? 'now' : 'standing';
    lane(role.principalId, role.principalDisplayName).bars.push({
      id: role.scheduleId, kind, start, end, access: role.accessId, request: role.assignmentType === 'activated' ? role.scheduleId.split('_').at(-1) : undefined,
    });
  }
  for (const request of requests) {
    if (request.status !== 'PendingApproval') continue;
    const start = request.scheduleInfo?.startDateTime ? millis(request.scheduleInfo.startDateTime) : now;
    lane(request.principalId, request.principal?.displayName).bars.push({
      id: request.id, kind: 'asked', start, end: start + (askedLength(request) ?? 0), access: request.accessId, request: request.id,
    });
  }
  const rank = (one: Lane) => order.indexOf(leading(one)?.kind ?? 'ended');
  return [...lanes.values()]
    .map((one) => ({ ...one, bars: one.bars.sort((a, b) => a.start - b.start) }))
    .sort((one, other) => rank(one) - rank(other) || (leading(other)?.end ?? Infinity) - (leading(one)?.end ?? Infinity) || one.name.localeCompare(other.name));
}

/** How many activations each of the last `weeks` weeks had, the present one last; weeks end at `now`'s week. */
export function perWeek(requests: readonly ScheduleRequest[], now: number, monday: number, weeks = 12): { start: number; count: number }[] {
  const all = Array.from({ length: weeks }, (_, at) => ({ start: monday - (weeks - 1 - at) * 7 * DAY, count: 0 }));
  for (const request of requests) {
    if (request.action !== 'selfActivate' || ['Denied', 'Canceled', 'Failed', 'PendingApproval'].includes(request.status)) continue;
    const at = millis(request.scheduleInfo?.startDateTime ?? request.createdDateTime);
    if (at > now) continue;
    const week = all[weeks - 1 - Math.floor((monday + 7 * DAY - 1 - at) / (7 * DAY))];
    if (week !== undefined) week.count += 1;
  }
  return all;
}

/** The number of the week in its year (ISO 8601), of a Monday. */
export function weekNumber(monday: number): number {
  const thursday = new Date(monday + 3.5 * DAY);
  const first = Date.UTC(thursday.getUTCFullYear(), 0, 1);
  return Math.floor((thursday.getTime() - first) / (7 * DAY)) + 1;
}
