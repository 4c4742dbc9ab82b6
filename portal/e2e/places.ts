/** Every place and state, for whom it is looked at, and what it is called. */
import type { Page } from '@playwright/test';
import type { Who, World } from './world';

export interface Place {
  name: string;
  who: Who;
  path: string;
  /** What is done there before it is looked at. */
  act?: (page: Page) => Promise<void>;
  /** It never stops loading. */
  loads?: true;
}

/** What is asked of the API has this answer, or none. */
const api = /\/(ephor\/v1|v1\.0|beta)\//;

/** Opens a place, in its state; `undo` what was done to the page's network before the next one. */
export async function visit(page: Page, place: Place): Promise<() => Promise<void>> {
  if (place.loads) await page.route(api, () => new Promise(() => undefined));
  await page.goto(place.path, place.loads ? { waitUntil: 'commit' } : {});
  await page.waitForFunction((loads) => document.querySelector('h1, [role=dialog]') !== null && (loads || document.querySelector('.skeleton, [aria-busy=true]') === null), place.loads ?? false);
  await place.act?.(page);
  return () => page.unrouteAll({ behavior: 'ignoreErrors' });
}

/** Some days of a company's life, told as who does what and how long it is until the next thing. */
const days: readonly [Who, string, string, string, string][] = [
  ['ben', 'Database operators', 'Vacuum of orders-db after the import', 'PT2H', 'PT3H'],
  ['ada', 'Production admins', 'Rotate the certificates of the front ends', 'PT4H', 'PT14H'],
  ['elif', 'Production admins', 'Kernel update of the build machines', 'PT3H', 'PT2H'],
  ['ada', 'Signing keys', 'Sign release 2.3.9', 'PT1H', 'PT20H'],
  ['ada', 'Database operators', 'Read-only check of the replica lag', 'PT1H', 'PT5H'],
  ['ben', 'Production admins', 'Disk of log-3 is full', 'PT2H', 'PT19H'],
  ['ada', 'Production admins', 'Disk of log-3 is full again', 'PT1H', 'PT4H'],
  ['daniel', 'Signing keys', 'Check the signature of release 2.3.9', 'PT2H', 'PT21H'],
  ['elif', 'Production admins', 'Move the metrics store', 'PT8H', 'PT24H'],
  ['ben', 'Database operators', 'Restore test of the orders archive', 'PT4H', 'PT23H'],
  ['ada', 'Production admins', 'Page: checkout is slow in one region', 'PT2H', 'PT6H'],
  ['ada', 'Signing keys', 'Sign release 2.4.0', 'PT1H', 'PT20H'],
  ['elif', 'Production admins', 'Put the metrics store back', 'PT6H', 'PT22H'],
  ['ben', 'Production admins', 'Replace a broken switch', 'PT3H', 'PT17H'],
];

/** Lets them go by, so that charts and histories have something to tell. */
async function history(world: World, count: number): Promise<void> {
  for (const [who, group, why, length, next] of days.slice(-count)) {
    const id = await world.activate(who, group, why, length).catch(() => undefined);
    if (id !== undefined && group === 'Signing keys') await world.decide('farah', id, 'Approve', 'As planned.').catch(() => undefined);
    await world.advance(next);
  }
  // On to an afternoon at the office.
  const { now } = await world.api<{ now: string }>('admin', '/readyz');
  const afternoon = new Date(now);
  afternoon.setUTCHours(13, 32, 0, 0);
  if (afternoon.getTime() <= Date.parse(now)) afternoon.setUTCDate(afternoon.getUTCDate() + 1);
  await world.advance(`PT${Math.floor((afternoon.getTime() - Date.parse(now)) / 1000)}S`);
}

/** Only the places that are called so, while one works on them. */
const only = new RegExp(process.env.PLACES ?? '');

const made = new WeakMap<World, Promise<Place[]>>();

/** Makes things happen, so that there is something to see, and names the places; once in each world. `count` of the days go by. */
export function places(world: World, count = days.length): Promise<Place[]> {
  const known = made.get(world) ?? lived(world, count).then((all) => all.filter(({ name }) => only.test(name)));
  made.set(world, known);
  return known;
}

