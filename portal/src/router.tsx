/** Every place and its address on one page. Each loads its own script. */
import { createRootRoute, createRoute, createRouter, lazyRouteComponent } from '@tanstack/react-router';
import { ErrorPlace, NoSuchPlace } from './shell/ErrorPlace';
import { Shell } from './shell/Shell';

/** Text from the address, where there is some. */
const text = (value: unknown): string | undefined =>
  typeof value === 'string' && value !== '' ? value : typeof value === 'number' ? String(value) : undefined;

const one = <T extends string>(value: unknown, words: readonly T[]): T | undefined => words.find((word) => word === value);

const root = createRootRoute({
  component: Shell,
  notFoundComponent: NoSuchPlace,
  errorComponent: ErrorPlace,
  /** `activate` holds the roles that the activate dialog is open for: `groupId.access,…`. */
  validateSearch: (search): { activate?: string } => {
    const activate = text(search.activate);
    return activate === undefined ? {} : { activate };
  },
});

const home = createRoute({ getParentRoute: () => root, path: '/', component: lazyRouteComponent(() => import('./features/home/Home')) });

const roles = createRoute({
  getParentRoute: () => root,
  path: '/roles',
  validateSearch: (search): { tab?: 'active' | 'ended'; q?: string } => ({ tab: one(search.tab, ['active', 'ended']), q: text(search.q) }),
  component: lazyRouteComponent(() => import('./features/roles/MyRoles')),
});

const requests = createRoute({
  getParentRoute: () => root,
  path: '/requests',
  component: lazyRouteComponent(() => import('./features/requests/MyRequests')),
});

const request = createRoute({
  getParentRoute: () => root,
  path: '/requests/$id',
  component: lazyRouteComponent(() => import('./features/requests/Request')),
});

const approvals = createRoute({
  getParentRoute: () => root,
  path: '/approvals',
  component: lazyRouteComponent(() => import('./features/approve/Approvals')),
});

const approval = createRoute({
  getParentRoute: () => approvals,
  path: '$id',
});

const groups = createRoute({
  getParentRoute: () => root,
  path: '/groups',
  validateSearch: (search): { q?: string } => ({ q: text(search.q) }),
  component: lazyRouteComponent(() => import('./features/groups/Groups')),
});

const discover = createRoute({
  getParentRoute: () => root,
  path: '/groups/bring-in',
  validateSearch: (search): { q?: string; show?: 'yes' | 'no' } => ({ q: text(search.q), show: one(search.show, ['yes', 'no']) }),
  component: lazyRouteComponent(() => import('./features/groups/Discover')),
});

/** The tabs of a group's page. */
export const groupTabs = ['overview', 'assignments', 'settings', 'requests', 'audit', 'access'] as const;
/** One of them. */
export type GroupTab = (typeof groupTabs)[number];

/** What the tabs of a group's page keep in the address. */
export interface GroupSearch {
  range?: '1' | '7' | '30' | undefined;
  table?: boolean | undefined;
  state?: 'active' | 'ended' | undefined;
  q?: string | undefined;
  add?: boolean | undefined;
  of?: 'owner' | undefined;
  part?: 'assignment' | 'notification' | undefined;
  then?: string | undefined;
  and?: string | undefined;
  differs?: boolean | undefined;
  entry?: string | undefined;
  from?: string | undefined;
  to?: string | undefined;
}

/** What the pages of groups and of directory roles share. */
const managed = {
  params: {
    parse: ({ id, tab }: { id: string; tab?: string | undefined }) => ({ id, tab: one(tab, groupTabs) ?? ('overview' as GroupTab) }),
    stringify: ({ id, tab }: { id: string; tab: GroupTab }) => ({ id, tab: tab === 'overview' ? undefined : tab }),
  },
  validateSearch: (search: Record<string, unknown>): GroupSearch => ({
    range: one(String(search.range), ['1', '7', '30']),
    table: search.table === true ? true : undefined,
    state: one(search.state, ['active', 'ended']),
    q: text(search.q),
    add: search.add === true ? true : undefined,
    of: one(search.of, ['owner']),
    part: one(search.part, ['assignment', 'notification']),
    then: text(search.then),
    and: text(search.and),
    differs: search.differs === true ? true : undefined,
    entry: text(search.entry),
    from: text(search.from),
    to: text(search.to),
  }),
};
const groupPage = createRoute({
  getParentRoute: () => root,
  path: '/groups/$id/{-$tab}',
  ...managed,
  component: lazyRouteComponent(() => import('./features/groups/GroupPage')),
});
const directoryRoles = createRoute({
  getParentRoute: () => root,
  path: '/directory-roles',
  validateSearch: (search): { q?: string } => ({ q: text(search.q) }),
  component: lazyRouteComponent(() => import('./features/groups/DirectoryRoles')),
});
const directoryRolePage = createRoute({
  getParentRoute: () => root,
  path: '/directory-roles/$id/{-$tab}',
  ...managed,
  component: lazyRouteComponent(() => import('./features/groups/GroupPage'), 'DirectoryRolePage'),
});

