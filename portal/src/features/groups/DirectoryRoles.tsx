/** Every directory role: what it is for, who has it now, who could. */
import { Input } from '@fluentui/react-components';
import { SearchRegular } from '@fluentui/react-icons';
import { useQuery } from '@tanstack/react-query';
import { Link, useNavigate, useSearch } from '@tanstack/react-router';
import { directoryRoles, roleHolders } from '../../api/queries';
import type { Role, RoleDefinition } from '../../api/types';
import { t } from '../../i18n';
import { Empty, Head, useTitle } from '../../parts/layout';
import { GroupMark } from '../../parts/marks';
import { Loaded } from '../../parts/Query';
import { useEdges } from '../../time/clock';
import { edgesOf, millis } from '../../time/format';
import { Named } from '../../parts/named';

/** How many people and groups have a role now, and could activate it. */
export function countsOf(holders: readonly Role[], id: string, now: number): { active: number; eligible: number } {
  const runs = (role: Role) => role.groupId === id && millis(role.startDateTime) <= now && (role.endDateTime === null || millis(role.endDateTime) > now);
  const count = (state: Role['state']) => new Set(holders.filter((role) => role.state === state && runs(role)).map((role) => role.principalId)).size;
  return { active: count('active'), eligible: count('eligible') };
}

function Row({ role, holders, now }: { role: RoleDefinition; holders: readonly Role[] | undefined; now: number }) {
  const counts = holders === undefined ? undefined : countsOf(holders, role.id, now);
  return (
    <tr>
      <td className="first">
        <span className="who">
          <GroupMark name={role.displayName} />
          <span className="row-words">
            <Link to="/directory-roles/$id/{-$tab}" params={{ id: role.id, tab: 'overview' }} className="row-title">
              <Named of={role.displayName} />
            </Link>
            <br />
            <span className="secondary">{role.description}</span>
          </span>
        </span>
      </td>
      <td>{[t(role.isBuiltIn ? 'directoryRole.builtIn' : 'directoryRole.own'), role.isPrivileged === true ? t('directoryRole.privileged') : undefined].filter(Boolean).join(', ')}</td>
      <td className="num">{counts === undefined ? '' : t('directoryRole.have', { count: counts.active })}</td>
      <td className="num">{counts === undefined ? '' : t('directoryRole.could', { count: counts.eligible })}</td>
    </tr>
  );
}

export default function DirectoryRoles() {
  useTitle(t('nav.directoryRoles'));
  const { q = '' } = useSearch({ from: '/directory-roles' });
  const navigate = useNavigate({ from: '/directory-roles' });
  const query = useQuery(directoryRoles());
  const holders = useQuery({ ...roleHolders(), retry: false }).data;
  const now = useEdges(edgesOf(holders ?? []));
  return (
    <>
      <Head title={t('nav.directoryRoles')}>{query.data === undefined ? '\u00a0' : t('directoryRole.count', { count: query.data.length })}</Head>
      <div className="section">
        <Loaded query={query}>
          {(roles) => {
            const shown = roles.filter((role) => `${role.displayName} ${role.description ?? ''}`.toLowerCase().includes(q.toLowerCase())).sort((one, other) => one.displayName.localeCompare(other.displayName));
            return (
              <>
                <Input
                  contentBefore={<SearchRegular />}
                  type="search"
                  aria-label={t('directoryRole.search', { count: roles.length })}
                  placeholder={t('directoryRole.search', { count: roles.length })}
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
                        <th scope="col">{t('role.directory')}</th>
                        <th scope="col">{t('table.kind')}</th>
                        <th scope="col">{t('roles.active')}</th>
                        <th scope="col">{t('status.eligible')}</th>
                      </tr>
                    </thead>
                    <tbody>
                      {shown.map((role) => (
                        <Row key={role.id} role={role} holders={holders} now={now} />
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
