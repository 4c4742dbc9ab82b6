/** Who looks like somebody else is told from them where it is decided what they get (T-44). */
import { expect, test } from './world';

/** Written from right to left. */
const NAME = '\u05d0\u05d3\u05d4 \u05dc\u05d1';

test('approvers see beside a name what nobody else has, and the name turns nothing around (T-44)', async ({ world, browser }) => {
  const signing = await world.group('Signing keys');
  const people = await Promise.all((['ada', 'ben'] as const).map((who) => world.api<{ id: string; userPrincipalName: string }>(who, '/v1.0/me')));
  for (const { id } of people) await world.change('admin', `/v1.0/users/${id}`, { displayName: NAME });
  const asked = { groupId: signing, accessId: 'member', justification: 'For the release.', ticketInfo: { ticketNumber: '4711', ticketSystem: 'Desk' }, scheduleInfo: { expiration: { type: 'afterDuration', duration: 'PT1H' } } };
  await world.api('admin', '/v1.0/identityGovernance/privilegedAccess/group/eligibilityScheduleRequests', { accessId: 'member', groupId: signing, principalId: people[1]!.id, action: 'adminAssign', justification: 'Helps out.', scheduleInfo: { startDateTime: null, expiration: { type: 'afterDuration', duration: 'P10D' } } });
  for (const who of ['ada', 'ben'] as const) await world.api(who, '/ephor/v1/activations', { activations: [asked] });

  const page = await world.browser(browser, 'farah');
  await page.goto('/approvals');
  for (const { id, userPrincipalName } of people) {
    const row = page.getByRole('list', { name: /^Requests that wait for you/ }).getByRole('listitem').filter({ hasText: userPrincipalName });
    await expect(row).toContainText(`…${id.slice(-6)}`);
    await expect(row.locator('bdi').filter({ hasText: NAME })).toHaveText(NAME);
    await row.getByRole('link').click();
    const pane = page.getByRole('region', { name: 'The request' });
    await expect(pane).toContainText(`${userPrincipalName} · …${id.slice(-6)}`);
    await expect(pane.getByRole('heading', { level: 2 })).toContainText(`\u2068${NAME}\u2069`);
  }
});
