/** Text from people is shown and never interpreted, wherever it can be written and wherever it is read (T-62). */
import { expect, test } from './world';

const corpus = [
  '<img src=x onerror=alert(1)>',
  '"><script>alert(2)</script>',
  "'--></style></title><svg/onload=alert(3)>",
  'javascript:alert(4)',
  '{{constructor.constructor("alert(5)")()}} $t(nav.home) ${6}',
  '<a href="javascript:alert(7)" style="position:fixed;inset:0">x</a>',
];
const [image, script, breakout, address, template, link] = corpus as [string, string, string, string, string, string];

test('what people write is never markup, script or style, on any place (T-62)', async ({ world, browser }) => {
  const [signing, production] = [await world.group('Signing keys'), await world.group('Production admins')];
  const { id: ada } = await world.api<{ id: string }>('ada', '/v1.0/me');
  await world.change('admin', `/v1.0/users/${ada}`, { displayName: image, jobTitle: script, department: breakout });
  await world.change('admin', `/v1.0/groups/${signing}`, { displayName: breakout, description: template });
  await world.change('admin', `/v1.0/groups/${production}`, { displayName: script, description: link });
  const asked = { groupId: signing, accessId: 'member', justification: corpus.join(' '), ticketInfo: { ticketNumber: image, ticketSystem: address }, scheduleInfo: { expiration: { type: 'afterDuration', duration: 'PT1H' } } };
  const { value } = await world.api<{ value: { request: { id: string } | null }[] }>('ada', '/ephor/v1/activations', { activations: [asked] });
  const waits = value[0]?.request?.id ?? '';
  const runs = await world.activate('ada', 'Production admins', template);

  const em = '/v1.0/identityGovernance/entitlementManagement';
  const { value: packages } = await world.api<{ value: { id: string; displayName: string; catalog: { id: string } }[] }>('admin', `${em}/accessPackages?$expand=catalog`);
  const care = packages.find((one) => one.displayName === 'Database care')!;
  await world.change('admin', `${em}/accessPackages/${care.id}`, { displayName: breakout, description: link });
  await world.change('admin', `${em}/catalogs/${care.catalog.id}`, { displayName: image, description: template });
  const question = { '@odata.type': '#microsoft.graph.accessPackageTextInputQuestion', sequence: 1, isRequired: false, isAnswerEditable: true, isSingleLineQuestion: true, text: script };
  const policy = await world.api<{ id: string }>('admin', `${em}/assignmentPolicies`, { displayName: link, description: image, allowedTargetScope: 'allMemberUsers', expiration: { type: 'afterDuration', duration: 'P9D' }, requestorSettings: { enableTargetsToSelfAddAccess: true, enableTargetsToSelfRemoveAccess: true }, questions: [{ ...question, id: '6aacaee8-4089-4048-9510-3119367fc943' }], accessPackage: { id: care.id } });
  await world.api('ada', `${em}/assignmentRequests`, { requestType: 'userAdd', justification: corpus.join(' '), answers: [{ '@odata.type': '#microsoft.graph.accessPackageAnswerString', value: image, answeredQuestion: { id: '6aacaee8-4089-4048-9510-3119367fc943' } }], assignment: { accessPackageId: care.id, assignmentPolicyId: policy.id } });

  const visits = {
    ada: ['/', '/roles', '/roles?tab=active', `/roles?activate=${production}.member`, '/requests', `/requests/${waits}`, `/requests/${runs}`, `/groups/${signing}`, '/audit', '/sign-in/methods', '/sign-in/sessions', '/my-access', `/my-access?tab=ask&ask=${care.id}`, '/my-access?tab=requests'],
    farah: ['/', '/approvals', `/approvals/${waits}`],
    admin: ['/', '/groups', '/groups/bring-in', `/groups/${production}`, `/groups/${production}?table=true`, ...['assignments', 'settings', 'requests', 'audit', 'access'].map((tab) => `/groups/${signing}/${tab}`), '/directory', '/directory?show=groups', `/directory/users/${ada}`, '/audit', '/audit?kind=requestOpened', `/access?person=${ada}`, '/catalogs', `/catalogs/${care.catalog.id}`, ...['', '/policies', '/assignments', '/requests'].map((tab) => `/access-packages/${care.id}${tab}`)],
  } as const;
  for (const [who, paths] of Object.entries(visits) as [keyof typeof visits, readonly string[]][]) {
    const page = await world.browser(browser, who);
    const wrong: string[] = [];
    page.on('dialog', (dialog) => {
      wrong.push(`a dialog says ${dialog.message()}`);
      void dialog.dismiss();
    });
    await page.addInitScript(() => document.addEventListener('securitypolicyviolation', (event) => Object.assign(window, { violated: `${event.violatedDirective} ${event.blockedURI}` })));
    for (const path of paths) {
      await page.goto(path);
      await page.waitForFunction(() => document.querySelector('h1') !== null && document.querySelector('.skeleton, [aria-busy=true]') === null);
      const found = await page.evaluate(() => ({
        violated: (window as unknown as { violated?: string }).violated,
        markup: document.querySelectorAll('img[src="x"], svg[onload], a[href^="javascript:"]').length,
      }));
      if (found.violated !== undefined) wrong.push(`${path}: ${found.violated}`);
      if (found.markup > 0) wrong.push(`${path}: text became markup`);
    }
    expect(wrong).toEqual([]);
  }

  // And it is there to be read, as it was written.
  const page = await world.browser(browser, 'farah');
  await page.goto(`/approvals/${waits}`);
  await expect(page.getByText(image, { exact: false }).first()).toBeVisible();
  await expect(page).toHaveTitle(/ · Ephor$/);
});
