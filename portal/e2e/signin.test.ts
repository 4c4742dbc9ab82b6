/** Signing in and out, and being asked for more on the way: what was begun goes on where it was. */
import { expect, test } from './world';

test('who is not signed in signs in by a click, in a demonstration, and comes to where they wanted', async ({ world, browser }) => {
  const page = await world.stranger(browser);
  await page.goto('/roles?tab=ended');
  await expect(page.getByRole('heading', { name: 'Whom do you want to be?' })).toBeVisible();
  await page.getByRole('button', { name: /Ada Okafor/ }).click();
  await expect(page.getByRole('heading', { level: 1, name: 'My roles' })).toBeVisible();
  expect(new URL(page.url()).search).toBe('?tab=ended');
});

test('a second factor is shown on the way to activating, and what was typed is still there', async ({ world, browser }) => {
  const page = await world.stranger(browser);
  await page.goto('/roles');
  await page.getByLabel('Name').fill(world.upn('ada'));
  await page.getByLabel('Password').fill(world.password('ada'));
  await page.getByRole('button', { name: 'Sign in', exact: true }).click();
  await page.getByRole('button', { name: 'Activate Database operators' }).click();
  const dialog = page.getByRole('dialog');
  await expect(dialog.getByText('What you typed is kept.', { exact: false })).toBeVisible();
  await dialog.getByRole('textbox', { name: 'How long' }).fill('90m');
  await dialog.getByRole('textbox', { name: 'Reason' }).fill('Restart the apply worker');
  await dialog.getByRole('button', { name: 'Activate', exact: true }).click();

  await expect(page.getByRole('heading', { name: 'A second factor is needed' })).toBeVisible();
  await page.getByRole('button', { name: /Ada Okafor/ }).click();

  await expect(dialog.getByRole('textbox', { name: 'Reason' })).toHaveValue('Restart the apply worker');
  await expect(dialog.getByRole('slider', { name: 'How long' })).toHaveAttribute('aria-valuetext', /^1 hour 30 minutes/);
  await expect(dialog.getByText('What you typed is kept.', { exact: false })).toBeHidden();
  await dialog.getByRole('button', { name: 'Activate', exact: true }).click();
  await expect(dialog).toBeHidden();
  await page.goto('/roles?tab=active');
  await expect(page.getByText('Database operators')).toBeVisible();
});

test('signing out ends the session, and the portal asks anew', async ({ world, browser }) => {
  const page = await world.browser(browser, 'hugo');
  await page.goto('/');
  await page.getByRole('button', { name: /Hugo Santos/ }).click();
  await page.getByRole('link', { name: 'Sign out' }).click();
  await page.getByRole('button', { name: 'Sign out' }).click();
  await expect(page.getByText('signed out', { exact: false }).first()).toBeVisible();
  await page.goto('/requests');
  await expect(page.getByRole('heading', { name: 'Whom do you want to be?' })).toBeVisible();
});

test('a session that ends while somebody types leaves the page as it is, and says so', async ({ world, browser }) => {
  const page = await world.browser(browser, 'iris');
  await page.goto('/settings');
  await expect(page.getByRole('heading', { level: 1, name: 'Settings' })).toBeVisible();
  await page.context().clearCookies();
  await page.getByRole('link', { name: 'My requests' }).first().click();
  await expect(page.getByText('Your session ended', { exact: true })).toBeVisible();
  await page.getByRole('link', { name: 'Sign in' }).first().click();
  await page.getByRole('button', { name: /Iris Novák/ }).click();
  await expect(page.getByRole('heading', { level: 1, name: 'My requests' })).toBeVisible();
});

test('sign-in methods and sessions are a step from the portal, and back', async ({ world, browser }) => {
  const page = await world.browser(browser, 'ben');
  await page.goto('/settings');
  await page.getByRole('link', { name: 'See and end sessions' }).click();
  await expect(page.getByRole('heading', { name: 'My sessions' })).toBeVisible();
  await page.getByRole('link', { name: 'Sign-in methods' }).click();
  await expect(page.getByRole('heading', { name: 'My sign-in methods' })).toBeVisible();
  await page.getByRole('link', { name: 'To the portal' }).click();
  await expect(page).toHaveURL(/\/$/);
});

test('a cookie opens nothing for another site: not for a form, a picture or a script (T-39)', async ({ world, browser }) => {
  const page = await world.browser(browser, 'ada');
  await page.goto('/roles');
  await expect(page.getByRole('button', { name: 'Activate Production admins' })).toBeVisible();
  const before = (await world.api<{ active: unknown[] }>('ada', '/ephor/v1/me/roles')).active.length;
  // The same machine by another name is another site to a browser.
  const other = world.url.replace('localhost', '127.0.0.1');
  const group = await world.group('Production admins');
  const asked = JSON.stringify({ activations: [{ groupId: group, accessId: 'member', justification: 'x', scheduleInfo: { expiration: { type: 'afterDuration', duration: 'PT1H' } } }] });
  await page.route(`${other}/evil`, (route) => route.fulfill({ contentType: 'text/html', body: '<!doctype html><title>evil</title>' }));
  await page.goto(`${other}/evil`);
  const told = await page.evaluate(
    async ({ url, asked }) => {
      const tried = (path: string, init: RequestInit) => fetch(url + path, { credentials: 'include', ...init }).then((answer) => answer.type as string, () => 'refused');
      const write = '/ephor/v1/activations';
      return Promise.all([
        tried(write, { method: 'POST', mode: 'no-cors', body: asked, headers: { 'content-type': 'text/plain' } }),
        tried(write, { method: 'POST', body: asked, headers: { 'content-type': 'application/json', 'ephor-portal': '1' } }),
        tried('/ephor/v1/me/roles', { mode: 'no-cors' }),
        tried('/ephor/v1/me/roles', {}),
      ]);
    },
    { url: world.url, asked },
  );
  for (const one of told) expect(['refused', 'opaque']).toContain(one);
  const framed = await page.evaluate(
    (url) =>
      new Promise<boolean>((resolve) => {
        const frame = document.createElement('iframe');
        frame.src = `${url}/roles`;
        frame.onload = () => resolve(frame.contentDocument !== null);
        document.body.append(frame);
      }),
    world.url,
  );
  expect(framed).toBe(false);
  expect((await world.api<{ active: unknown[] }>('ada', '/ephor/v1/me/roles')).active.length).toBe(before);
});
