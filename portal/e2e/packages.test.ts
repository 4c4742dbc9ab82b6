/** The how-to of access packages: from a new group to somebody who has it for a time, and has it no more. */
import { expect, test } from './world';

test('a package makes somebody eligible with approval, they activate, and lose it with the package', async ({ world, browser }) => {
  await world.api('admin', '/v1.0/groups', { displayName: 'Night shift', description: 'Root at night', mailEnabled: false, mailNickname: 'night-shift', securityEnabled: true });
  const admin = await world.browser(browser, 'admin');

  await test.step('before the group is managed its catalog offers active roles only', async () => {
    await admin.goto('/catalogs');
    await admin.getByRole('button', { name: 'New catalog' }).click();
    await admin.getByRole('textbox', { name: 'Name' }).fill('Operations');
    await admin.getByRole('textbox', { name: 'What it is for' }).fill('What the night shift needs');
    await admin.getByRole('dialog').getByRole('button', { name: 'New catalog' }).click();
    await expect(admin).toHaveTitle('Operations, Groups · Ephor');
    await admin.getByRole('button', { name: 'Add groups' }).click();
    await admin.getByRole('combobox', { name: 'Which groups' }).fill('Nig');
    await admin.getByRole('option', { name: /Night shift/ }).click();
    await admin.getByRole('button', { name: 'Add 1 group' }).click();
    await expect(admin.getByText('Offers Member, Owner', { exact: true })).toBeVisible();
  });

  await test.step('brought under management it offers eligible ones too', async () => {
    await admin.goto('/groups/bring-in');
    await admin.getByRole('checkbox', { name: 'Select Night shift' }).check();
    await admin.getByRole('button', { name: 'Bring in 1 group' }).click();
    await expect(admin.getByRole('link', { name: 'Settings of Night shift' })).toBeVisible();
    await admin.goto('/catalogs');
    await admin.getByRole('link', { name: 'Operations' }).click();
    await admin.getByRole('navigation', { name: 'Parts of the catalog' }).getByRole('link', { name: 'Groups' }).click();
    await expect(admin.getByText('Offers Member, Owner, Eligible member, Eligible owner')).toBeVisible();
  });

  await test.step('a package holds Eligible member, and its policy asks Farah', async () => {
    await admin.getByRole('navigation', { name: 'Parts of the catalog' }).getByRole('link', { name: 'Packages' }).click();
    await admin.getByRole('button', { name: 'New package' }).click();
    await admin.getByRole('textbox', { name: 'Name' }).fill('Night rota');
    await admin.getByRole('dialog').getByRole('button', { name: 'New package' }).click();
    await expect(admin).toHaveTitle('Night rota, Roles · Ephor');
    await admin.getByRole('button', { name: 'Add roles' }).click();
    await admin.getByRole('dialog').getByRole('checkbox', { name: 'Eligible member' }).check();
    await admin.getByRole('button', { name: 'Add 1 role' }).click();
    await expect(admin.getByRole('link', { name: 'Eligible member of Night shift' })).toBeVisible();
    await admin.getByRole('link', { name: 'Policies' }).click();
    await admin.getByRole('button', { name: 'New policy' }).click();
    await admin.getByRole('textbox', { name: 'Name' }).fill('Whoever works here');
    await admin.getByRole('button', { name: 'Continue' }).click();
    await admin.getByRole('combobox', { name: 'Who approves in stage 1' }).fill('Far');
    await admin.getByRole('option', { name: /Farah Haddad/ }).click();
    await admin.getByRole('button', { name: 'Add a question' }).click();
    await admin.getByRole('textbox', { name: 'Question 1' }).fill('Which nights?');
    await admin.getByRole('checkbox', { name: 'Must be answered' }).check();
    await admin.getByRole('button', { name: 'Continue' }).click();
    await admin.getByRole('spinbutton', { name: 'Days' }).fill('400');
    await admin.getByRole('button', { name: 'Save policy' }).click();
  });

  await test.step('that the package lasts longer than the role is called out, and mended', async () => {
    await expect(admin.getByText('Saved. This is worth knowing')).toBeVisible();
    await admin.getByRole('button', { name: 'Close' }).last().click();
    await admin.getByRole('link', { name: 'Settings of Night shift' }).click();
    await expect(admin.getByText('A package lasts longer than these settings allow')).toBeVisible();
    await admin.getByRole('link', { name: 'Its policies' }).click();
    await expect(admin.getByText('It lasts longer than a role in it')).toBeVisible();
    await admin.getByRole('button', { name: 'Change Whoever works here' }).click();
    await admin.getByRole('button', { name: 'Continue' }).click();
    await admin.getByRole('button', { name: 'Continue' }).click();
    await admin.getByRole('button', { name: /^30.days$/ }).click();
    await admin.getByRole('button', { name: 'Save policy' }).click();
    await expect(admin.getByText('It lasts longer than a role in it')).toBeHidden();
    await admin.getByRole('link', { name: 'Overview' }).click();
    await expect(admin.getByRole('list', { name: 'Eligible member of Night shift' })).toBeVisible();
  });

  const hugo = await world.browser(browser, 'hugo');
  await test.step('Hugo finds it and asks, and is told what is missing', async () => {
    await hugo.goto('/my-access?tab=ask&q=night');
    await hugo.getByRole('button', { name: 'Ask for Night rota' }).click();
    const dialog = hugo.getByRole('dialog');
    await expect(dialog.getByText('Somebody decides on it first.')).toBeVisible();
    await dialog.getByRole('textbox', { name: 'Reason' }).fill('I stand in for Ben');
    await dialog.getByRole('button', { name: 'Ask for approval' }).click();
    await expect(dialog.getByText('An answer is missing.')).toBeVisible();
    await dialog.getByRole('textbox', { name: 'Which nights?' }).fill('Friday and Saturday');
    await dialog.getByRole('button', { name: 'Ask for approval' }).click();
    await expect(dialog).toBeHidden();
    await hugo.getByRole('link', { name: /What I asked for/ }).click();
    await expect(hugo.getByText('Pending approval')).toBeVisible();
  });

  await test.step('Farah sees the answers and where it leads, and approves', async () => {
    const farah = await world.browser(browser, 'farah');
    await farah.goto('/approvals');
    await farah.getByRole('link', { name: /Hugo Santos.*Night rota/ }).click();
    await expect(farah.getByRole('heading', { name: /Hugo Santos asks for Night rota/ })).toBeFocused();
    await expect(farah.getByText('Friday and Saturday')).toBeVisible();
    await expect(farah.getByText('Which nights?')).toBeVisible();
    await farah.getByRole('textbox', { name: 'Why' }).fill('Fine.');
    await farah.getByRole('button', { name: /^Approve/ }).click();
    await expect(farah.getByRole('heading', { name: /Hugo Santos asks for Night rota/ })).toBeHidden();
  });

  await test.step('Hugo has it, and activates what it made eligible for', async () => {
    await hugo.goto('/my-access');
    await expect(hugo.getByRole('link', { name: 'Eligible member of Night shift' })).toBeVisible();
    await hugo.goto('/roles');
    await hugo.getByRole('button', { name: 'Activate Night shift' }).click();
    const dialog = hugo.getByRole('dialog');
    await dialog.getByRole('textbox', { name: 'Reason' }).fill('Restart the mail queue');
    await dialog.getByRole('button', { name: 'Activate' }).click();
    await expect(dialog).toBeHidden();
    await hugo.goto('/roles?tab=active');
    await expect(hugo.getByText('Night shift')).toBeVisible();
  });

  await test.step('who has it is told, with what of it they hold', async () => {
    await admin.getByRole('link', { name: 'Assignments' }).click();
    await expect(admin.getByText('Hugo Santos')).toBeVisible();
    await expect(admin.getByRole('link', { name: 'Eligible member of Night shift' })).toBeVisible();
  });

  await test.step('the record tells it in sentences', async () => {
    await admin.goto('/audit?kind=accessPackage');
    await expect(admin.getByText('Farah Haddad approved Hugo Santos for Night rota')).toBeVisible();
    await expect(admin.getByText('Hugo Santos asked for Night rota')).toBeVisible();
    await expect(admin.getByText('Ines Almeida made the catalog Operations')).toBeVisible();
  });

  await world.advance('P31D');
  await test.step('at its end all of it is gone', async () => {
    const later = await world.browser(browser, 'hugo');
    await later.goto('/my-access');
    await expect(later.getByText('You have no access package')).toBeVisible();
    await expect(later.getByRole('heading', { name: 'Over' })).toBeVisible();
    await later.goto('/roles');
    await expect(later.getByRole('button', { name: 'Activate Payroll data' })).toBeVisible();
    await expect(later.getByText('Night shift')).toBeHidden();
  });
});

