import { beforeAll, describe, expect, it } from 'vitest';
import type { Role, ScheduleRequest } from '../api/types';
import { countsOf } from '../features/access/CountLine';
import { activationOf, strictest, wantedOf } from '../features/activate/form';
import { speak } from '../i18n';
import { prefer } from '../preferences';
import { DAY, HOUR, MINUTE } from '../time/duration';
import { placed } from './Gantt';
import { columnsOf } from './Histogram';
import { lanesOf, leading, perWeek, weekNumber } from './lanes';
import { marksFor, stepFor } from './LengthPicker';
import { isSoon } from './time';

const NOW = Date.parse('2026-11-20T12:00:00Z');
const iso = (at: number) => new Date(at).toISOString();
let serial = 0;

const role = (who: string, start: number, end: number | null, change: Partial<Role> = {}): Role => ({
  scheduleId: `g_member_${(serial += 1)}`, state: 'active', groupId: 'g', groupDisplayName: 'G', principalId: who, principalDisplayName: who,
  accessId: 'member', memberType: 'direct', assignmentType: 'activated', startDateTime: iso(start), endDateTime: end === null ? null : iso(end), actions: [], ...change,
});

const request = (change: Partial<ScheduleRequest>): ScheduleRequest => ({
  id: 'r', status: 'PendingApproval', createdDateTime: iso(NOW), groupId: 'g', principalId: 'dan', accessId: 'member', action: 'selfActivate',
  scheduleInfo: { expiration: { type: 'afterDuration', duration: 'PT4H' } }, ...change,
});

beforeAll(async () => {
  prefer({ language: 'en', timeZone: 'UTC' });
  await speak();
});

describe('lanes', () => {
  it('put who has it now first, then the standing, then who asks, then who had it', () => {
    const lanes = lanesOf(
      [
        role('old', NOW - 5 * HOUR, NOW - HOUR, { state: 'ended' }),
        role('standing', NOW - 9 * DAY, null, { assignmentType: 'assigned' }),
        role('now', NOW - HOUR, NOW + HOUR),
        role('eligible', NOW - HOUR, null, { state: 'eligible', assignmentType: 'eligible' }),
      ],
      [request({})],
      NOW,
      NOW - 7 * DAY,
    );
    expect(lanes.map((lane) => lane.id)).toEqual(['now', 'standing', 'dan', 'old']);
    expect(leading(lanes[2]!)).toMatchObject({ kind: 'asked', end: NOW + 4 * HOUR });
  });

  it('end at the instant itself: what ends now is over', () => {
    const [lane] = lanesOf([role('a', NOW - HOUR, NOW)], [], NOW, NOW - DAY);
    expect(lane?.bars[0]?.kind).toBe('ended');
  });

  it('leave out what ended before the picture begins', () => {
    expect(lanesOf([role('a', NOW - 3 * DAY, NOW - 2 * DAY)], [], NOW, NOW - DAY)).toEqual([]);
  });

  it('place bars inside the picture', () => {
    const bar = { id: 'b', kind: 'standing', start: NOW - 9 * DAY, end: undefined, access: 'member', request: undefined } as const;
    expect(placed(bar, NOW - DAY, NOW + DAY)).toEqual({ left: 0, width: 1 });
  });
});

describe('counts', () => {
  it('put an activation into the week it began in', () => {
    const monday = Date.parse('2026-11-16T00:00:00Z');
    const at = (when: number) => request({ status: 'Provisioned', createdDateTime: iso(when), scheduleInfo: { startDateTime: iso(when) } });
    const weeks = perWeek([at(monday), at(monday - 1), at(NOW + DAY), request({ status: 'Denied' })], NOW, monday, 3);
    expect(weeks.map((week) => week.count)).toEqual([0, 1, 1]);
    expect(weekNumber(monday)).toBe(47);
    expect(weekNumber(Date.parse('2026-12-28T00:00:00Z'))).toBe(53);
    expect(weekNumber(Date.parse('2027-01-04T00:00:00Z'))).toBe(1);
  });

  it('count somebody once who has it twice (R-D8)', () => {
    const points = countsOf([role('a', NOW - 4 * HOUR, NOW - HOUR), role('a', NOW - 3 * HOUR, NOW - 2 * HOUR), role('b', NOW - 2 * HOUR, null)], NOW - DAY, NOW);
    expect(points.map((point) => [(point.at - NOW) / HOUR, point.count])).toEqual([[-24, 0], [-4, 1], [-3, 1], [-2, 2], [-1, 1]]);
  });

  it('sort what happened into columns, the last instant outside', () => {
    const columns = columnsOf([{ at: 0, refused: false }, { at: 49, refused: true }, { at: 50, refused: false }, { at: 100, refused: false }], 0, 100, 2);
    expect(columns).toEqual([{ start: 0, done: 1, refused: 1 }, { start: 50, done: 1, refused: 0 }]);
  });
});

describe('how long', () => {
  it('steps by half an hour, and finer below an hour', () => {
    expect(stepFor(4 * HOUR)).toBe(30 * MINUTE);
    expect(stepFor(HOUR)).toBe(5 * MINUTE);
    expect(marksFor(30 * MINUTE, 4 * HOUR)).toEqual([30 * MINUTE, HOUR, 2 * HOUR, 3 * HOUR, 4 * HOUR]);
  });

  it('is soon over in the last quarter of an hour, and never more than the last quarter', () => {
    expect(isSoon(NOW, NOW + 8 * HOUR, NOW + 8 * HOUR - 15 * MINUTE)).toBe(true);
    expect(isSoon(NOW, NOW + 8 * HOUR, NOW + 8 * HOUR - 16 * MINUTE)).toBe(false);
    expect(isSoon(NOW, NOW + 20 * MINUTE, NOW + 14 * MINUTE)).toBe(false);
    expect(isSoon(NOW, NOW + 20 * MINUTE, NOW + 15 * MINUTE)).toBe(true);
  });

  it('for several is what the strictest allows', () => {
    const policy = (max: number) => ({ settings: { activationMax: max } }) as never;
    expect(strictest([{ name: 'a', policy: policy(8 * HOUR) }, { name: 'b', policy: policy(4 * HOUR) }])).toEqual({ max: 4 * HOUR, by: 'b' });
  });
});

describe('what is sent to activate', () => {
  const typed = { length: 2 * HOUR, apart: undefined, start: undefined, reason: ' ', ticket: '', system: '' };
  const id = '8b2bf1ff-687d-439e-be12-7522d3316fa0';

  it('leaves out what was not typed', () => {
    expect(activationOf({ groupId: id, accessId: 'member' }, typed, undefined, 'do')).toEqual({
      groupId: id, accessId: 'member', scheduleInfo: { expiration: { type: 'afterDuration', duration: 'PT2H' } },
    });
  });

  it('has each its own length where they are set apart, and says when it only tries', () => {
    const sent = activationOf({ groupId: id, accessId: 'owner' }, { ...typed, reason: 'x', apart: { [`${id}.owner`]: HOUR } }, NOW, 'try');
    expect(sent).toMatchObject({ justification: 'x', isValidationOnly: true, scheduleInfo: { startDateTime: iso(NOW), expiration: { duration: 'PT1H' } } });
  });

  it('reads no role from an address that names none', () => {
    expect(wantedOf(`${id}.member,nonsense,${id}.boss,`)).toEqual([{ groupId: id, accessId: 'member' }]);
  });
});
