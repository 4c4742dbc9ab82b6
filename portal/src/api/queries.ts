/** Every read of the portal, under one key each, so that what changed is read again. */
import { infiniteQueryOptions, QueryClient, queryOptions } from '@tanstack/react-query';
import { all, get, here, query, quoted, Refused, together, type Page } from './client';
import { approvalsAt, asHolding, asRequest, asRole, asRoleOf, endedOf, DIRECTORY, overUnit, PIM, requestsAt, type Kind, type RoleSchedule } from './held';
import { worded } from '../i18n';
import { catalogs, packageDecisions } from './packages';
import { serverNow } from '../time/clock';
import { DAY } from '../time/duration';
import { policyOf, type Policy, type PolicyAssignment } from './policy';
import type {
  Access,
  Application,
  Approval,
  AuditEntry,
  Candidate,
  Difference,
  Group,
  Holding,
  Managed,
  MyRoles,
  PolicyVersion,
  Role,
  RoleDefinition,
  ScheduleRequest,
  TenantSettings,
  Unit,
  User,
} from './types';


/** What was read, kept a while. */
export const client = new QueryClient({
  defaultOptions: {
    queries: {
      staleTime: 15_000,
      refetchOnWindowFocus: true,
      // The page says when it tries again; a refusal stays one.
      retry: (count, error) => !(error instanceof Refused) && count < 1,
      retryDelay: 600,
    },
  },
});

/** Access changed: nothing that was read of it counts any more. */
export const accessChanged = () => client.invalidateQueries();

export const me = () => queryOptions({ queryKey: ['me'], queryFn: () => together<User & { id: string }>('/me'), staleTime: 300_000 });

export const myRoles = () =>
  queryOptions({
    queryKey: ['my-roles'],
    refetchInterval: 60_000,
    queryFn: async (): Promise<MyRoles> => {
      const { eligible, active, ended } = await get<MyRoles>('/ephor/v1/me/roles');
      // It is asked for before there are words, and a role over a unit is called by some.
      await worded;
      return { eligible: eligible.map(asRole), active: active.map(asRole), ended: ended.map(asRole) };
    },
  });

/** The policies of a group, or the one of a directory role. */
export const policies = (id: string, access?: Access) =>
  queryOptions({
    queryKey: ['policies', id],
    staleTime: 60_000,
    queryFn: async (): Promise<Policy[]> => {
      const filter = access === 'role' ? `scopeId eq '/' and scopeType eq 'DirectoryRole' and roleDefinitionId eq ${quoted(id)}` : `scopeId eq ${quoted(id)} and scopeType eq 'Group'`;
      const page = await together<Page<PolicyAssignment>>(
        `/policies/roleManagementPolicyAssignments${query({ $filter: filter, $expand: 'policy($expand=rules)' })}`,
      );
      return page.value.map(policyOf);
    },
  });

export const policyHistory = (id: string, access: Access) =>
  queryOptions({
    queryKey: ['policy-history', id, access],
    queryFn: async () => (await get<Page<PolicyVersion>>(access === 'role' ? `/ephor/v1/roleDefinitions/${id}/policy/history` : `/ephor/v1/groups/${id}/policies/${access}/history`)).value,
  });

const related = (access: Access) => (access === 'role' ? 'roleDefinition,directoryScope,principal' : 'group,principal');

/** What may be hidden from somebody is none for them. */
async function orNone<T>(rows: Promise<T[]>): Promise<T[]> {
  try {
    return await rows;
  } catch (error) {
    if (error instanceof Refused && error.status === 403) return [];
    throw error;
  }
}

/** Requests about groups and directory roles, of both kinds. */
async function requestsOf(kind: Kind, on: string): Promise<ScheduleRequest[]> {
  const of = (access: Access) => all<ScheduleRequest>(`/v1.0${requestsAt(access, kind)}/filterByCurrentUser(on='${on}')${query({ $expand: related(access) })}`);
  const [groups, roles] = await Promise.all([of('member'), orNone(of('role'))]);
  return [...groups, ...roles].map((one) => asRequest(one, kind));
}

