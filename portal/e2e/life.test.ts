/** The life of an activation with approval, by three people in three browsers: from discovery to the record. */
import { expect, test } from './world';

test('a group is brought in, handed out with approval, activated, approved, and ends by the clock', async ({ world, browser }) => {
  const admin = await world.browser(browser, 'admin');
  await admin.goto('/groups/bring-in');
  await admin.getByRole('checkbox', { name: 'Select VPN users' }).check();
  await expect(admin.getByText('A managed group stays managed: nobody can take it out again.')).toBeVisible();
  await admin.getByRole('button', { name: 'Bring in 1 group' }).click();
  await admin.getByRole('link', { name: 'Settings of VPN users' }).click();

  await test.step('its settings ask for approval, and say before they are saved what that means', async () => {
    await expect(admin).toHaveTitle('VPN users, Settings · Ephor');
    await admin.getByRole('switch', { name: 'Somebody must approve' }).check();
    await expect(admin.getByText('Nobody could approve: name somebody.')).toBeVisible();
    await admin.getByRole('combobox', { name: 'Who may approve' }).fill('Far');
    await admin.getByRole('option', { name: /Farah Haddad/ }).click();
    await admin.getByRole('button', { name: 'Save 2 changes' }).click();
    await expect(admin.getByRole('button', { name: /^Save/ })).toBeHidden();
  });

  await test.step('Ben is made eligible', async () => {
    await admin.getByRole('link', { name: 'Assignments' }).click();
    await admin.getByRole('button', { name: 'Add assignment' }).click();
    await admin.getByRole('combobox', { name: 'Who gets it' }).fill('Ben');
    await admin.getByRole('option', { name: /Ben Fischer/ }).click();
    await admin.getByRole('button', { name: 'Continue' }).click();
    await expect(admin.getByText(/Ben Fischer can activate membership from now/)).toBeVisible();
    await admin.getByRole('button', { name: 'Continue' }).click();
    await expect(admin.getByText('Fine')).toBeVisible();
    await admin.getByRole('button', { name: 'Assign 1' }).click();
    await expect(admin.getByRole('cell', { name: 'Ben Fischer', exact: true })).toBeVisible();
  });

  const ben = await world.browser(browser, 'ben');
  await test.step('Ben asks, and knows beforehand who decides', async () => {
    await ben.goto('/roles');
    await ben.getByRole('button', { name: 'Activate VPN users' }).click();
    const dialog = ben.getByRole('dialog');
    await expect(dialog.getByText('Farah Haddad decides')).toBeVisible();
    await dialog.getByRole('button', { name: 'Ask for approval' }).click();
    await expect(dialog.getByRole('textbox', { name: 'Reason' })).toBeFocused();
    await dialog.getByRole('textbox', { name: 'Reason' }).fill('The site gateway needs a new route');
    await dialog.getByRole('button', { name: 'Ask for approval' }).click();
    await expect(dialog).toBeHidden();
    await ben.getByRole('link', { name: /Pending approval/ }).click();
    await expect(ben.getByText('Waits for approval', { exact: true })).toBeVisible();
    await expect(ben.getByText('Farah Haddad was told')).toBeVisible();
  });

  const farah = await world.browser(browser, 'farah');
  await test.step('Farah approves with a reason', async () => {
    await farah.goto('/');
    await farah.getByRole('link', { name: 'Decide on Ben Fischer' }).click();
    await expect(farah.getByRole('heading', { name: /Ben Fischer asks for VPN users for 2/ })).toBeFocused();
    await farah.getByRole('button', { name: /^Approve for/ }).click();
    await expect(farah.getByText('A reason is missing: it is part of the decision.')).toBeVisible();
    await farah.getByRole('textbox', { name: 'Why' }).fill('Fine, the change was announced.');
    await farah.getByRole('button', { name: /^Approve for/ }).click();
    // What waits next opens by itself, and the focus is on its question.
    await expect(farah.getByRole('heading', { name: /Daniel Kim asks for Signing keys/ })).toBeFocused();
  });

  await test.step('Ben has it, and it ends at its second while he looks', async () => {
    await ben.reload();
    await expect(ben.getByText('Farah Haddad approved')).toBeVisible();
    await expect(ben.getByText('In effect in Ephor')).toBeVisible();
    await ben.goto('/roles?tab=active');
    await expect(ben.getByText('VPN users')).toBeVisible();
  });

  await test.step('the clock is moved in the header', async () => {
    await admin.goto('/');
    await admin.getByRole('button', { name: /Clock of the demonstration/ }).click();
    await admin.getByRole('button', { name: '+ 30 min' }).click();
    await expect(admin.getByRole('dialog')).toBeVisible();
  });

  await world.advance('PT2H');
  const later = await world.browser(browser, 'ben');
  await later.goto('/roles?tab=ended');
  await expect(later.getByText('VPN users').first()).toBeVisible();
  await later.goto('/requests');
  await expect(later.getByText(/^Ended at/).first()).toBeVisible();

  await test.step('the record tells all of it', async () => {
    const auditor = await world.browser(browser, 'admin');
    await auditor.goto(`/groups/${await world.group('VPN users')}/audit`);
    await expect(auditor.getByText('Farah Haddad approved Ben Fischer for VPN users')).toBeVisible();
    await expect(auditor.getByText('Ben Fischer asked for VPN users')).toBeVisible();
    await expect(auditor.getByText('Ines Almeida brought VPN users under management')).toBeVisible();
    await auditor.getByRole('button', { name: /Farah Haddad approved/ }).click();
    await expect(auditor.getByText('Chained to the record before it by its hash.')).toBeVisible();
  });
});

