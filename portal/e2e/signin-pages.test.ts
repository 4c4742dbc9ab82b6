/**
 * Every page around sign-in, as a person comes to it: axe finds nothing in light and dark, nothing scrolls sideways on
 * a phone, the title and the one heading are there, and each step is one key press from where the page put the caret.
 * With `SIGNIN_PICTURES=directory` each is photographed too.
 */
import { createHmac } from 'node:crypto';
import AxeBuilder from '@axe-core/playwright';
import type { Page } from '@playwright/test';
import { expect, test, type World } from './world';

const pictures = process.env.SIGNIN_PICTURES;
/** Ephor's own commands. */
const client = 'e9407c1d-2f4e-4a53-8b7e-8a1c3f0e5d6b';

/** Looks at the page as it stands, in light and in dark. */
async function look(page: Page, name: string, width: number, wrong: string[]): Promise<void> {
  for (const colorScheme of ['light', 'dark'] as const) {
    await page.emulateMedia({ colorScheme });
    const axe = new AxeBuilder({ page });
    // In the dark only the colours are others.
    if (colorScheme === 'light') axe.withTags(['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa', 'best-practice']);
    else axe.withRules(['color-contrast', 'link-in-text-block']);
    const { violations } = await axe.analyze();
    wrong.push(...violations.flatMap((violation) => violation.nodes.map((node) => `${name}, ${colorScheme}: ${violation.id} at ${node.target.join(' ')}`)));
    if (pictures !== undefined) await page.screenshot({ path: `${pictures}/${name}-${width}-${colorScheme}.png`, fullPage: true });
  }
  const sideways = await page.evaluate(() => document.documentElement.scrollWidth - innerWidth);
  if (sideways > 0) wrong.push(`${name}: scrolls sideways by ${sideways}`);
  if (!/ · Ephor$/.test(await page.title())) wrong.push(`${name}: is called ${await page.title()}`);
  if ((await page.locator('h1').count()) !== 1) wrong.push(`${name}: has no one heading`);
}

/** The six digits that an authenticator shows (RFC 6238). */
function digits(key: string, at: number): string {
  const alphabet = 'ABCDEFGHIJKLMNOPQRSTUVWXYZ234567';
  const bits = [...key.replace(/\s/g, '')].map((sign) => alphabet.indexOf(sign).toString(2).padStart(5, '0')).join('');
  const secret = Buffer.from((bits.match(/.{8}/g) ?? []).map((byte) => parseInt(byte, 2)));
  const counter = Buffer.alloc(8);
  counter.writeBigUInt64BE(BigInt(Math.floor(at / 30_000)));
  const mac = createHmac('sha1', secret).update(counter).digest();
  const from = (mac.at(-1) ?? 0) & 15;
  return String((mac.readUInt32BE(from) & 0x7fffffff) % 1_000_000).padStart(6, '0');
}

/** A password, typed where it is done as elsewhere. */
async function types(page: Page, world: World, who: 'ben' | 'hugo', password = world.password(who)): Promise<void> {
  await page.getByLabel('Name').fill(world.upn(who));
  await page.getByLabel('Password', { exact: true }).fill(password);
  await page.getByLabel('Password', { exact: true }).press('Enter');
}

/** What a device shows. */
async function device(world: World): Promise<string> {
  const asked = await fetch(`${world.url}/common/oauth2/v2.0/devicecode`, { method: 'POST', body: new URLSearchParams({ client_id: client, scope: 'openid https://graph.microsoft.com/.default' }) });
  const { user_code } = (await asked.json()) as { user_code: string };
  return user_code;
}