export const myRequests = () =>
  queryOptions({
    queryKey: ['my-requests'],
    refetchInterval: 30_000,
    queryFn: async () => {
      const [active, eligible] = await Promise.all([
        requestsOf('assignment', 'createdBy'),
        requestsOf('eligibility', 'createdBy'),
      ]);
      return [...active, ...eligible]
        .filter((one) => one.action?.startsWith('self'))
        .sort((one, other) => other.createdDateTime.localeCompare(one.createdDateTime));
    },
  });

export const request = (id: string) =>
  queryOptions({
    queryKey: ['request', id],
    refetchInterval: 15_000,
    queryFn: async (): Promise<ScheduleRequest> => {
      const places = (['member', 'role'] as const).flatMap((access) => (['assignment', 'eligibility'] as const).map((kind) => [access, kind] as const));
      let refused: Refused | undefined;
      for (const [access, kind] of places) {
        try {
          return asRequest(await get(`/v1.0${requestsAt(access, kind)}/${id}${query({ $expand: related(access) })}`), kind);
        } catch (error) {
          if (!(error instanceof Refused) || ![403, 404].includes(error.status)) throw error;
          // That it is nowhere says more than that one of the places is closed.
          refused = refused?.status === 404 ? refused : error;
        }
      }
      throw refused ?? new Error('no place was asked');
    },
  });

export const approval = ({ id, accessId }: Pick<ScheduleRequest, 'id' | 'accessId'>) =>
  queryOptions({
    queryKey: ['approval', id],
    queryFn: () => get<Approval>(`/v1.0${approvalsAt(accessId)}/${id}?$expand=stages`),
  });

/** Requests that wait, or waited, for the caller. */
export const approvals = () =>
  queryOptions({
    queryKey: ['approvals'],
    refetchInterval: 20_000,
    queryFn: async () => (await Promise.all([requestsOf('assignment', 'approver'), packageDecisions()])).flat(),
  });

/** Somebody or a group, by id; null where it is gone or hidden. */
export const directoryObject = (id: string) =>
  queryOptions({
    queryKey: ['object', id],
    staleTime: 300_000,
    queryFn: async (): Promise<((User | Group) & { '@odata.type'?: string }) | null> => {
      try {
        return await together(`/directoryObjects/${id}`);
      } catch (error) {
        if (error instanceof Refused && error.status === 404) return null;
        throw error;
      }
    },
  });

export const user = (id: string) => queryOptions({ queryKey: ['user', id], queryFn: () => together<User>(`/users/${id}`) });
export const group = (id: string) => queryOptions({ queryKey: ['group', id], queryFn: () => together<Group & { id: string }>(`/groups/${id}`) });

export const people = (groupId: string, which: 'members' | 'owners') =>
  queryOptions({
    queryKey: [which, groupId],
    queryFn: async () => (await together<Page<User & { '@odata.type'?: string }>>(`/groups/${groupId}/${which}?$top=100`)).value,
  });

/** The groups that a group is in itself; none where one may not know. */
export const groupsOf = (groupId: string) =>
  queryOptions({
    queryKey: ['groups-of', groupId],
    staleTime: 60_000,
    queryFn: async () => (await orNone(all<Group & { id: string; '@odata.type'?: string }>(`/v1.0/groups/${groupId}/memberOf`))).filter((one) => one['@odata.type']?.endsWith('.group') ?? true),
  });

/** Every managed group that the caller may see. */
export const managedGroups = () =>
  queryOptions({
    queryKey: ['managed'],
    queryFn: async () => {
      const rows = await all<{ id: string; deletedDateTime: string | null }>(`/beta${PIM}/resources`);
      return Promise.all(rows.filter((row) => row.deletedDateTime === null).map(async ({ id }) => client.fetchQuery(group(id))));
    },
  });

