/**
 * Where groups and directory roles differ in the API, and only there: below other addresses, with other names for
 * the same things. Everything else knows just what is held (`Held`), by whom, and how long.
 */
import { t } from '../i18n';
import { fromIso } from '../time/duration';
import type { Access, Held, Holding, Link, Role, ScheduleInfo, ScheduleRequest } from './types';

/** Below here is PIM for Groups. */
export const PIM = '/identityGovernance/privilegedAccess/group';
/** Below here is PIM for directory roles. */
export const DIRECTORY = '/roleManagement/directory';

/** Assignments are had; eligibilities can be activated. */
export type Kind = 'assignment' | 'eligibility';

const upper = (kind: Kind) => (kind === 'assignment' ? 'Assignment' : 'Eligibility');

/** Where requests are. */
export const requestsAt = (access: Access, kind: Kind) => (access === 'role' ? `${DIRECTORY}/role${upper(kind)}ScheduleRequests` : `${PIM}/${kind}ScheduleRequests`);

/** Where approvals are. */
export const approvalsAt = (access: Access) =>
  access === 'package' ? '/identityGovernance/entitlementManagement/accessPackageAssignmentApprovals' : access === 'role' ? `${DIRECTORY}/roleAssignmentApprovals` : `${PIM}/assignmentApprovals`;

/** The members of a body that say what it is about. */
export const about = ({ groupId, accessId, scope }: Held) => (accessId === 'role' ? { roleDefinitionId: groupId, directoryScopeId: scope ?? '/' } : { groupId, accessId });

/** The whole directory. */
export const EVERYTHING = '/';
const UNITS = '/administrativeUnits/';

/** The scope of a unit. */
export const overUnit = (id: string) => `${UNITS}${id}`;

/** The unit that a scope names; none for the whole directory. */
export const unitOf = (scope: string | null | undefined) => (scope?.startsWith(UNITS) === true ? scope.slice(UNITS.length) : undefined);

/** The name that what is held goes by in addresses. */
export const heldKey = ({ groupId, accessId, scope }: Held) => `${groupId}.${accessId === 'role' ? (unitOf(scope) ?? 'directory') : accessId}`;

/** Reads such a name. */
export function heldOf(key: string): Held | undefined {
  const [groupId, what] = key.split('.');
  if (groupId === undefined || what === undefined || !/^[0-9a-f-]{36}$/i.test(groupId)) return undefined;
  if (what === 'member' || what === 'owner') return { groupId, accessId: what };
  if (what === 'directory') return { groupId, accessId: 'role', scope: EVERYTHING };
  return /^[0-9a-f-]{36}$/i.test(what) ? { groupId, accessId: 'role', scope: overUnit(what) } : undefined;
}

/** Whether two are the same role. */
export const sameHeld = (one: Held, other: Held) => heldKey(one) === heldKey(other);

/** What names a role in any answer. */
interface Told {
  groupId?: string | null;
  roleDefinitionId?: string | null;
  directoryScopeId?: string | null;
}

/** A directory role's name, with the unit that it is held over. */
const named = (role: string | null | undefined, unit: string | null | undefined) => (role && unit ? t('role.inUnit', { role, unit }) : (role ?? null));

const isOfDirectory = (told: Told) => told.groupId === undefined || told.groupId === null;

const held = (told: Told) => ({ groupId: told.roleDefinitionId ?? '', accessId: 'role' as const, scope: told.directoryScopeId ?? EVERYTHING });

/** One of `/ephor/v1/me/roles`. */
export function asRole(row: Role & Told & { roleDisplayName?: string | null; unitDisplayName?: string | null }): Role {
  return isOfDirectory(row) ? { ...row, ...held(row), groupDisplayName: named(row.roleDisplayName, row.unitDisplayName) } : row;
}

/** What is expanded in rows of directory roles. */
interface Expanded extends Told {
  roleDefinition?: { displayName?: string | null; description?: string | null } | null;
  directoryScope?: { displayName?: string | null } | null;
  principal?: { '@odata.type'?: string; displayName?: string | null } | null;
}

/** A request of either kind. */
export function asRequest(told: ScheduleRequest & Expanded, kind: Kind): ScheduleRequest {
  const row = { ...told, about: kind };
  if (!isOfDirectory(row)) return row;
  const group = { displayName: named(row.roleDefinition?.displayName, row.directoryScope?.displayName), description: row.roleDefinition?.description ?? null };
  return { ...row, ...held(row), group: { id: row.roleDefinitionId ?? '', ...group } } as ScheduleRequest;
}

/** A schedule of a directory role, as Graph has it. */
export interface RoleSchedule extends Expanded {
  id: string;
  principalId: string;
  createdDateTime?: string | null;
  memberType?: string | null;
  assignmentType?: string | null;
  scheduleInfo?: ScheduleInfo | null;
}

