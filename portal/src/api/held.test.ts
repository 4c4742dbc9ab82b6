import { beforeAll, describe, expect, it } from 'vitest';
import { speak } from '../i18n';
import { about, asHolding, asRequest, asRole, asRoleOf, endedOf, heldKey, heldOf, overUnit, requestsAt } from './held';
import type { Holding, Role, ScheduleRequest } from './types';

const ROLE = '11111111-2222-4333-8444-555555555555';
const UNIT = '99999999-2222-4333-8444-555555555555';
const overBerlin = { groupId: ROLE, accessId: 'role', scope: overUnit(UNIT) } as const;

const request = (change: object) =>
  asRequest({ id: 'r', status: 'Provisioned', roleDefinitionId: ROLE, directoryScopeId: '/', principalId: 'ada', action: 'selfActivate', targetScheduleId: 's', createdDateTime: '2026-03-02T10:00:00Z', scheduleInfo: { startDateTime: '2026-03-02T10:00:00Z', expiration: { type: 'afterDuration', duration: 'PT2H' } }, ...change } as unknown as ScheduleRequest, 'assignment');

beforeAll(() => speak());

describe('what is held', () => {
  it('has one name in addresses, which is read back', () => {
    for (const one of [{ groupId: ROLE, accessId: 'owner' }, { groupId: ROLE, accessId: 'role', scope: '/' }, overBerlin] as const) expect(heldOf(heldKey(one))).toEqual(one);
    for (const one of ['nonsense', `${ROLE}.boss`, 'x.member']) expect(heldOf(one)).toBeUndefined();
  });
  it('is said to the API in the words of its kind', () => {
    expect(about({ groupId: 'g', accessId: 'member' })).toEqual({ groupId: 'g', accessId: 'member' });
    expect(about(overBerlin)).toEqual({ roleDefinitionId: ROLE, directoryScopeId: `/administrativeUnits/${UNIT}` });
    expect(requestsAt('owner', 'eligibility')).toBe('/identityGovernance/privilegedAccess/group/eligibilityScheduleRequests');
    expect(requestsAt('role', 'assignment')).toBe('/roleManagement/directory/roleAssignmentScheduleRequests');
  });
  it('names the unit with the role', () => {
    const told = { groupId: null, roleDefinitionId: ROLE, directoryScopeId: overUnit(UNIT), roleDisplayName: 'User Administrator', unitDisplayName: 'Berlin' } as unknown as Role;
    expect(asRole(told)).toMatchObject({ ...overBerlin, groupDisplayName: 'User Administrator in Berlin' });
  });
  it('of a group stays as it was told', () => {
    const told = { groupId: 'g', accessId: 'member' } as Role;
    expect(asRole(told)).toBe(told);
  });
  it('is told with its chain, of which links may be of groups', () => {
    const told = { groupId: null, roleDefinitionId: ROLE, directoryScopeId: '/', roleDisplayName: 'Reader', chain: [{ groupId: 'g', accessId: 'member' }, { groupId: null, roleDefinitionId: ROLE, directoryScopeId: '/' }] } as unknown as Holding;
    const { groupDisplayName, chain } = asHolding(told);
    expect(groupDisplayName).toBe('Reader');
    expect(chain.map((one) => [one.groupId, one.accessId])).toEqual([['g', 'member'], [ROLE, 'role']]);
  });
});

describe('a schedule of a directory role', () => {
  it('that nobody scheduled starts when it was made', () => {
    const role = asRoleOf({ id: 's', principalId: 'ada', roleDefinitionId: ROLE, directoryScopeId: '/', createdDateTime: '2026-01-01T00:00:00Z', assignmentType: 'Assigned', principal: { '@odata.type': '#microsoft.graph.group' } }, 'active');
    expect(role).toMatchObject({ startDateTime: '2026-01-01T00:00:00Z', endDateTime: null, assignmentType: 'assigned', principalKind: 'group' });
  });
  it('that says how long it lasts has an end', () => {
    const scheduleInfo = { startDateTime: '2026-03-02T10:00:00Z', expiration: { type: 'afterDuration', duration: 'PT2H', endDateTime: null } } as const;
    expect(asRoleOf({ id: 's', principalId: 'ada', roleDefinitionId: ROLE, directoryScopeId: '/', scheduleInfo }, 'active').endDateTime).toBe('2026-03-02T12:00:00.000Z');
  });
});

describe('what has ended', () => {
  it('ran out at the end that was asked for', () => {
    expect(endedOf([request({})], [], 0)).toMatchObject([{ state: 'ended', assignmentType: 'activated', endDateTime: '2026-03-02T12:00:00.000Z' }]);
  });
  it('or was ended by a later request', () => {
    const ends = request({ id: 'e', action: 'selfDeactivate', targetScheduleId: null, createdDateTime: '2026-03-02T10:30:00Z' });
    expect(endedOf([ends, request({})], [], 0)).toMatchObject([{ endDateTime: '2026-03-02T10:30:00.000Z' }]);
  });
  it('is not what still runs, was refused, or ended long ago', () => {
    expect(endedOf([request({})], [{ scheduleId: 's' } as Role], 0)).toEqual([]);
    expect(endedOf([request({ status: 'Denied' })], [], 0)).toEqual([]);
    expect(endedOf([request({})], [], Date.parse('2026-04-02T10:00:00Z'))).toEqual([]);
  });
});
