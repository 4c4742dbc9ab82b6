// A relying party that nobody here wrote (openid-client) signs people in against Ephor, by code with PKCE and
// by device code; and a real browser with an authenticator of its own registers a passkey and signs in by it.
// It works on a demonstration: EPHOR_URL, and EPHOR_CLIENT_ID with EPHOR_CLIENT_SECRET of an application that
// takes codes at http://localhost/callback. CHROMIUM says which browser; SHOTS where pictures of pages go.
import assert from 'node:assert/strict';
import { createServer } from 'node:http';
import * as oidc from 'openid-client';
import { chromium } from 'playwright-core';

const url = process.env.EPHOR_URL;
const ada = { name: 'ada@contoso.example', password: process.env.EPHOR_PASSWORD };
const shots = process.env.SHOTS;
const insecure = url.startsWith('http:') ? { execute: [oidc.allowInsecureRequests] } : {};

const browser = await chromium.launch({
  executablePath: process.env.CHROMIUM ?? '/usr/bin/chromium',
  args: ['--no-sandbox', '--disable-gpu', '--disable-quic', '--no-first-run', '--disable-background-networking',
    '--disable-component-update', '--disable-sync', '--disable-dev-shm-usage'],
});

async function opened(options = {}) {
  const context = await browser.newContext({ ignoreHTTPSErrors: true, ...options });
  const page = await context.newPage();
  const wrong = [];
  page.on('console', (line) => line.type() === 'error' && wrong.push(line.text()));
  page.on('pageerror', (error) => wrong.push(String(error)));
  return { context, page, wrong };
}

async function picture(page, name) {
  if (shots) await page.screenshot({ path: `${shots}/${name}.png`, fullPage: true });
}

async function types(page) {
  await page.getByLabel('Name').fill(ada.name);
  await page.getByLabel('Password').fill(ada.password);
  await page.getByRole('button', { name: 'Sign in', exact: true }).click();
}

// An application waits for its code at a free port of loopback.
const codes = createServer();
await new Promise((listening) => codes.listen(0, '127.0.0.1', listening));
const redirect_uri = `http://localhost:${codes.address().port}/callback`;
function codeCame() {
  return new Promise((came) => codes.once('request', (request, answer) => {
    answer.end('signed in');
    came(new URL(request.url, redirect_uri));
  }));
}

