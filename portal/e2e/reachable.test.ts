/** Every place in every look: axe finds nothing, nothing scrolls sideways, the title and the one heading are there. */
import AxeBuilder from '@axe-core/playwright';
import { places } from './places';
import { expect, test, type Look } from './world';

const looks: Look[] = [
  { theme: 'light', width: 1440 },
  { theme: 'dark', width: 1440 },
  { theme: 'light', width: 360 },
  { theme: 'dark', width: 360 },
  { theme: 'contrast', width: 1440 },
  { theme: 'light', width: 800 },
];

for (const look of looks) {
  test(`every place is reachable: ${look.theme}, ${look.width} pixels`, async ({ world, browser }) => {
    test.setTimeout(600_000);
    const wrong: string[] = [];
    for (const place of await places(world)) {
      const page = await world.browser(browser, place.who, look);
      await page.goto(place.path);
      await page.waitForLoadState('networkidle');
      await expect(page.getByRole('heading', { level: 1 }).or(page.getByRole('dialog')).first()).toBeAttached();
      // Tabster's guards are no stops of the page's own.
      const { violations } = await new AxeBuilder({ page }).exclude('[data-tabster-dummy]').withTags(['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa', 'best-practice']).analyze();
      for (const violation of violations) for (const node of violation.nodes) wrong.push(`${place.name}: ${violation.id} at ${node.target.join(' ')}: ${node.failureSummary ?? ''}`);
      const sideways = await page.evaluate(() => Math.max(document.documentElement.scrollWidth - innerWidth, 0));
      if (sideways > 0) wrong.push(`${place.name}: scrolls sideways by ${sideways}`);
      expect(await page.title(), place.name).toMatch(/ · Ephor$/);
      await page.context().close();
    }
    expect(wrong).toEqual([]);
  });
}

test('the first load of My roles stays within its budget, also as it comes over the wire', async ({ world, browser }) => {
  const page = await world.browser(browser, 'ada');
  const client = await page.context().newCDPSession(page);
  await client.send('Network.enable');
  await client.send('Emulation.setCPUThrottlingRate', { rate: 4 });
  let scripts = 0;
  const kinds = new Map<string, string>();
  client.on('Network.responseReceived', ({ requestId, type }) => kinds.set(requestId, type));
  client.on('Network.loadingFinished', ({ requestId, encodedDataLength }) => {
    if (kinds.get(requestId) === 'Script') scripts += encodedDataLength;
  });
  const began = Date.now();
  await page.goto('/roles');
  await expect(page.getByRole('button', { name: 'Activate Production admins' })).toBeEnabled();
  const took = Date.now() - began;
  console.log(`My roles: ${(scripts / 1000).toFixed(0)} kB of script, ${took} ms until it can be pressed, at a quarter of this machine's speed`);
  expect(scripts).toBeLessThan(250_000);
});

test('text from people is shown and never interpreted', async ({ world, browser }) => {
  const nasty = '<img src=x onerror="document.title=1"><b>bold</b> {{name}} $t(nav.home)';
  await world.activate('ada', 'Production admins', nasty);
  const page = await world.browser(browser, 'ada');
  await page.goto('/requests');
  await expect(page.getByText(nasty)).toBeVisible();
  await page.goto('/audit');
  await expect(page.getByText(nasty, { exact: false }).first()).toBeVisible();
});

test('the page carries a nonce of its own each time, and nothing else may bring styles or scripts', async ({ world }) => {
  const nonces = new Set<string>();
  for (let time = 0; time < 2; time += 1) {
    const response = await fetch(`${world.url}/roles`);
    const policy = response.headers.get('content-security-policy') ?? '';
    expect(policy).toContain("default-src 'none'");
    expect(policy).toContain("frame-ancestors 'none'");
    expect(policy).not.toContain('unsafe');
    const nonce = /'nonce-([^']+)'/.exec(policy)?.[1] ?? '';
    expect(await response.text()).toContain(`nonce="${nonce}"`);
    nonces.add(nonce);
  }
  expect(nonces.size).toBe(2);
});

for (const [language, words] of [['de', 'Meine Rollen'], ['ja', '自分の役割']] as const) {
  test(`the portal speaks ${language}`, async ({ world, browser }) => {
    const page = await world.browser(browser, 'ada', { language });
    await page.goto('/roles');
    await expect(page.getByRole('heading', { level: 1, name: words })).toBeVisible();
    expect(await page.locator('html').getAttribute('lang')).toBe(language);
  });
}
