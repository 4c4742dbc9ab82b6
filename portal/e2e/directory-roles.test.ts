/** The life of a directory role over a unit: assigned, asked for, approved, ended, and found again, as groups are. */
import { expect, test } from './world';

test('a directory role is handed out over a unit, activated with approval, and ended', async ({ world, browser }) => {
  await world.unit('Berlin office', 'People and groups at the office in Berlin', 'ben');
  const admin = await world.browser(browser, 'admin');

  await test.step('its settings ask for approval', async () => {
    await admin.goto('/directory-roles');
    await admin.getByRole('link', { name: 'User Administrator', exact: true }).click();
    await expect(admin).toHaveTitle('User Administrator, Overview · Ephor');
    await admin.getByRole('navigation', { name: 'Parts of the directory role' }).getByRole('link', { name: 'Settings' }).click();
    await admin.getByRole('switch', { name: 'Somebody must approve' }).check();
    await admin.getByRole('combobox', { name: 'Who may approve' }).fill('Far');
    await admin.getByRole('option', { name: /Farah Haddad/ }).click();
    await admin.getByRole('button', { name: 'Save 2 changes' }).click();
    await expect(admin.getByRole('button', { name: /^Save/ })).toBeHidden();
  });

  await test.step('Ada is made eligible over the unit', async () => {
    await admin.getByRole('link', { name: 'Assignments' }).click();
    await admin.getByRole('button', { name: 'Add assignment' }).click();
    await admin.getByRole('combobox', { name: 'Who gets it' }).fill('Ada');
    await admin.getByRole('option', { name: /Ada Okafor/ }).click();
    await admin.getByRole('button', { name: 'Continue' }).click();
    await admin.getByRole('combobox', { name: 'Over' }).selectOption('Berlin office');
    await expect(admin.getByText(/Ada Okafor can activate User Administrator over Berlin office from now/)).toBeVisible();
    await admin.getByRole('button', { name: 'Continue' }).click();
    await expect(admin.getByText('Fine')).toBeVisible();
    await admin.getByRole('button', { name: 'Assign 1' }).click();
    await expect(admin.getByRole('row', { name: /Ada Okafor Berlin office Eligible/ })).toBeVisible();
  });

  const ada = await world.browser(browser, 'ada');
  const name = 'User Administrator in Berlin office';
  await test.step('Ada asks for it among her roles', async () => {
    await ada.goto('/roles');
    await ada.getByRole('button', { name: `Activate ${name}` }).click();
    const dialog = ada.getByRole('dialog');
    await expect(dialog.getByText('Farah Haddad decides')).toBeVisible();
    await dialog.getByRole('textbox', { name: 'Reason' }).fill('Passwords of the Berlin office');
    await dialog.getByRole('button', { name: 'Ask for approval' }).click();
    await expect(dialog).toBeHidden();
    await ada.getByRole('link', { name: /Pending approval/ }).click();
    await expect(ada.getByText('Farah Haddad was told')).toBeVisible();
  });

  await test.step('Farah approves', async () => {
    const farah = await world.browser(browser, 'farah');
    await farah.goto('/approvals');
    await farah.getByText(name).first().click();
    await expect(farah.getByRole('heading', { name: new RegExp(`Ada Okafor asks for ${name}`) })).toBeVisible();
    await expect(farah.getByText('It is a directory role')).toBeVisible();
    await farah.getByRole('textbox', { name: 'Why' }).fill('Fine.');
    await farah.getByRole('button', { name: /^Approve for/ }).click();
    await expect(farah.getByRole('heading', { name: new RegExp(`Ada Okafor asks for ${name}`) })).toBeHidden();
  });

  await test.step('Ada has it, and ends it', async () => {
    await ada.goto('/roles?tab=active');
    await expect(ada.getByText(name)).toBeVisible();
    await world.advance('PT6M');
    await ada.reload();
    await ada.getByRole('button', { name: `End ${name} now` }).click();
    await ada.getByRole('dialog').getByRole('button', { name: 'End now' }).click();
    await expect(ada.getByRole('dialog')).toBeHidden();
  });

  await test.step('the administrator finds who had it, and what happened', async () => {
    const role = await world.directoryRole('User Administrator');
    await admin.goto(`/directory-roles/${role}/assignments?state=ended`);
    await expect(admin.getByRole('row', { name: /Ada Okafor Berlin office/ })).toBeVisible();
    await admin.goto(`/directory-roles/${role}/audit`);
    await expect(admin.getByRole('button', { name: /Farah Haddad approved .*User Administrator/ })).toBeVisible();
    await admin.goto('/directory?show=units');
    await admin.getByRole('link', { name: 'Berlin office' }).click();
    await expect(admin.getByRole('link', { name: 'Ben Fischer' })).toBeVisible();
    await expect(admin.getByRole('link', { name: 'User Administrator' })).toBeVisible();
  });
});

test('an extension of a directory role that is asked for is decided on its page', async ({ world, browser }) => {
  const role = await world.directoryRole('Groups Administrator');
  await world.eligible('ada', 'Groups Administrator', '/');
  await world.advance('P20D');
  const ada = await world.browser(browser, 'ada');
  await ada.goto('/roles?q=Groups');
  await ada.getByRole('button', { name: 'Extend' }).click();
  await ada.getByRole('dialog').getByRole('textbox', { name: 'Reason' }).fill('The move takes longer');
  await ada.getByRole('dialog').getByRole('button', { name: 'Extend' }).click();
  await expect(ada.getByRole('dialog')).toBeHidden();
  const admin = await world.browser(browser, 'admin');
  await admin.goto(`/directory-roles/${role}/requests`);
  await admin.getByRole('button', { name: 'Decide' }).click();
  await admin.getByRole('dialog').getByRole('textbox', { name: 'Why' }).fill('Fine.');
  await admin.getByRole('dialog').getByRole('button', { name: 'Approve' }).click();
  await expect(admin.getByRole('dialog')).toBeHidden();
  await admin.goto(`/directory-roles/${role}/assignments`);
  await expect(admin.getByRole('row', { name: /Ada Okafor The whole directory Eligible/ })).toBeVisible();
});
