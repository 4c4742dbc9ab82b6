/** An administrative unit: who and what is in it, and who holds a directory role over just it. */
import { Button } from '@fluentui/react-components';
import { PeopleTeamRegular } from '@fluentui/react-icons';
import { useInfiniteQuery, useQuery } from '@tanstack/react-query';
import { Link, useParams } from '@tanstack/react-router';
import { overThisUnit, unit as unitQuery, unitMembers } from '../../api/queries';
import type { Role } from '../../api/types';
import { t } from '../../i18n';
import { HeldLink } from '../../parts/HeldLink';
import { Empty, RowSkeletons, Section, Title, useTitle } from '../../parts/layout';
import { GroupMark, PrincipalMark } from '../../parts/marks';
import { Failed } from '../../parts/messages';
import { Loaded } from '../../parts/Query';
import { Status } from '../../parts/status';
import { useEdges } from '../../time/clock';
import { edgesOf, millis, until } from '../../time/format';
import { Named } from '../../parts/named';

function Members({ id }: { id: string }) {
  const query = useInfiniteQuery(unitMembers(id));
  const rows = (query.data?.pages ?? []).flatMap((page) => page.value);
  if (query.isPending) return <RowSkeletons />;
  if (query.isError) return <Failed error={query.error} retry={() => void query.refetch()} />;
  if (rows.length === 0) return <Empty icon={PeopleTeamRegular} line={t('unit.empty')} sentence={t('unit.emptyWhy')} />;
  return (
    <>
      <ul className="card">
        {rows.map((one) => {
          const isGroup = one['@odata.type']?.endsWith('.group') === true;
          return (
            <li key={one.id} className="row">
              {isGroup ? <GroupMark name={one.displayName} /> : <PrincipalMark name={one.displayName} size={36} />}
              <span className="row-words">
                {isGroup ? (
                  <Link to="/groups/$id/{-$tab}" params={{ id: one.id, tab: 'overview' }} className="row-title">
                    <Named of={one.displayName} />
                  </Link>
                ) : (
                  <Link to="/directory/users/$id" params={{ id: one.id }} className="row-title">
                    <Named of={one.displayName} />
                  </Link>
                )}
                <br />
                <span className="secondary">{isGroup ? t('table.group') : 'userPrincipalName' in one ? one.userPrincipalName : ''}</span>
              </span>
            </li>
          );
        })}
      </ul>
      {query.hasNextPage ? (
        <div style={{ padding: '16px 0' }}>
          <Button onClick={() => void query.fetchNextPage()}>{t('action.more')}</Button>
        </div>
      ) : null}
    </>
  );
}

function Over({ roles }: { roles: Role[] }) {
  const now = useEdges(edgesOf(roles));
  const running = roles.filter((role) => role.endDateTime === null || millis(role.endDateTime) > now);
  return (
    <Section title={t('unit.over')} count={running.length}>
      {running.length === 0 ? (
        <div className="card">
          <p className="row secondary">{t('unit.nobodyOver')}</p>
        </div>
      ) : (
        <ul className="card">
          {running.map((role) => (
            <li key={role.scheduleId} className="row">
              <PrincipalMark name={role.principalDisplayName} kind={role.principalKind ?? 'user'} size={36} />
              <span className="row-words">
                <span className="row-title"><Named of={role.principalDisplayName ?? role.principalId} /></span>
                <br />
                <HeldLink held={role} className="secondary">
                  <Named of={role.groupDisplayName ?? role.groupId} />
                </HeldLink>
              </span>
              <Status is={role.state === 'eligible' ? 'eligible' : 'active'}>{t(role.state === 'eligible' ? 'status.eligible' : 'roles.active')}</Status>
              <span className="secondary num request-when">{until(role.endDateTime, now)}</span>
            </li>
          ))}
        </ul>
      )}
    </Section>
  );
}

export default function UnitPage() {
  const { id } = useParams({ from: '/directory/units/$id' });
  const query = useQuery(unitQuery(id));
  const over = useQuery({ ...overThisUnit(id), retry: false });
  useTitle(query.data?.displayName, t('nav.directory'));
  return (
    <Loaded query={query} place>
      {(unit) => (
        <>
          <div className="head">
            <div className="head-words">
              <Title><Named of={unit.displayName} /></Title>
              <p>{[unit.description, t('directory.unit'), unit.isMemberManagementRestricted === true ? t('unit.restricted') : undefined, unit.visibility === 'HiddenMembership' ? t('unit.hidden') : undefined].filter(Boolean).join(' · ')}</p>
            </div>
          </div>
          <Section title={t('unit.members')}>
            <Members id={id} />
          </Section>
          {over.data === undefined ? null : <Over roles={over.data} />}
        </>
      )}
    </Loaded>
  );
}