test('a package that needs no approval is got at once, kept for longer, and given back', async ({ world, browser }) => {
  const page = await world.browser(browser, 'chloe');
  await page.goto('/my-access');
  await page.getByRole('link', { name: 'Ask for access' }).first().click();
  await page.getByRole('button', { name: 'Ask for Database care' }).click();
  await page.getByRole('dialog').getByRole('button', { name: 'Get it' }).click();
  await expect(page.getByRole('dialog')).toBeHidden();
  await page.getByRole('link', { name: 'What I have' }).click();
  await expect(page.getByRole('link', { name: 'Eligible member of Database operators' })).toBeVisible();
  await world.advance('P80D');
  const later = await world.browser(browser, 'chloe');
  await later.goto('/my-access');
  await expect(later.getByText(/^Ends in (9|10).days$/)).toBeVisible();
  await later.getByRole('button', { name: 'Extend Database care' }).click();
  await later.getByRole('dialog').getByRole('button', { name: 'Extend' }).click();
  await expect(later.getByRole('dialog')).toBeHidden();
  await expect(later.getByText(/^Ends in/)).toBeHidden();
  await later.getByRole('button', { name: 'Give back Database care' }).click();
  await later.getByRole('dialog').getByRole('button', { name: 'Give back' }).click();
  await expect(later.getByText('You have no access package')).toBeVisible();
});

test('what was lost of a package is shown to who manages it, and given again', async ({ world, browser }) => {
  const chloe = await world.browser(browser, 'chloe');
  await chloe.goto('/my-access?tab=ask');
  await chloe.getByRole('button', { name: 'Ask for Database care' }).click();
  await chloe.getByRole('dialog').getByRole('button', { name: 'Get it' }).click();
  await expect(chloe.getByRole('dialog')).toBeHidden();
  await world.advance('PT6M');
  const [group, { id }] = await Promise.all([world.group('Database operators'), world.api<{ id: string }>('admin', '/v1.0/users/chloe@contoso.example')]);
  await world.api('admin', '/v1.0/identityGovernance/privilegedAccess/group/eligibilityScheduleRequests', { action: 'adminRemove', accessId: 'member', groupId: group, principalId: id, justification: 'by mistake' });
  const admin = await world.browser(browser, 'admin');
  await admin.goto('/catalogs');
  await admin.getByRole('link', { name: 'Database care' }).click();
  await admin.getByRole('link', { name: 'Assignments' }).click();
  await expect(admin.getByText('1 role not held')).toBeVisible();
  await admin.getByRole('button', { name: 'Give it again' }).click();
  await expect(admin.getByText('1 role not held')).toBeHidden();
  await expect(admin.getByText('Chloé Martin')).toBeVisible();
});