/** What the audit place keeps in the address. */
export interface AuditSearch {
  group?: string | undefined;
  person?: string | undefined;
  kind?: string | undefined;
  q?: string | undefined;
  from?: string | undefined;
  to?: string | undefined;
  entry?: string | undefined;
  table?: boolean | undefined;
}

/** The tabs of a catalog's page. */
export const catalogTabs = ['packages', 'resources', 'people'] as const;
/** One of them. */
export type CatalogTab = (typeof catalogTabs)[number];
/** The tabs of a package's page. */
export const packageTabs = ['overview', 'roles', 'policies', 'assignments', 'requests'] as const;
/** One of them. */
export type PackageTab = (typeof packageTabs)[number];

/** A page with tabs, of which the first has no name in the address. */
const tabbed = <T extends string>(tabs: readonly [T, ...T[]]) => ({
  parse: ({ id, tab }: { id: string; tab?: string | undefined }) => ({ id, tab: one(tab, tabs) ?? tabs[0] }),
  stringify: ({ id, tab }: { id: string; tab: T }) => ({ id, tab: tab === tabs[0] ? undefined : tab }),
});

const packages = createRoute({
  getParentRoute: () => root,
  path: '/my-access',
  validateSearch: (search): { tab?: 'ask' | 'requests'; q?: string; ask?: string } => ({ tab: one(search.tab, ['ask', 'requests']), q: text(search.q), ask: text(search.ask) }),
  component: lazyRouteComponent(() => import('./features/packages/MyAccess')),
});
const catalogs = createRoute({
  getParentRoute: () => root,
  path: '/catalogs',
  validateSearch: (search): { q?: string } => ({ q: text(search.q) }),
  component: lazyRouteComponent(() => import('./features/packages/Catalogs')),
});
const catalogPage = createRoute({
  getParentRoute: () => root,
  path: '/catalogs/$id/{-$tab}',
  params: tabbed(catalogTabs),
  component: lazyRouteComponent(() => import('./features/packages/CatalogPage')),
});
const packagePage = createRoute({
  getParentRoute: () => root,
  path: '/access-packages/$id/{-$tab}',
  params: tabbed(packageTabs),
  validateSearch: (search): { state?: 'lost' | 'over' | undefined } => ({ state: one(search.state, ['lost', 'over']) }),
  component: lazyRouteComponent(() => import('./features/packages/PackagePage')),
});

const audit = createRoute({
  getParentRoute: () => root,
  path: '/audit',
  validateSearch: (search): AuditSearch => ({
    group: text(search.group),
    person: text(search.person),
    kind: text(search.kind),
    q: text(search.q),
    from: text(search.from),
    to: text(search.to),
    entry: text(search.entry),
    table: search.table === true ? true : undefined,
  }),
  component: lazyRouteComponent(() => import('./features/audit/Audit')),
});

const access = createRoute({
  getParentRoute: () => root,
  path: '/access',
  validateSearch: (search): { group?: string; person?: string; then?: string; and?: string; differs?: boolean } => ({
    group: text(search.group),
    person: text(search.person),
    then: text(search.then),
    and: text(search.and),
    differs: search.differs === true ? true : undefined,
  }),
  component: lazyRouteComponent(() => import('./features/access/WhoHadAccess')),
});

const directory = createRoute({
  getParentRoute: () => root,
  path: '/directory',
  validateSearch: (search): { show?: 'groups' | 'units' | 'applications'; q?: string } => ({ show: one(search.show, ['groups', 'units', 'applications']), q: text(search.q) }),
  component: lazyRouteComponent(() => import('./features/directory/Directory')),
});

const person = createRoute({
  getParentRoute: () => root,
  path: '/directory/users/$id',
  component: lazyRouteComponent(() => import('./features/directory/Person')),
});

const unitPage = createRoute({
  getParentRoute: () => root,
  path: '/directory/units/$id',
  component: lazyRouteComponent(() => import('./features/directory/UnitPage')),
});
const applicationPage = createRoute({
  getParentRoute: () => root,
  path: '/directory/applications/$id',
  component: lazyRouteComponent(() => import('./features/directory/ApplicationPage')),
});
const settings = createRoute({
  getParentRoute: () => root,
  path: '/settings',
  component: lazyRouteComponent(() => import('./features/settings/Settings')),
});

export const router = createRouter({
  routeTree: root.addChildren([
    home, roles, requests, request, approvals.addChildren([approval]), groups, discover, groupPage, directoryRoles, directoryRolePage, audit, access, directory, person,
    unitPage, applicationPage, settings, packages, catalogs, catalogPage, packagePage,
  ]),
  defaultPreload: 'intent',
  defaultErrorComponent: ErrorPlace,
  scrollRestoration: true,
});

declare module '@tanstack/react-router' {
  interface Register {
    router: typeof router;
  }
}
