/** What a package leads to, as a chain: its roles, their groups, what these are in, and the directory roles they give. */
import './packages.css';
import { BoxRegular, ShieldRegular } from '@fluentui/react-icons';
import { useQueries, useQuery } from '@tanstack/react-query';
import { Link } from '@tanstack/react-router';
import type { AccessPackage, RoleScope } from '../../api/packages';
import { directoryRoles, groupsOf, roleHolders } from '../../api/queries';
import { t } from '../../i18n';
import { groupIcon } from '../../parts/marks';
import { groupOf, roleName } from './shown';
import { Named } from '../../parts/named';

/** A directory role that a group has or may activate. */
interface Given {
  id: string;
  name: string;
  eligible: boolean;
}

/** What being in a group leads to: further groups, and directory roles; nothing where one may not know. */
export function useLeads(groupId: string): { groups: { id: string; name: string }[]; roles: Given[] } {
  const within = useQuery({ ...groupsOf(groupId), retry: false }).data ?? [];
  const holders = useQuery({ ...roleHolders(), retry: false }).data ?? [];
  const ids = new Set([groupId, ...within.map((one) => one.id)]);
  const held = holders.filter((one) => ids.has(one.principalId));
  const definitions = useQuery({ ...directoryRoles(), enabled: held.length > 0, retry: false }).data ?? [];
  return {
    groups: within.map((one) => ({ id: one.id, name: one.displayName ?? one.id })),
    roles: held.map((one) => ({ id: one.groupId, name: definitions.find((role) => role.id === one.groupId)?.displayName ?? '…', eligible: one.state === 'eligible' })),
  };
}

/** The further steps from a group on, as boxes. */
export function Leads({ groupId }: { groupId: string }) {
  const { groups, roles } = useLeads(groupId);
  return (
    <>
      {groups.map((one) => {
        const Icon = groupIcon(one.name);
        return (
          <li key={one.id} className="lead">
            <Icon aria-hidden />{' '}
            <Link to="/groups/$id/{-$tab}" params={{ id: one.id, tab: 'overview' }}>
              <Named of={one.name} />
            </Link>
          </li>
        );
      })}
      {roles.map((one) => (
        <li key={`${one.id} ${one.eligible}`} className="lead warns">
          <ShieldRegular aria-hidden />{' '}
          <span>
            <Link to="/directory-roles/$id/{-$tab}" params={{ id: one.id, tab: 'overview' }}>
              <Named of={one.name} />
            </Link>{' '}
            <span className="secondary">{t(one.eligible ? 'packages.leads.may' : 'packages.leads.has')}</span>
          </span>
        </li>
      ))}
    </>
  );
}

/** The picture of a package, and the same as a table. */
export function Picture({ one }: { one: AccessPackage }) {
  const roles = one.resourceRoleScopes ?? [];
  // What is shown in a picture is read beforehand, so that it does not grow piece by piece.
  useQueries({ queries: roles.map((role) => ({ ...groupsOf(groupOf(role.role)), retry: false })) });
  if (roles.length === 0) return <p className="secondary">{t('packages.givesNothing')}</p>;
  return (
    <ol className="picture" aria-label={t('packages.leads.title')}>
      {roles.map((role) => (
        <li key={role.id}>
          <Chain one={one} role={role} />
        </li>
      ))}
    </ol>
  );
}

function Chain({ one, role }: { one: AccessPackage; role: RoleScope }) {
  const group = groupOf(role.role);
  const name = role.role.resource?.displayName ?? group;
  const Icon = groupIcon(name);
  return (
    <ol className="leads" aria-label={t('packages.roleOf', { role: roleName(role.role.displayName), group: name })}>
      <li className="lead here">
        <BoxRegular aria-hidden /> <Named of={one.displayName} />
      </li>
      <li className={role.role.type === 'eligible' ? 'lead asked' : 'lead'}>{roleName(role.role.displayName)}</li>
      <li className="lead">
        <Icon aria-hidden />{' '}
        <Link to="/groups/$id/{-$tab}" params={{ id: group, tab: 'overview' }}>
          <Named of={name} />
        </Link>
      </li>
      <Leads groupId={group} />
    </ol>
  );
}