function principalKind(type: string | undefined): Pick<Role, 'principalKind'> {
  const kind = (['user', 'group', 'servicePrincipal'] as const).find((one) => type?.endsWith(`.${one}`) === true);
  return kind === undefined ? {} : { principalKind: kind };
}

/** The same as a role of somebody's. */
export function asRoleOf(row: RoleSchedule, state: 'eligible' | 'active'): Role {
  // It may say how long, or until when.
  const end = endOf({ scheduleInfo: row.scheduleInfo ?? null, createdDateTime: row.createdDateTime ?? '' });
  return {
    ...held(row),
    scheduleId: row.id,
    state,
    groupDisplayName: named(row.roleDefinition?.displayName, row.directoryScope?.displayName),
    principalId: row.principalId,
    principalDisplayName: row.principal?.displayName ?? null,
    ...principalKind(row.principal?.['@odata.type']),
    memberType: /group/i.test(row.memberType ?? '') ? 'group' : 'direct',
    assignmentType: state === 'eligible' ? 'eligible' : /activated/i.test(row.assignmentType ?? '') ? 'activated' : 'assigned',
    // What was there before anybody scheduled anything has no start of its own.
    startDateTime: row.scheduleInfo?.startDateTime ?? row.createdDateTime ?? '',
    endDateTime: end === Infinity ? null : new Date(end).toISOString(),
    actions: [],
  };
}

const GIVES = ['adminAssign', 'adminUpdate', 'adminRenew', 'adminExtend', 'selfActivate'];
const ENDS = ['adminRemove', 'selfDeactivate'];

/** When what was given ends, or would have ended; infinity for no end. */
function endOf({ scheduleInfo, createdDateTime }: { scheduleInfo?: ScheduleInfo | null; createdDateTime: string }): number {
  const { endDateTime, duration } = scheduleInfo?.expiration ?? {};
  if (endDateTime) return Date.parse(endDateTime);
  const span = fromIso(duration);
  return span === undefined ? Infinity : Date.parse(scheduleInfo?.startDateTime ?? createdDateTime) + span;
}

/** What requests gave that runs no more, and ended since then: Graph lists only schedules that run. */
export function endedOf(requests: readonly ScheduleRequest[], running: readonly Role[], since: number): Role[] {
  const still = new Set(running.map((role) => role.scheduleId));
  const given = requests.filter((one) => GIVES.includes(one.action ?? '') && ['Provisioned', 'Revoked', 'Granted'].includes(one.status) && one.targetScheduleId && !still.has(one.targetScheduleId));
  return given.flatMap((one): Role[] => {
    const active = one.action === 'selfActivate' || !isEligibility(one);
    const endedBy = requests.find((other) => ENDS.includes(other.action ?? '') && sameHeld(other, one) && other.principalId === one.principalId && isEligibility(other) === isEligibility(one) && other.createdDateTime > one.createdDateTime && Date.parse(other.createdDateTime) < endOf(one));
    const end = endedBy === undefined ? endOf(one) : Date.parse(endedBy.createdDateTime);
    if (end === Infinity || end < since) return [];
    return [
      {
        groupId: one.groupId,
        accessId: one.accessId,
        scope: one.scope ?? null,
        scheduleId: one.targetScheduleId ?? one.id,
        state: 'ended',
        groupDisplayName: one.group?.displayName ?? null,
        principalId: one.principalId,
        principalDisplayName: one.principal?.displayName ?? null,
        memberType: 'direct',
        assignmentType: !active ? 'eligible' : one.action === 'selfActivate' ? 'activated' : 'assigned',
        startDateTime: one.scheduleInfo?.startDateTime ?? one.createdDateTime,
        endDateTime: new Date(end).toISOString(),
        actions: [],
      },
    ];
  });
}

/** Of which collection it is: rows of several collections together say so by their type. */
const isEligibility = (request: ScheduleRequest) => request.about === 'eligibility';

const asLink = (link: Link & Told): Link => (isOfDirectory(link) ? { ...link, ...held(link) } : link);

/** Who has what, of either kind. */
export function asHolding<T extends Told>(row: T & { roleDisplayName?: string | null; chain?: Link[]; before?: Link[][]; after?: Link[][] }): T {
  const each = (chains: Link[][] | undefined) => chains?.map((one) => one.map(asLink));
  const chain = row.chain === undefined ? { before: each(row.before), after: each(row.after) } : { chain: row.chain.map(asLink) };
  return isOfDirectory(row) ? { ...row, ...held(row), groupDisplayName: row.roleDisplayName ?? null, ...chain } : { ...row, ...chain };
}

export type { Holding };