for (const width of [1440, 360]) {
  test(`every sign-in page can be read and used at ${width} pixels`, async ({ world, browser }) => {
    test.setTimeout(300_000);
    const wrong: string[] = [];
    const page = await world.stranger(browser, { width });
    const sees = (name: string) => look(page, name, width, wrong);

    await page.goto('/sign-in?return_to=%2Fsign-in%2Fmethods');
    await sees('sign-in');
    await types(page, world, 'ben', 'wrong wrong wrong');
    await expect(page.getByRole('alert').first()).toContainText('The name or the password is wrong.');
    await sees('sign-in-wrong');
    await page.goto('/sign-in/nowhere');
    await sees('error');
    await page.goto('/sign-in/recover');
    await sees('recover');
    await page.goto('/sign-in/back/nobody?code=x&state=y');
    await sees('error-upstream');

    await page.goto('/sign-in?return_to=%2Fsign-in%2Fmethods');
    await types(page, world, 'ben');
    await expect(page.getByRole('heading', { name: 'My sign-in methods' })).toBeVisible();
    await sees('methods-without-a-second-factor');

    await page.getByRole('button', { name: 'Add an authenticator' }).click();
    await expect(page.getByRole('heading', { name: 'Add an authenticator' })).toBeVisible();
    await sees('authenticator');
    const key = await page.locator('.secret').innerText();
    await page.getByLabel('Six digits').fill('000000');
    await page.getByLabel('Six digits').press('Enter');
    await expect(page.getByRole('alert').first()).toBeVisible();
    await sees('authenticator-wrong');
    let now = Date.now();
    await page.getByLabel('Six digits').fill(digits(key, now));
    await page.getByLabel('Six digits').press('Enter');
    await expect(page.getByRole('heading', { name: 'My sign-in methods' })).toBeVisible();

    const authenticator = await page.context().newCDPSession(page);
    await authenticator.send('WebAuthn.enable');
    await authenticator.send('WebAuthn.addVirtualAuthenticator', {
      options: { protocol: 'ctap2', transport: 'internal', hasResidentKey: true, hasUserVerification: true, isUserVerified: true, automaticPresenceSimulation: true },
    });
    // From here on the second factor is asked for, also on the way to another one; each code counts once.
    await world.advance('PT1M');
    now += 60_000;
    await page.getByRole('button', { name: 'Add a passkey' }).click();
    await expect(page.getByRole('heading', { name: 'One more step' })).toBeVisible();
    await page.getByLabel(/six digits/).fill(digits(key, now));
    await page.getByLabel(/six digits/).press('Enter');
    await expect(page.getByRole('heading', { name: 'My sign-in methods' })).toBeVisible();
    await page.getByRole('button', { name: 'Add a passkey' }).click();
    await expect(page.getByRole('listitem').filter({ hasText: 'Passkey' })).toBeVisible();
    await page.getByRole('button', { name: 'Make new recovery codes' }).click();
    await expect(page.getByRole('heading', { name: 'Your recovery codes' })).toBeVisible();
    await sees('recovery-codes');
    await page.getByRole('link', { name: 'I have kept them' }).click();
    await sees('methods');
    await page.getByRole('link', { name: 'Sessions' }).click();
    await sees('sessions');

    await page.goto('/sign-in/device');
    await sees('device');
    await page.getByLabel('Code').fill('BBBBBBBB');
    await page.getByLabel('Code').press('Enter');
    await sees('device-unknown');
    await page.goto('/sign-in/device');
    await page.getByLabel('Code').fill(await device(world));
    await page.getByLabel('Code').press('Enter');
    await expect(page.getByRole('button', { name: 'Yes, let it' })).toBeVisible();
    await sees('device-consent');
    await page.getByRole('button', { name: 'Yes, let it' }).click();
    await sees('device-done');

    await page.goto('/sign-out');
    await sees('sign-out');
    await page.getByRole('button', { name: 'Sign out' }).press('Enter');
    await sees('signed-out');

    await page.goto('/sign-in?return_to=%2Fsign-in%2Fmethods');
    await types(page, world, 'ben');
    await expect(page.getByRole('heading', { name: 'One more step' })).toBeVisible();
    await sees('second-factor');
    await page.getByLabel(/six digits/).fill('000000');
    await page.getByLabel(/six digits/).press('Enter');
    await sees('second-factor-wrong');
    await page.getByRole('button', { name: 'Use a passkey' }).click();
    await expect(page.getByRole('heading', { name: 'My sign-in methods' })).toBeVisible();

    // A sign-in that was a while ago is not enough to change how one signs in.
    await world.advance('PT20M');
    await page.goto('/sign-in/methods');
    await page.getByRole('button', { name: 'Make new recovery codes' }).click();
    await expect(page.getByRole('heading', { name: 'One more step' })).toBeVisible();
    await sees('step-up');

    const hugo = await world.stranger(browser, { width });
    const id = (await world.api<{ id: string }>('admin', `/v1.0/users/${world.upn('hugo')}`)).id;
    await world.change('admin', `/v1.0/users/${id}`, { passwordProfile: { password: 'six grey herons sleep', forceChangePasswordNextSignIn: true } });
    await hugo.goto('/sign-in?return_to=%2Fsign-in%2Fsessions');
    await types(hugo, world, 'hugo', 'six grey herons sleep');
    await expect(hugo.getByRole('heading', { name: 'Choose a new password' })).toBeVisible();
    await look(hugo, 'new-password', width, wrong);
    await hugo.getByLabel('New password').fill('six grey herons sleep');
    await hugo.getByLabel('New password').press('Enter');
    await expect(hugo.getByRole('alert').first()).toContainText('the password until now');
    await look(hugo, 'new-password-wrong', width, wrong);
    await hugo.getByLabel('New password').fill('nine owls sang all night');
    await hugo.getByLabel('New password').press('Enter');
    await expect(hugo.getByRole('heading', { name: 'My sessions' })).toBeVisible();

    expect(wrong).toEqual([]);
  });
}
