/** A group: who has it, who may, under which settings, and what happened. Each tab has its address. */
import './group.css';
import { Button } from '@fluentui/react-components';
import { PersonAddRegular } from '@fluentui/react-icons';
import { useQuery } from '@tanstack/react-query';
import { Link, useNavigate, useParams } from '@tanstack/react-router';
import { lazy, Suspense } from 'react';
import { group as groupQuery, groupRoles, people } from '../../api/queries';
import { t, type MessageKey } from '../../i18n';
import { RowSkeletons, Title, useTitle } from '../../parts/layout';
import { GroupMark } from '../../parts/marks';
import { Loaded } from '../../parts/Query';
import { groupTabs, type GroupTab } from '../../router';
import { and } from '../../words';
import { kindOf } from './Groups';

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

export default function GroupPage() {
  const { id, tab } = useParams({ from: '/groups/$id/{-$tab}' });
  const navigate = useNavigate();
  const query = useQuery(groupQuery(id));
  const owners = useQuery({ ...people(id, 'owners'), retry: false }).data;
  const roles = useQuery({ ...groupRoles(id), retry: false });
  const may = roles.isSuccess;
  useTitle(query.data?.displayName ?? undefined, t(names[tab]));
  const Body = bodies[tab];
  return (
    <Loaded query={query} place>
      {(group) => (
        <>
          <div className="head group-head">
            <GroupMark name={group.displayName} />
            <div className="head-words">
              <Title>{group.displayName}</Title>
              <p>
                {[
                  group.description,
                  kindOf(group),
                  owners === undefined ? undefined : owners.length === 0 ? t('groups.noOwner') : t('group.ownedBy', { names: and(owners.map((one) => one.displayName ?? '')) }),
                ]
                  .filter(Boolean)
                  .join(' · ')}
              </p>
            </div>
            {may && tab !== 'settings' ? (
              <div className="head-actions">
                <Button
                  appearance="primary"
                  size="large"
                  icon={<PersonAddRegular />}
                  onClick={() => void navigate({ to: '/groups/$id/{-$tab}', params: { id, tab: 'assignments' }, search: { add: true } })}
                >
                  {t('group.add')}
                </Button>
              </div>
            ) : null}
          </div>
          <nav className="tabs" aria-label={t('group.tabs')}>
            {groupTabs
              .filter((one) => may || one === 'overview' || roles.isPending)
              .map((one) => (
                <Link key={one} to="/groups/$id/{-$tab}" params={{ id, tab: one }} search={{}} activeOptions={{ exact: true, includeSearch: false }} aria-current={one === tab ? 'page' : undefined}>
                  {t(names[one])}
                </Link>
              ))}
          </nav>
          <div className="group-body">
            <Suspense fallback={<RowSkeletons />}>
              <Body group={group} />
            </Suspense>
          </div>
        </>
      )}
    </Loaded>
  );
}