test('an access that ends while somebody looks at it says so at its second, and goes', async ({ world, browser }) => {
  await world.activate('ada', 'Production admins', 'watch it end', 'PT5M');
  await world.advance('PT4M50S');
  const ada = await world.browser(browser, 'ada');
  await ada.goto('/roles?tab=active');
  await expect(ada.getByRole('timer')).toBeVisible();
  await expect(ada.getByText(/^Ended at \d\d:\d\d:\d\d$/)).toBeVisible({ timeout: 20_000 });
  await expect(ada.getByRole('button', { name: 'Activate again' })).toBeVisible();
});

test('what is refused is said in the words of the server, with the way forward', async ({ world, browser }) => {
  const ada = await world.browser(browser, 'ada');
  await ada.goto(`/roles?activate=${await world.group('Database operators')}.member`);
  const dialog = ada.getByRole('dialog');
  await dialog.getByRole('textbox', { name: 'How long' }).fill('6h');
  await dialog.getByRole('textbox', { name: 'How long' }).blur();
  await expect(dialog.getByText(/6.h is longer than 4.h/)).toBeVisible();
  await expect(dialog.getByText(/Requested 6 h, but at most 4 h is allowed/)).toBeVisible();
  await dialog.getByRole('button', { name: /Use 4/ }).click();
  await expect(dialog.getByText(/Active at once until/)).toBeVisible();
  await dialog.getByRole('textbox', { name: 'Reason' }).fill('x');
  await ada.keyboard.press('Escape');
  await expect(ada.getByText('Discard what you typed?')).toBeVisible();
});

test('somebody who was first is named, and the later answer is not recorded (R-F2)', async ({ world, browser }) => {
  const id = await world.activate('ada', 'Signing keys', 'Sign 2.4.1');
  const farah = await world.browser(browser, 'farah');
  await farah.goto(`/approvals/${id}`);
  await farah.getByRole('textbox', { name: 'Why' }).fill('no');
  await fetch(`${world.url}/v1.0/identityGovernance/privilegedAccess/group/assignmentApprovals/${id}/stages/${id}`, {
    method: 'PATCH',
    headers: { authorization: `Bearer ${world.token('farah')}`, 'content-type': 'application/json' },
    body: JSON.stringify({ reviewResult: 'Approve', justification: 'yes' }),
  });
  await farah.getByRole('button', { name: 'Deny' }).click();
  await expect(farah.getByText('Farah Haddad decided before you')).toBeVisible();
  await expect(farah.getByText('The first answer counts; yours was not recorded.')).toBeVisible();
});

test('a server that does not answer is said, with what is shown from before', async ({ world, browser }) => {
  const ada = await world.browser(browser, 'ada');
  await ada.goto('/roles');
  await expect(ada.getByText('Production admins')).toBeVisible();
  await ada.route(/\/ephor\/|\/v1\.0\//, (route) => route.abort());
  await ada.evaluate(() => document.dispatchEvent(new Event('visibilitychange')));
  await ada.goto('/requests', { waitUntil: 'commit' });
  await expect(ada.getByText('Ephor does not answer')).toBeVisible();
  await expect(ada.getByText('Access still ends on time.')).toBeVisible();
});

test('who may not see a group’s roles sees how it is handed out and whom to ask', async ({ world, browser }) => {
  const ada = await world.browser(browser, 'ada');
  await ada.goto(`/groups/${await world.group('Signing keys')}`);
  await expect(ada.getByRole('heading', { name: 'Whom to ask' })).toBeVisible();
  await expect(ada.getByText('farah@contoso.example')).toBeVisible();
  await expect(ada.getByRole('link', { name: 'Assignments' })).toBeHidden();
});

test('unsaved settings are not lost by leaving', async ({ world, browser }) => {
  const admin = await world.browser(browser, 'admin');
  await admin.goto(`/groups/${await world.group('Signing keys')}/settings`);
  await admin.getByRole('checkbox', { name: 'Ticket' }).check();
  await admin.getByRole('link', { name: 'Requests', exact: true }).click();
  await expect(admin.getByRole('dialog')).toContainText('1 change is not saved.');
  await admin.getByRole('button', { name: 'Go on typing' }).click();
  await expect(admin.getByRole('checkbox', { name: 'Ticket' })).toBeChecked();
  await admin.getByRole('button', { name: 'Save 1 change' }).click();
  await expect(admin.getByRole('button', { name: /^Save/ })).toBeHidden();
  await admin.getByRole('button', { name: 'Earlier versions' }).click();
  await expect(admin.getByRole('dialog').getByText('Enablement_EndUser_Assignment')).toBeVisible();
});