try {
  const server = new URL(`${url}/contoso.example/v2.0/.well-known/openid-configuration`);
  const discovered = await oidc.discovery(
    new URL((await (await fetch(server)).json()).issuer), process.env.EPHOR_CLIENT_ID, process.env.EPHOR_CLIENT_SECRET,
    oidc.ClientSecretBasic(process.env.EPHOR_CLIENT_SECRET), insecure);

  // 1. The code flow, with a password.
  const { context, page, wrong } = await opened();
  const asked = async (more = {}) => {
    const verifier = oidc.randomPKCECodeVerifier();
    const [state, nonce] = [oidc.randomState(), oidc.randomNonce()];
    const address = oidc.buildAuthorizationUrl(discovered, {
      redirect_uri, scope: 'openid profile User.Read', state, nonce,
      code_challenge: await oidc.calculatePKCECodeChallenge(verifier), code_challenge_method: 'S256', ...more,
    });
    return { address, checks: { pkceCodeVerifier: verifier, expectedState: state, expectedNonce: nonce } };
  };
  const first = await asked();
  await page.goto(first.address.href);
  await picture(page, 'sign-in');
  let came = codeCame();
  await types(page);
  const tokens = await oidc.authorizationCodeGrant(discovered, await came, first.checks);
  assert.equal(tokens.claims().preferred_username, ada.name);
  assert.deepEqual(tokens.claims().amr, ['pwd']);
  const me = await oidc.fetchProtectedResource(discovered, tokens.access_token, new URL(`${url}/v1.0/me`), 'GET');
  assert.equal((await me.json()).userPrincipalName, ada.name);
  const more = await oidc.refreshTokenGrant(discovered, tokens.refresh_token);
  assert.notEqual(more.refresh_token, tokens.refresh_token);
  console.log('ok: code with PKCE, ID token, API, refreshing');

  // 2. A passkey is registered …
  await page.goto(`${url}/sign-in/methods`);
  await picture(page, 'methods');
  const devtools = await context.newCDPSession(page);
  await devtools.send('WebAuthn.enable');
  const { authenticatorId } = await devtools.send('WebAuthn.addVirtualAuthenticator', {
    options: {
      protocol: 'ctap2', transport: 'internal', hasResidentKey: true, hasUserVerification: true,
      isUserVerified: true, automaticPresenceSimulation: true,
    },
  });
  await page.getByLabel('What you call it').fill('Test key');
  await page.getByRole('button', { name: 'Add a passkey' }).click();
  await page.getByText('Test key').waitFor();
  await picture(page, 'methods-with-passkey');
  const { credentials } = await devtools.send('WebAuthn.getCredentials', { authenticatorId });
  assert.equal(credentials.length, 1);
  assert.equal(credentials[0].isResidentCredential, true);

  // … and is all that it takes, also for what asks for more than a password.
  await page.goto(`${url}/sign-out`);
  await picture(page, 'sign-out');
  await page.getByRole('button', { name: 'Sign out' }).click();
  await page.getByText('You are signed out').waitFor();
  const strong = await asked({ acr_values: 'phr' });
  await page.goto(strong.address.href);
  came = codeCame();
  await page.getByRole('button', { name: 'Sign in with a passkey' }).click();
  const stronger = await oidc.authorizationCodeGrant(discovered, await came, strong.checks);
  assert.equal(stronger.claims().acr, 'phr');
  assert.deepEqual(stronger.claims().amr, ['fido', 'mfa']);
  console.log('ok: a passkey is registered, and signs in by itself');

  // 3. After a password it is the second factor.
  const again = await opened();
  await again.page.goto(`${url}/sign-in`);
  await types(again.page);
  await again.page.getByText('One more step').waitFor();
  await picture(again.page, 'factor');
  assert.equal(await again.page.getByRole('button', { name: 'Use a passkey' }).isVisible(), true);
  await again.page.getByLabel(/recovery code/i).fill('000000');
  await again.page.getByRole('button', { name: 'Continue' }).click();
  await again.page.getByRole('alert').first().waitFor();
  await picture(again.page, 'factor-wrong');

  // 4. The device flow, on which the person signed in above says yes.
  const device = await oidc.initiateDeviceAuthorization(discovered, { scope: 'openid profile' });
  const polled = oidc.pollDeviceAuthorizationGrant(discovered, device);
  await page.goto(device.verification_uri);
  await picture(page, 'device');
  await page.getByLabel('Code').fill(device.user_code.toLowerCase());
  await page.getByRole('button', { name: 'Next' }).click();
  await picture(page, 'device-confirm');
  await page.getByRole('button', { name: 'Yes, let it' }).click();
  assert.equal((await polled).claims().preferred_username, ada.name);
  console.log('ok: device code');

  // 5. The other pages, in light and dark and on a phone, without errors; and none without a script either.
  await page.goto(`${url}/sign-in/sessions`);
  await picture(page, 'sessions');
  await page.goto(`${url}/sign-in/methods`);
  await page.getByRole('button', { name: 'Add an authenticator' }).click();
  await page.getByLabel('Six digits').waitFor();
  await picture(page, 'totp');
  await page.goto(`${url}/sign-in/methods`);
  await page.getByRole('button', { name: 'Make new recovery codes' }).click();
  await page.getByText('Your recovery codes').waitFor();
  await picture(page, 'recovery');
  const phone = await opened({ viewport: { width: 360, height: 740 }, colorScheme: 'dark', javaScriptEnabled: false });
  await phone.page.goto(`${url}/sign-in`);
  await picture(phone.page, 'phone-dark');
  assert.equal(await phone.page.getByRole('button', { name: 'Sign in with a passkey' }).count(), 0);
  await phone.page.goto(`${url}/sign-in/recover`);
  await picture(phone.page, 'phone-recover');
  assert.equal(await phone.page.evaluate(() => document.documentElement.scrollWidth <= 360), true);
  assert.deepEqual(wrong.filter((line) => !line.includes('401')), []);
  console.log('ok: pages without errors');
} finally {
  await browser.close();
  codes.close();
}