async function lived(world: World, count: number): Promise<Place[]> {
  await history(world, count);
  await world.activate('elif', 'Production admins', 'Watch the new balancer', 'PT3H');
  await world.advance('PT41M');
  const waits = await world.activate('ada', 'Signing keys', 'Sign release 2.4.1 after the fix of the parser');
  await world.activate('daniel', 'Signing keys', 'Check the signature of the hotfix', 'PT4H');
  const runs = await world.activate('ada', 'Production admins', 'Restart the apply worker on orders-db-2', 'PT4H');
  const [production, signing, databases, payroll] = await Promise.all(['Production admins', 'Signing keys', 'Database operators', 'Payroll data'].map((name) => world.group(name)));
  const { value } = await world.api<{ value: { id: string }[] }>('admin', '/v1.0/users?$top=2');
  const person = value[1]?.id ?? '';
  const berlin = await world.unit('Berlin office', 'People and groups at the office in Berlin', 'ben');
  const inBerlin = `/administrativeUnits/${berlin}`;
  await world.eligible('ada', 'User Administrator', inBerlin);
  await world.eligible('ada', 'Groups Administrator', '/');
  await world.eligible('ben', 'User Administrator', '/');
  const runsRole = await world.activateRole('ada', 'User Administrator', inBerlin, 'Reset the passwords of the Berlin office');
  const [users, groupsRole] = await Promise.all(['User Administrator', 'Groups Administrator'].map((name) => world.directoryRole(name)));
  const bot = await world.api<{ id: string }>('admin', '/v1.0/applications', { displayName: 'Deployment robot', web: { redirectUris: ['https://deploy.contoso.example/signed-in'] } });
  await world.api('admin', `/v1.0/applications/${bot.id}/addPassword`, { passwordCredential: { displayName: 'Nightly build' } });
  const ada = await world.api<{ id: string }>('ada', '/v1.0/me');
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
    { name: 'person-roles', who: 'admin', path: `/directory/users/${ada.id}` },
    { name: 'activate-role', who: 'ada', path: `/roles?activate=${groupsRole}.directory` },
    { name: 'request-role', who: 'ada', path: `/requests/${runsRole}` },
    { name: 'directory-roles', who: 'admin', path: '/directory-roles' },
    { name: 'directory-role', who: 'admin', path: `/directory-roles/${users}` },
    { name: 'directory-role-assignments', who: 'admin', path: `/directory-roles/${users}/assignments` },
    { name: 'directory-role-settings', who: 'admin', path: `/directory-roles/${users}/settings` },
    { name: 'directory-role-requests', who: 'admin', path: `/directory-roles/${users}/requests` },
    { name: 'directory-role-audit', who: 'admin', path: `/directory-roles/${users}/audit` },
    { name: 'directory-role-access', who: 'admin', path: `/directory-roles/${users}/access` },
    { name: 'directory-role-stranger', who: 'ben', path: `/directory-roles/${users}` },
    { name: 'directory-units', who: 'admin', path: '/directory?show=units' },
    { name: 'unit', who: 'admin', path: `/directory/units/${berlin}` },
    { name: 'directory-applications', who: 'admin', path: '/directory?show=applications' },
    { name: 'application', who: 'admin', path: `/directory/applications/${bot.id}` },
    { name: 'settings', who: 'admin', path: '/settings' },
    { name: 'empty-roles', who: 'iris', path: '/roles' },
    { name: 'empty-approvals', who: 'ben', path: '/approvals' },
    { name: 'signin', who: 'ada', path: '/sign-in?again=1' },
    { name: 'signin-methods', who: 'ada', path: '/sign-in/methods' },
    { name: 'signin-sessions', who: 'ada', path: '/sign-in/sessions' },
    { name: 'activate-filled', who: 'ada', path: `/roles?activate=${databases}.member,${payroll}.member`, act: async (page) => {
      await page.getByRole('textbox', { name: 'Reason' }).or(page.locator('textarea')).first().fill('Replica lag on orders-db-2 after the 14:10 deploy; restart the apply worker and watch.');
      await page.locator('.activate-form input[type=text], .activate-form input:not([type])').last().fill('Jira');
      await page.locator('.activate-form input[type=text], .activate-form input:not([type])').nth(-2).fill('INC-20417');
      await page.waitForTimeout(900);
    } },
    { name: 'activate-too-long', who: 'ada', path: `/roles?activate=${databases}.member`, act: async (page) => {
      const length = page.locator('.activate-form input').first();
      await length.fill('6h');
      await length.blur();
      await page.waitForTimeout(900);
    } },
    { name: 'approvals-many', who: 'farah', path: '/approvals', act: async (page) => {
      for (const box of await page.getByRole('checkbox').all()) await box.check();
    } },
    { name: 'group-settings-changed', who: 'admin', path: `/groups/${signing}/settings`, act: async (page) => {
      await page.locator('main input[type=checkbox]').nth(1).check();
      await page.locator('main input[type=radio][name=sign-in]').nth(1).check();
      await page.waitForTimeout(400);
    } },
    { name: 'group-wizard-second', who: 'admin', path: `/groups/${production}/assignments?add=true`, act: async (page) => {
      await page.getByRole('combobox').fill('Gr');
      await page.getByRole('option', { name: /Grace/ }).click();
      await page.locator('.fui-Button, button').filter({ hasText: /Continue|Weiter|次へ|続/ }).last().click();
    } },
    { name: 'directory-role-wizard', who: 'admin', path: `/directory-roles/${users}/assignments?add=true`, act: async (page) => {
      await page.getByRole('combobox').fill('Gr');
      await page.getByRole('option', { name: /Grace/ }).click();
      await page.locator('.fui-Button, button').filter({ hasText: /Continue|Weiter|次へ|続/ }).last().click();
    } },
    { name: 'search', who: 'admin', path: '/', act: async (page) => {
      await page.keyboard.press('Control+k');
      await page.getByRole('dialog').waitFor();
      await page.keyboard.type('Pro');
      await page.waitForTimeout(900);
    } },
    { name: 'move-clock', who: 'ada', path: '/', act: async (page) => page.locator('.clock.movable').click() },
    { name: 'person-menu', who: 'ada', path: '/', act: async (page) => page.locator('button.person').click() },
    { name: 'audit-entry', who: 'admin', path: '/audit?kind=attemptRefused', act: async (page) => page.locator('.entry-row').first().click() },
    { name: 'loading', who: 'ada', path: '/roles', loads: true },
    { name: 'no-answer', who: 'ada', path: '/roles', act: async (page) => {
      await page.route(api, (route) => route.abort());
      await page.reload();
      await page.locator('.message.soon').first().waitFor();
    } },
    { name: 'no-such-place', who: 'ada', path: '/settings/nothing' },
  ];
}
