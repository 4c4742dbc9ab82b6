// A provider of OpenID Connect that nobody here wrote (oidc-provider) signs people in to Ephor: whoever is not known
// gets an account at the first sign-in, and the administrator links theirs in a session of their own.
// EPHOR is the program, SCRATCH a directory that is thrown away; CHROMIUM says which browser, SHOTS where pictures go.
import { execFileSync, spawn } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import { once } from 'node:events';
import { Provider } from 'oidc-provider';
import { chromium } from 'playwright-core';

const { EPHOR: ephor, SCRATCH: scratch, SHOTS: shots } = process.env;

async function freePort() {
  const server = createServer();
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address();
  server.close();
  await once(server, 'close');
  return port;
}

const url = `http://localhost:${await freePort()}`;
const issuer = `http://localhost:${await freePort()}`;
const provider = new Provider(issuer, {
  clients: [{
    client_id: 'ephor', client_secret: 'a secret of both', redirect_uris: [`${url}/sign-in/back/corp`],
    post_logout_redirect_uris: [`${url}/sign-out`],
    token_endpoint_auth_method: 'client_secret_post', response_types: ['code'], grant_types: ['authorization_code'],
    require_auth_time: true,
  }],
  claims: { openid: ['sub'], profile: ['name', 'preferred_username'] },
  conformIdTokenClaims: false,
  cookies: { keys: ['of this test'] },
  findAccount: (_, id) => ({
    accountId: id, claims: () => ({ sub: id, name: `${id} of Contoso`, preferred_username: `${id}@contoso.example` }),
  }),
});
const elsewhere = provider.listen(new URL(issuer).port, '127.0.0.1');
await once(elsewhere, 'listening');

writeFileSync(`${scratch}/secret`, 'a secret of both\n', { mode: 0o600 });
writeFileSync(`${scratch}/ephor.toml`, `
[server]
listen = "127.0.0.1:${new URL(url).port}"
public_url = "${url}"
[log]
level = "error"
[outbound]
private_hosts = ["localhost"]
[provider.corp]
name = "Corporate sign-in"
issuer = "${issuer}"
client_id = "ephor"
client_secret_file = "${scratch}/secret"
provisioning = "first_sign_in"
`);
const password = 'seven plums fell on monday';
execFileSync(ephor, ['init', '--data', `${scratch}/upstream`, '--domain', 'contoso.example', '--admin', 'admin@contoso.example', '--password-stdin', '--quiet'], { input: `${password}\n` });
const server = spawn(ephor, ['serve', '--config', `${scratch}/ephor.toml`, '--data', `${scratch}/upstream`, '--output', 'json'], { stdio: ['ignore', 'pipe', 'inherit'] });
await once(server.stdout, 'data');

const browser = await chromium.launch({
  executablePath: process.env.CHROMIUM ?? '/usr/bin/chromium',
  args: ['--no-sandbox', '--disable-gpu', '--disable-quic', '--no-first-run', '--disable-background-networking',
    '--disable-component-update', '--disable-sync', '--disable-dev-shm-usage'],
});

/** Signs in at the provider, on its own pages. */
async function signsInThere(page, name) {
  await page.locator('input[name=login]').fill(name);
  await page.locator('input[name=password]').fill('anything');
  await page.getByRole('button', { name: 'Sign-in' }).click();
  await page.getByRole('button', { name: 'Continue' }).click();
}

/** Whoever signed in is in the portal; what they sign in by has a page of its own. */
async function methods(page) {
  await page.waitForURL((at) => at.origin === url && !at.pathname.startsWith('/sign-in'));
  await page.goto(`${url}/sign-in/methods`);
}

async function picture(page, name) {
  if (shots) await page.screenshot({ path: `${shots}/${name}.png`, fullPage: true });
}

try {
  // Somebody new.
  const eve = await (await browser.newContext()).newPage();
  await eve.goto(`${url}/sign-in`);
  await picture(eve, 'upstream-sign-in');
  await eve.getByRole('link', { name: 'Sign in with Corporate sign-in' }).click();
  await signsInThere(eve, 'eve');
  await methods(eve);
  await eve.getByText('My sign-in methods').first().waitFor();
  await eve.getByText('eve@contoso.example').first().waitFor();
  await picture(eve, 'upstream-methods');

  // Signing out here leads on to signing out there, and back. The two share a host here, and so its cookies, which
  // signing out clears: the provider has nobody to ask any more.
  await eve.goto(`${url}/sign-out`);
  const there = eve.waitForRequest((request) => request.url().startsWith(`${issuer}/session/end?client_id=ephor`));
  await eve.getByRole('button', { name: 'Sign out' }).click();
  await there;
  await eve.getByText('Nobody is signed in in this browser.').waitFor();
  await eve.goto(`${url}/sign-in/sessions`);
  await eve.getByRole('heading', { name: 'Sign in' }).waitFor();

  // The administrator's name is somebody's here, so that account of theirs is nobody's until they link it.
  const stranger = await (await browser.newContext()).newPage();
  await stranger.goto(`${url}/sign-in`);
  await stranger.getByRole('link', { name: 'Sign in with Corporate sign-in' }).click();
  await signsInThere(stranger, 'admin');
  await stranger.getByText('There is no account for you here').waitFor();
  const admin = await (await browser.newContext()).newPage();
  await admin.goto(`${url}/sign-in`);
  await admin.getByLabel('Name').fill('admin@contoso.example');
  await admin.getByLabel('Password').fill(password);
  await admin.getByRole('button', { name: 'Sign in', exact: true }).click();
  await methods(admin);
  await admin.getByRole('button', { name: 'Link an account at Corporate sign-in' }).click();
  await signsInThere(admin, 'admin');
  await admin.getByRole('button', { name: /Unlink/ }).waitFor();
  await stranger.goto(`${url}/sign-in`);
  await stranger.getByRole('link', { name: 'Sign in with Corporate sign-in' }).click();
  await methods(stranger);
  await stranger.getByText('admin@contoso.example').first().waitFor();
  console.log('ok: another provider signs people in');
} finally {
  await browser.close();
  elsewhere.close();
  elsewhere.closeAllConnections();
  server.kill('SIGTERM');
}
