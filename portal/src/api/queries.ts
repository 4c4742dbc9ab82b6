/** Every read of the portal, under one key each, so that what changed is read again. */
import { infiniteQueryOptions, QueryClient, queryOptions } from '@tanstack/react-query';
import { all, get, here, query, quoted, Refused, together, type Page } from './client';
import { policyOf, type Policy, type PolicyAssignment } from './policy';
import type {
  Approval,
  AuditEntry,
  Candidate,
  Difference,
  Group,
  Holding,
  MyRoles,
  PolicyVersion,
  Role,
  ScheduleRequest,
  TenantSettings,
  User,
} from './types';

/** Below here is PIM for Groups. */
export const PIM = '/identityGovernance/privilegedAccess/group';

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
  queryOptions({ queryKey: ['my-roles'], queryFn: () => get<MyRoles>('/ephor/v1/me/roles'), refetchInterval: 60_000 });

export const policies = (groupId: string) =>
  queryOptions({
    queryKey: ['policies', groupId],
    staleTime: 60_000,
    queryFn: async (): Promise<Policy[]> => {
      const filter = `scopeId eq ${quoted(groupId)} and scopeType eq 'Group'`;
      const page = await together<Page<PolicyAssignment>>(
        `/policies/roleManagementPolicyAssignments${query({ $filter: filter, $expand: 'policy($expand=rules)' })}`,
      );
      return page.value.map(policyOf);
    },
  });

export const policyHistory = (groupId: string, access: string) =>
  queryOptions({
    queryKey: ['policy-history', groupId, access],
    queryFn: async () => (await get<Page<PolicyVersion>>(`/ephor/v1/groups/${groupId}/policies/${access}/history`)).value,
  });

const requestsOf = (kind: 'assignment' | 'eligibility', on: string, filter?: string) =>
  all<ScheduleRequest>(
    `/v1.0${PIM}/${kind}ScheduleRequests/filterByCurrentUser(on='${on}')${query({ $expand: 'group,principal', $filter: filter })}`,
  );

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
      try {
        return await get(`/v1.0${PIM}/assignmentScheduleRequests/${id}?$expand=group,principal`);
      } catch (error) {
        if (!(error instanceof Refused) || error.status !== 404) throw error;
        return get(`/v1.0${PIM}/eligibilityScheduleRequests/${id}?$expand=group,principal`);
      }
    },
  });

export const approval = (id: string) =>
  queryOptions({
    queryKey: ['approval', id],
    queryFn: () => get<Approval>(`/v1.0${PIM}/assignmentApprovals/${id}?$expand=stages`),
  });

/** Requests that wait, or waited, for the caller. */
export const approvals = () =>
  queryOptions({
    queryKey: ['approvals'],
    refetchInterval: 20_000,
    queryFn: () => requestsOf('assignment', 'approver'),
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

export const groupRoles = (id: string) =>
  queryOptions({ queryKey: ['group-roles', id], refetchInterval: 60_000, queryFn: () => all<Role>(`/ephor/v1/groups/${id}/roles?$top=1000`) });

export const groupRequests = (id: string) =>
  queryOptions({
    queryKey: ['group-requests', id],
    queryFn: async () => {
      const of = (kind: 'assignment' | 'eligibility') =>
        all<ScheduleRequest>(
          `/v1.0${PIM}/${kind}ScheduleRequests${query({ $filter: `groupId eq ${quoted(id)}`, $expand: 'principal' })}`,
          2_000,
        );
      const [active, eligible] = await Promise.all([of('assignment'), of('eligibility')]);
      return [...active, ...eligible].sort((one, other) => other.createdDateTime.localeCompare(one.createdDateTime));
    },
  });

/** What the audit log is narrowed to. */
export interface AuditFilter {
  view?: 'all' | 'mine' | 'group' | undefined;
  groupId?: string | undefined;
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
export const access = (of: { group: string } | { user: string }, asOf?: string) =>
  queryOptions({
    queryKey: ['access', of, asOf],
    queryFn: () =>
      all<Holding>(
        `/ephor/v1/${'group' in of ? `groups/${of.group}` : `users/${of.user}`}/access${query({ asOf, $top: 1_000 })}`,
      ),
  });

export const difference = (options: { from: string; to: string | undefined; groupId?: string | undefined; principalId?: string | undefined }) =>
  queryOptions({
    queryKey: ['difference', options],
    queryFn: () => all<Difference>(`/ephor/v1/access/difference${query({ ...options, $top: 1_000 })}`),
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
      const [administers, audits, roles] = await Promise.all([
        may(get('/ephor/v1/settings')),
        // Reading no entry of the log leaves none in it.
        may(get('/ephor/v1/audit?view=all&$top=0')),
        client.fetchQuery(myRoles()),
      ]);
      const owns = roles.active.some((role) => role.accessId === 'owner');
      return { administers, audits, owns, manages: administers || owns };
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