export const discover = () =>
  queryOptions({ queryKey: ['discover'], queryFn: () => all<Candidate>('/ephor/v1/groups/discover?$top=999') });

/** Whose a group or a directory role is, may be, or was. */
export const groupRoles = (id: string, of?: Access) =>
  queryOptions({ queryKey: ['group-roles', id], refetchInterval: 60_000, queryFn: () => (of === 'role' ? directoryRoleHolders(id) : all<Role>(`/ephor/v1/groups/${id}/roles?$top=1000`)) });

/** Graph's schedules of a directory role; what has ended is told by its requests. */
async function directoryRoleHolders(id: string): Promise<Role[]> {
  const options = query({ $filter: `roleDefinitionId eq ${quoted(id)}`, $expand: related('role') });
  const [eligible, active, requests] = await Promise.all([
    all<RoleSchedule>(`/v1.0${DIRECTORY}/roleEligibilitySchedules${options}`),
    all<RoleSchedule>(`/v1.0${DIRECTORY}/roleAssignmentSchedules${options}`),
    client.fetchQuery(groupRequests(id, 'role')),
  ]);
  const running = [...eligible.map((one) => asRoleOf(one, 'eligible')), ...active.map((one) => asRoleOf(one, 'active'))];
  return [...running, ...endedOf(requests, running, serverNow() - 30 * DAY)];
}

export const groupRequests = (id: string, access: Access = 'member') =>
  queryOptions({
    queryKey: ['group-requests', id],
    queryFn: async () => {
      const filter = `${access === 'role' ? 'roleDefinitionId' : 'groupId'} eq ${quoted(id)}`;
      const of = (kind: Kind) => all<ScheduleRequest>(`/v1.0${requestsAt(access, kind)}${query({ $filter: filter, $expand: access === 'role' ? related(access) : 'principal' })}`, 2_000);
      const [active, eligible] = await Promise.all([of('assignment'), of('eligibility')]);
      return [...active.map((one) => asRequest(one, 'assignment')), ...eligible.map((one) => asRequest(one, 'eligibility'))].sort((one, other) => other.createdDateTime.localeCompare(one.createdDateTime));
    },
  });

const OF_ROLE = 'id,displayName,description,isBuiltIn,isEnabled,isPrivileged';

/** Every directory role that there is. */
export const directoryRoles = () =>
  queryOptions({ queryKey: ['directory-roles'], staleTime: 60_000, queryFn: () => all<RoleDefinition>(`/beta${DIRECTORY}/roleDefinitions?$select=${OF_ROLE}`) });

/** One of them, as what has a page. */
export const directoryRole = (id: string) =>
  queryOptions({
    queryKey: ['directory-role', id],
    staleTime: 60_000,
    queryFn: async (): Promise<Managed> => ({ ...(await get<RoleDefinition>(`/beta${DIRECTORY}/roleDefinitions/${id}?$select=${OF_ROLE}`)), of: 'role' }),
  });

/** Who has, or could have, any directory role now: as far as the caller may know. */
export const roleHolders = () =>
  queryOptions({
    queryKey: ['role-holders'],
    queryFn: async () => {
      const [eligible, active] = await Promise.all(['roleEligibilitySchedules', 'roleAssignmentSchedules'].map((name) => orNone(all<RoleSchedule>(`/v1.0${DIRECTORY}/${name}`))));
      return [...(eligible ?? []).map((one) => asRoleOf(one, 'eligible')), ...(active ?? []).map((one) => asRoleOf(one, 'active'))];
    },
  });

export const units = () => queryOptions({ queryKey: ['all-units'], staleTime: 60_000, queryFn: () => all<Unit>('/v1.0/directory/administrativeUnits', 500) });
export const unit = (id: string) => queryOptions({ queryKey: ['unit', id], queryFn: () => get<Unit>(`/v1.0/directory/administrativeUnits/${id}`) });

