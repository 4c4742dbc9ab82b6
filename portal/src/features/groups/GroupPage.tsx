/** A group, or a directory role: who has it, who may, under which settings, and what happened. Each tab has its address. */
import './group.css';
import { Button } from '@fluentui/react-components';
import { PersonAddRegular } from '@fluentui/react-icons';
import { useQuery } from '@tanstack/react-query';
import { Link, useNavigate, useParams } from '@tanstack/react-router';
import { lazy, Suspense, type ReactNode } from 'react';
import { directoryRole, group as groupQuery, groupRoles, people } from '../../api/queries';
import type { Managed } from '../../api/types';
import { t, type MessageKey } from '../../i18n';
import { RowSkeletons, Title, useTitle } from '../../parts/layout';
import { GroupMark } from '../../parts/marks';
import { Loaded } from '../../parts/Query';
import { groupTabs, type GroupSearch, type GroupTab } from '../../router';
import { and } from '../../words';
import { kindOf } from './Groups';
import { Named } from '../../parts/named';

const Overview = lazy(() => import('./Overview'));
const Assignments = lazy(() => import('./Assignments'));
const GroupSettings = lazy(() => import('./GroupSettings'));
const GroupRequests = lazy(() => import('./GroupRequests'));
const GroupAudit = lazy(() => import('./GroupAudit'));
const GroupAccess = lazy(() => import('./GroupAccess'));

const names: Record<GroupTab, MessageKey> = {
  overview: 'group.overview',
  assignments: 'group.assignments',
  settings: 'group.settings',
  requests: 'group.requests',
  audit: 'group.audit',
  access: 'group.access',
};

const bodies = { overview: Overview, assignments: Assignments, settings: GroupSettings, requests: GroupRequests, audit: GroupAudit, access: GroupAccess };

/** A link to a tab of the page that it is on. */
export function TabLink({ group, tab, search = {}, current, children }: { group: Pick<Managed, 'id' | 'of'>; tab: GroupTab; search?: GroupSearch; current?: boolean; children: ReactNode }) {
  const rest = { params: { id: group.id, tab }, search, activeOptions: { exact: true, includeSearch: false }, 'aria-current': current === true ? ('page' as const) : undefined, children };
  return group.of === 'role' ? <Link to="/directory-roles/$id/{-$tab}" {...rest} /> : <Link to="/groups/$id/{-$tab}" {...rest} />;
}

function Page({ group, tab, facts }: { group: Managed; tab: GroupTab; facts: (string | null | undefined)[] }) {
  const navigate = useNavigate();
  const roles = useQuery({ ...groupRoles(group.id, group.of), retry: false });
  const may = roles.isSuccess;
  useTitle(group.displayName ?? undefined, t(names[tab]));
  const Body = bodies[tab];
  const add = () => {
    const there = { params: { id: group.id, tab: 'assignments' as const }, search: { add: true } };
    void (group.of === 'role' ? navigate({ to: '/directory-roles/$id/{-$tab}', ...there }) : navigate({ to: '/groups/$id/{-$tab}', ...there }));
  };
  return (
    <>
      <div className="head group-head">
        <GroupMark name={group.displayName} />
        <div className="head-words">
          <Title><Named of={group.displayName} /></Title>
          <p>{facts.filter(Boolean).join(' · ')}</p>
        </div>
        {may && tab !== 'settings' ? (
          <div className="head-actions">
            <Button appearance="primary" size="large" icon={<PersonAddRegular />} onClick={add}>
              {t('group.add')}
            </Button>
          </div>
        ) : null}
      </div>
      <nav className="tabs" aria-label={t(group.of === 'role' ? 'directoryRole.tabs' : 'group.tabs')}>
        {groupTabs
          .filter((one) => may || one === 'overview' || roles.isPending)
          .map((one) => (
            <TabLink key={one} group={group} tab={one} current={one === tab}>
              {t(names[one])}
            </TabLink>
          ))}
      </nav>
      <div className="group-body">
        <Suspense fallback={<RowSkeletons />}>
          <Body group={group} />
        </Suspense>
      </div>
    </>
  );
}

export default function GroupPage() {
  const { id, tab } = useParams({ from: '/groups/$id/{-$tab}' });
  const query = useQuery(groupQuery(id));
  const owners = useQuery({ ...people(id, 'owners'), retry: false }).data;
  const owned = owners === undefined ? undefined : owners.length === 0 ? t('groups.noOwner') : t('group.ownedBy', { names: and(owners.map((one) => one.displayName ?? '')) });
  return (
    <Loaded query={query} place>
      {(group) => <Page group={group} tab={tab} facts={[group.description, kindOf(group), owned]} />}
    </Loaded>
  );
}

/** A directory role's page: the same, of what is held over the directory or a unit of it. */
export function DirectoryRolePage() {
  const { id, tab } = useParams({ from: '/directory-roles/$id/{-$tab}' });
  const query = useQuery(directoryRole(id));
  return (
    <Loaded query={query} place>
      {(role) => <Page group={role} tab={tab} facts={[role.description, role.isPrivileged === true ? t('directoryRole.privileged') : undefined]} />}
    </Loaded>
  );
}
