/** Every place, for whom it is looked at, and what it is called. */
import type { Who, World } from './world';

export interface Place {
  name: string;
  who: Who;
  path: string;
}

/** Makes things happen, so that there is something to see, and names the places. */
export async function places(world: World): Promise<Place[]> {
  const waits = await world.activate('ada', 'Signing keys', 'Sign release 2.4.1 after the fix of the parser');
  await world.activate('daniel', 'Signing keys', 'Check the signature of the hotfix', 'PT4H');
  const runs = await world.activate('ada', 'Production admins', 'Restart the apply worker on orders-db-2', 'PT4H');
  const [production, signing, databases, payroll] = await Promise.all(['Production admins', 'Signing keys', 'Database operators', 'Payroll data'].map((name) => world.group(name)));
  const { value } = await world.api<{ value: { id: string }[] }>('admin', '/v1.0/users?$top=2');
  const person = value[1]?.id ?? '';
  // Something that is refused, for the record.
  await world.activate('ada', 'Database operators', '', 'PT12H').catch(() => undefined);
  return [
    { name: 'home', who: 'ada', path: '/' },
    { name: 'roles', who: 'ada', path: '/roles' },
    { name: 'roles-active', who: 'ada', path: '/roles?tab=active' },
    { name: 'roles-ended', who: 'ada', path: '/roles?tab=ended' },
    { name: 'activate', who: 'ada', path: `/roles?activate=${databases}.member` },
    { name: 'activate-two', who: 'ada', path: `/roles?activate=${databases}.member,${payroll}.member` },
    { name: 'requests', who: 'ada', path: '/requests' },
    { name: 'request-running', who: 'ada', path: `/requests/${runs}` },
    { name: 'request-waiting', who: 'ada', path: `/requests/${waits}` },
    { name: 'approvals', who: 'farah', path: '/approvals' },
    { name: 'approval', who: 'farah', path: `/approvals/${waits}` },
    { name: 'home-administrator', who: 'admin', path: '/' },
    { name: 'groups', who: 'admin', path: '/groups' },
    { name: 'bring-in', who: 'admin', path: '/groups/bring-in' },
    { name: 'group-overview', who: 'admin', path: `/groups/${production}` },
    { name: 'group-overview-table', who: 'admin', path: `/groups/${production}?table=true` },
    { name: 'group-assignments', who: 'admin', path: `/groups/${production}/assignments` },
    { name: 'group-wizard', who: 'admin', path: `/groups/${production}/assignments?add=true` },
    { name: 'group-settings', who: 'admin', path: `/groups/${signing}/settings` },
    { name: 'group-settings-assignment', who: 'admin', path: `/groups/${signing}/settings?part=assignment` },
    { name: 'group-settings-notification', who: 'admin', path: `/groups/${signing}/settings?part=notification` },
    { name: 'group-requests', who: 'admin', path: `/groups/${signing}/requests` },
    { name: 'group-audit', who: 'admin', path: `/groups/${signing}/audit` },
    { name: 'group-access', who: 'admin', path: `/groups/${production}/access` },
    { name: 'group-stranger', who: 'ada', path: `/groups/${signing}` },
    { name: 'audit', who: 'admin', path: '/audit' },
    { name: 'audit-refused', who: 'admin', path: '/audit?kind=attemptRefused' },
    { name: 'audit-table', who: 'admin', path: '/audit?table=true' },
    { name: 'audit-mine', who: 'ada', path: '/audit' },
    { name: 'access', who: 'admin', path: `/access?group=${production}` },
    { name: 'access-choose', who: 'admin', path: '/access' },
    { name: 'directory', who: 'admin', path: '/directory' },
    { name: 'directory-groups', who: 'admin', path: '/directory?show=groups' },
    { name: 'person', who: 'admin', path: `/directory/users/${person}` },
    { name: 'settings', who: 'admin', path: '/settings' },
    { name: 'empty-roles', who: 'iris', path: '/roles' },
    { name: 'empty-approvals', who: 'ben', path: '/approvals' },
    { name: 'no-such-place', who: 'ada', path: '/settings/nothing' },
  ];
}