/** Who and what is in a unit, a page at a time. */
export const unitMembers = (id: string) => list<(User | Group) & { id: string; '@odata.type'?: string }>(`unit-members ${id}`, `/v1.0/directory/administrativeUnits/${id}/members${query({ $top: 100 })}`, '');

/** Who holds a directory role over just this unit. */
export const overThisUnit = (id: string) =>
  queryOptions({
    queryKey: ['over-unit', id],
    queryFn: async () => {
      const options = query({ $filter: `directoryScopeId eq ${quoted(overUnit(id))}`, $expand: 'roleDefinition,principal' });
      const [eligible, active] = await Promise.all([
        all<RoleSchedule>(`/v1.0${DIRECTORY}/roleEligibilitySchedules${options}`),
        all<RoleSchedule>(`/v1.0${DIRECTORY}/roleAssignmentSchedules${options}`),
      ]);
      return [...active.map((one) => asRoleOf(one, 'active')), ...eligible.map((one) => asRoleOf(one, 'eligible'))];
    },
  });

export const application = (id: string) => queryOptions({ queryKey: ['application', id], queryFn: () => get<Application>(`/v1.0/applications/${id}`) });

/** Who owns an application. */
export const applicationOwners = (id: string) =>
  queryOptions({ queryKey: ['application-owners', id], queryFn: async () => (await get<Page<User & { id: string }>>(`/v1.0/applications/${id}/owners`)).value });

/** What acts for an application here, with the permissions it was given. */
export const programOf = (appId: string) =>
  queryOptions({
    queryKey: ['program', appId],
    queryFn: async () => {
      const [program] = (await get<Page<{ id: string; accountEnabled: boolean }>>(`/v1.0/servicePrincipals${query({ $filter: `appId eq ${quoted(appId)}` })}`)).value;
      if (program === undefined) return null;
      const granted = await get<Page<{ id: string; appRoleId: string }>>(`/v1.0/servicePrincipals/${program.id}/appRoleAssignments`);
      return { ...program, granted: granted.value };
    },
  });

/** What the audit log is narrowed to. */
export interface AuditFilter {
  view?: 'all' | 'mine' | 'group' | 'role' | undefined;
  groupId?: string | undefined;
  roleDefinitionId?: string | undefined;
  principalId?: string | undefined;
  from?: string | undefined;
  to?: string | undefined;
}

export const auditAddress = (filter: AuditFilter, more: Record<string, string | number> = {}) =>
  `/ephor/v1/audit${query({ ...filter, ...more })}`;

export const audit = (filter: AuditFilter) =>
  infiniteQueryOptions({
    queryKey: ['audit', filter],
    // Each reading of everybody's entries leaves one.
    refetchOnWindowFocus: false,
    initialPageParam: auditAddress(filter, { $top: 200 }),
    queryFn: ({ pageParam }) => get<Page<AuditEntry>>(pageParam),
    getNextPageParam: (last) => (last['@odata.nextLink'] === undefined ? undefined : here(last['@odata.nextLink'])),
  });

/** Entries of a span of time for counting, no more than a picture can tell. */
export const auditSpan = (filter: AuditFilter) =>
  queryOptions({
    queryKey: ['audit-span', filter],
    refetchOnWindowFocus: false,
    staleTime: 60_000,
    queryFn: () => all<AuditEntry>(auditAddress(filter, { $top: 1_000 }), 10_000),
  });

/** Who is whose, at an instant. */
export const access = (of: { group: string } | { role: string } | { user: string }, asOf?: string) =>
  queryOptions({
    queryKey: ['access', of, asOf],
    queryFn: async () => {
      const whose = 'group' in of ? `groups/${of.group}` : 'role' in of ? `roleDefinitions/${of.role}` : `users/${of.user}`;
      return (await all<Holding>(`/ephor/v1/${whose}/access${query({ asOf, $top: 1_000 })}`)).map((one) => asHolding(one));
    },
  });

