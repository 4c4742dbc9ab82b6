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

/** What will happen has been told of what is typed after this. */
async function foretold(page: Page): Promise<void> {
  await page.waitForResponse(/\/ephor\/v1\/activations/);
  await page.waitForFunction(() => document.querySelector('.foretold [aria-busy=true]') === null);
}

/** Opens a place, in its state; `undo` what was done to the page's network before the next one. */
export async function visit(page: Page, place: Place): Promise<() => Promise<void>> {
  if (place.loads) await page.route(api, () => new Promise(() => undefined));
  await page.goto(place.path, place.loads ? { waitUntil: 'commit' } : {});
  await page.waitForFunction((loads) => document.querySelector('h1, [role=dialog]') !== null && (loads || document.querySelector('.skeleton, [aria-busy=true]') === null), place.loads ?? false);
  await place.act?.(page);
  return () => page.unrouteAll({ behavior: 'ignoreErrors' });
}

/** On to an afternoon at the office. */
async function afternoon(world: World): Promise<void> {
  const { now } = await world.api<{ now: string }>('admin', '/readyz');
  const then = new Date(now);
  then.setUTCHours(13, 32, 0, 0);
  if (then.getTime() <= Date.parse(now)) then.setUTCDate(then.getUTCDate() + 1);
  await world.advance(`PT${Math.floor((then.getTime() - Date.parse(now)) / 1000)}S`);
}

/** Only the places that are called so, while one works on them. */
const only = new RegExp(process.env.PLACES ?? '');

const made = new WeakMap<World, Promise<Place[]>>();

/** Makes things happen, so that there is something to see, and names the places; once in each world. */
export function places(world: World): Promise<Place[]> {
  const known = made.get(world) ?? lived(world).then((all) => all.filter(({ name }) => only.test(name)));
  made.set(world, known);
  return known;
}

/** Somebody has a package of which something was lost, and somebody asks for the other. */
async function askedPackages(world: World): Promise<{ catalog: string; rota: string; care: string; waits: string }> {
  const em = '/v1.0/identityGovernance/entitlementManagement';
  const { value: all } = await world.api<{ value: { id: string; displayName: string; catalog: { id: string } }[] }>('admin', `${em}/accessPackages?$expand=catalog`);
  const one = (name: string) => all.find((row) => row.displayName === name)!;
  const [rota, care] = [one('On-call rota'), one('Database care')];
  const ask = (who: Who, id: string, justification: string) => world.api<{ id: string }>(who, `${em}/assignmentRequests`, { requestType: 'userAdd', justification, assignment: { accessPackageId: id } });
  await ask('chloe', care.id, 'Restore tests this quarter');
  await ask('iris', care.id, 'Read the ledger');
  await world.advance('PT6M');
  const { id: lost } = await world.api<{ id: string }>('admin', `/v1.0/users/${world.upn('iris')}`);
  await world.api('admin', '/v1.0/identityGovernance/privilegedAccess/group/eligibilityScheduleRequests', { action: 'adminRemove', accessId: 'member', groupId: await world.group('Database operators'), principalId: lost, justification: 'Not needed' });
  const { id: waits } = await ask('ben', rota.id, 'On the rota from Monday on');
  return { catalog: rota.catalog.id, rota: rota.id, care: care.id, waits };
}

async function lived(world: World): Promise<Place[]> {
  await afternoon(world);
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
  const packages = await askedPackages(world);
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
    { name: 'packages', who: 'chloe', path: '/my-access' },
    { name: 'packages-ask', who: 'chloe', path: '/my-access?tab=ask' },
    { name: 'packages-asking', who: 'hugo', path: `/my-access?tab=ask&ask=${packages.rota}` },
    { name: 'packages-requests', who: 'ben', path: '/my-access?tab=requests' },
    { name: 'approval-package', who: 'farah', path: `/approvals/${packages.waits}` },
    { name: 'catalogs', who: 'admin', path: '/catalogs' },
    { name: 'catalog', who: 'admin', path: `/catalogs/${packages.catalog}` },
    { name: 'catalog-groups', who: 'admin', path: `/catalogs/${packages.catalog}/resources` },
    { name: 'catalog-people', who: 'admin', path: `/catalogs/${packages.catalog}/people` },
    { name: 'package', who: 'admin', path: `/access-packages/${packages.care}` },
    { name: 'package-roles', who: 'admin', path: `/access-packages/${packages.care}/roles` },
    { name: 'package-policies', who: 'admin', path: `/access-packages/${packages.rota}/policies` },
    { name: 'package-assignments', who: 'admin', path: `/access-packages/${packages.care}/assignments` },
    { name: 'package-requests', who: 'admin', path: `/access-packages/${packages.rota}/requests` },
    { name: 'package-policy', who: 'admin', path: `/access-packages/${packages.rota}/policies`, act: async (page) => {
      await page.locator('.package-do button').first().click();
      for (const step of [1, 2]) {
        await page.locator(`.steps li:nth-child(${step}).here`).waitFor();
        if (step === 1) await page.locator('.wizard-do button').last().click();
      }
    } },
    { name: 'settings', who: 'admin', path: '/settings' },
    { name: 'empty-roles', who: 'iris', path: '/roles' },
    { name: 'empty-approvals', who: 'ben', path: '/approvals' },
    { name: 'signin', who: 'ada', path: '/sign-in?again=1' },
    { name: 'signin-methods', who: 'ada', path: '/sign-in/methods' },
    { name: 'signin-sessions', who: 'ada', path: '/sign-in/sessions' },
    { name: 'activate-filled', who: 'ada', path: `/roles?activate=${databases}.member,${payroll}.member`, act: async (page) => {
      const told = foretold(page);
      await page.getByRole('textbox', { name: 'Reason' }).or(page.locator('textarea')).first().fill('Replica lag on orders-db-2 after the 14:10 deploy; restart the apply worker and watch.');
      await page.locator('.activate-form input[type=text], .activate-form input:not([type])').last().fill('Jira');
      await page.locator('.activate-form input[type=text], .activate-form input:not([type])').nth(-2).fill('INC-20417');
      await told;
    } },
    { name: 'activate-too-long', who: 'ada', path: `/roles?activate=${databases}.member`, act: async (page) => {
      const length = page.locator('.activate-form input').first();
      const told = foretold(page);
      await length.fill('6h');
      await length.blur();
      await told;
    } },
    { name: 'approvals-many', who: 'farah', path: '/approvals', act: async (page) => {
      for (const box of await page.getByRole('checkbox').all()) await box.check();
    } },
    { name: 'group-settings-changed', who: 'admin', path: `/groups/${signing}/settings`, act: async (page) => {
      await page.locator('main input[type=checkbox]').nth(1).check();
      await page.locator('main input[type=radio][name=sign-in]').nth(1).check();
      await page.locator('.foot-bar').waitFor();
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
      await page.getByRole('option', { name: /Production/ }).first().waitFor();
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
