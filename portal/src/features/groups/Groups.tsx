/** The managed groups, and the way to bring in others. */
import { Button, Input } from '@fluentui/react-components';
import { AddRegular, PeopleTeamRegular, SearchRegular } from '@fluentui/react-icons';
import { useQuery } from '@tanstack/react-query';
import { Link, useNavigate, useSearch } from '@tanstack/react-router';
import { abilities, managedGroups, people, policies } from '../../api/queries';
import type { Group } from '../../api/types';
import { t } from '../../i18n';
import { Empty, Head, useTitle } from '../../parts/layout';
import { GroupMark } from '../../parts/marks';
import { Loaded } from '../../parts/Query';
import { terms, and } from '../../words';
import { Named } from '../../parts/named';

function Row({ group }: { group: Group & { id: string } }) {
  const policy = useQuery({ ...policies(group.id), retry: false }).data?.find((one) => one.access === 'member');
  const owners = useQuery({ ...people(group.id, 'owners'), retry: false }).data;
  return (
    <tr>
      <td className="first">
        <span className="who">
          <GroupMark name={group.displayName} />
          <span className="row-words">
            <Link to="/groups/$id/{-$tab}" params={{ id: group.id, tab: 'overview' }} className="row-title">
              <Named of={group.displayName} />
            </Link>
            <br />
            <span className="secondary">{group.description}</span>
          </span>
        </span>
      </td>
      <td>{kindOf(group)}</td>
      <td>{policy === undefined ? '' : terms(policy.settings)}</td>
      <td>{owners === undefined ? '' : owners.length === 0 ? t('groups.noOwner') : and(owners.slice(0, 3).map((one) => one.displayName ?? ''))}</td>
    </tr>
  );
}

/** What kind of group it is. */
export function kindOf(group: Pick<Group, 'groupTypes' | 'isAssignableToRole'>): string {
  if (group.isAssignableToRole === true) return t('groups.roleAssignable');
  return group.groupTypes?.includes('Unified') === true ? t('groups.m365') : t('groups.security');
}

export default function Groups() {
  useTitle(t('nav.groups'));
  const { q = '' } = useSearch({ from: '/groups' });
  const navigate = useNavigate({ from: '/groups' });
  const query = useQuery(managedGroups());
  const may = useQuery(abilities()).data;
  return (
    <>
      <Head
        title={t('nav.groups')}
        actions={
          may?.manages === true ? (
            <Button appearance="primary" size="large" icon={<AddRegular />} onClick={() => void navigate({ to: '/groups/bring-in' })}>
              {t('groups.bringIn')}
            </Button>
          ) : undefined
        }
      >
        {query.data === undefined ? '\u00a0' : t('groups.count', { count: query.data.length })}
      </Head>
      <div className="section">
        <Loaded query={query}>
          {(groups) => {
            const shown = groups.filter((group) => `${group.displayName} ${group.description ?? ''}`.toLowerCase().includes(q.toLowerCase()));
            if (groups.length === 0) return <Empty icon={PeopleTeamRegular} line={t('groups.none')} sentence={t('groups.noneWhy')} />;
            return (
              <>
                <Input
                  contentBefore={<SearchRegular />}
                  type="search"
                  aria-label={t('groups.search', { count: groups.length })}
                  placeholder={t('groups.search', { count: groups.length })}
                  value={q}
                  style={{ width: 320, maxWidth: '100%' }}
                  onChange={(_, data) => void navigate({ search: { q: data.value === '' ? undefined : data.value }, replace: true })}
                />
                {shown.length === 0 ? (
                  <Empty icon={SearchRegular} line={t('search.none', { text: q })} />
                ) : (
                  <table className="table stacks" style={{ marginTop: 12 }}>
                    <thead>
                      <tr>
                        <th scope="col">{t('table.group')}</th>
                        <th scope="col">{t('table.kind')}</th>
                        <th scope="col">{t('table.members')}</th>
                        <th scope="col">{t('table.owners')}</th>
                      </tr>
                    </thead>
                    <tbody>
                      {shown.map((group) => (
                        <Row key={group.id} group={group} />
                      ))}
                    </tbody>
                  </table>
                )}
              </>
            );
          }}
        </Loaded>
      </div>
    </>
  );
}