export const difference = (options: { from: string; to: string | undefined; groupId?: string | undefined; roleDefinitionId?: string | undefined; principalId?: string | undefined }) =>
  queryOptions({
    queryKey: ['difference', options],
    queryFn: async () => (await all<Difference>(`/ephor/v1/access/difference${query({ ...options, $top: 1_000 })}`)).map((one) => asHolding(one)),
  });

export const tenantSettings = () =>
  queryOptions({ queryKey: ['settings'], staleTime: 300_000, queryFn: () => get<TenantSettings>('/ephor/v1/settings') });

/** What the caller may look after: everything, what they own, or nothing. */
export const abilities = () =>
  queryOptions({
    queryKey: ['abilities'],
    staleTime: 60_000,
    queryFn: async () => {
      const may = async (read: Promise<unknown>) => {
        try {
          await read;
          return true;
        } catch (error) {
          if (error instanceof Refused && error.status === 403) return false;
          throw error;
        }
      };
      const [administers, audits, roles, looksAfter] = await Promise.all([
        may(get('/ephor/v1/settings')),
        // Reading no entry of the log leaves none in it.
        may(get('/ephor/v1/audit?view=all&$top=0')),
        client.fetchQuery(myRoles()),
        orNone(client.fetchQuery(catalogs())),
      ]);
      const owns = roles.active.some((role) => role.accessId === 'owner');
      return { administers, audits, owns, manages: administers || owns, packages: administers || looksAfter.length > 0 };
    },
  });

/** Whether this is the demonstration, whose clock can be moved. */
export const demonstration = () =>
  queryOptions({
    queryKey: ['demonstration'],
    staleTime: Infinity,
    queryFn: async () => {
      const said = document.querySelector('meta[name=ephor-demonstration]')?.getAttribute('content');
      if (said === 'yes' || said === 'no') return said === 'yes';
      // The page did not come from Ephor but from a development server: only a demonstration knows the address.
      try {
        await get('/demo/clock');
        return true;
      } catch (error) {
        return error instanceof Refused && error.status === 405;
      }
    },
  });

const list = <T>(name: string, path: string, search: string) =>
  infiniteQueryOptions({
    queryKey: [name, search],
    initialPageParam: path,
    queryFn: ({ pageParam }) => get<Page<T>>(pageParam),
    getNextPageParam: (last) => (last['@odata.nextLink'] === undefined ? undefined : here(last['@odata.nextLink'])),
  });

const named = (search: string) =>
  search === '' ? undefined : `startswith(displayName,${quoted(search)})`;

export const users = (search: string) =>
  list<User & { id: string }>('users', `/v1.0/users${query({ $top: 200, $count: true, $filter: named(search) })}`, search);
export const groups = (search: string) =>
  list<Group & { id: string }>('groups', `/v1.0/groups${query({ $top: 200, $count: true, $filter: named(search) })}`, search);

export const allUnits = (search: string) =>
  list<Unit>('units', `/v1.0/directory/administrativeUnits${query({ $top: 200, $count: true, $filter: named(search) })}`, search);
export const applications = (search: string) =>
  list<Application>('applications', `/v1.0/applications${query({ $top: 200, $count: true, $filter: named(search) })}`, search);

/** People and groups whose names begin so. */
export const find = (text: string, kinds: readonly ('user' | 'group')[]) =>
  queryOptions({
    queryKey: ['find', text, kinds],
    staleTime: 30_000,
    queryFn: async () => {
      const of = async (kind: 'user' | 'group') => {
        const path = `/${kind}s${query({ $top: 8, $filter: named(text) })}`;
        const page = await together<Page<(User & Group) & { id: string }>>(path);
        return page.value.map((row) => ({ ...row, kind }));
      };
      return (await Promise.all(kinds.map(of))).flat();
    },
  });
