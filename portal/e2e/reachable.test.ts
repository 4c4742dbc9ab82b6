/** Every place in every look: axe finds nothing, nothing scrolls sideways, the title and the one heading are there. */
import AxeBuilder from '@axe-core/playwright';
import type { Page } from '@playwright/test';
import { places, visit } from './places';
import { expect, test, type Who } from './world';

/** What a page was looked at for. */
type Rules = 'all' | 'colours';

async function axe(page: Page, rules: Rules): Promise<string[]> {
  // Tabster's guards are no stops of the page's own.
  // There is one frame: it is looked at where it is, and only what is wrong is gathered.
  const builder = new AxeBuilder({ page }).setLegacyMode().options({ resultTypes: ['violations'] }).exclude('[data-tabster-dummy]');
  if (rules === 'all') builder.withTags(['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa', 'best-practice']);
  else builder.withRules(['color-contrast', 'link-in-text-block']);
  const { violations } = await builder.analyze();
  return violations.flatMap((violation) => violation.nodes.map((node) => `${violation.id} at ${node.target.join(' ')}: ${node.failureSummary ?? ''}`));
}

const sideways = (page: Page) => page.evaluate(() => Math.max(document.documentElement.scrollWidth - innerWidth, 0));

/** Chooses a look as another tab would. */
const choose = (page: Page, theme: 'system' | 'contrast') =>
  page.evaluate((theme) => {
    localStorage.setItem('ephor.preferences', JSON.stringify({ theme }));
    dispatchEvent(new StorageEvent('storage', { key: 'ephor.preferences' }));
  }, theme);

/** The places are looked at in parts, side by side. */
const PARTS = 4;

for (const [width, part] of [1440, 360].flatMap((width) => Array.from({ length: PARTS }, (_, part) => [width, part] as const))) {
  test(`every place is reachable in light, dark and high contrast: ${width} pixels, part ${part + 1}`, async ({ shared: world, browser }) => {
    test.setTimeout(600_000);
    const wrong: string[] = [];
    const pages = new Map<Who, Page>();
    for (const place of (await places(world)).filter((_, at) => at % PARTS === part)) {
      const page = pages.get(place.who) ?? (await world.browser(browser, place.who, { width }));
      pages.set(place.who, page);
      const undo = await visit(page, place);
      const found = await axe(page, 'all');
      // High contrast has the same colours at any width.
      const looks = [['dark', 'system'], ...(width === 1440 ? [['light', 'contrast'] as const] : [])] as const;
      for (const [theme, also] of looks) {
        await page.emulateMedia({ colorScheme: theme });
        await choose(page, also);
        found.push(...(await axe(page, 'colours')).map((one) => `${also === 'contrast' ? also : theme}: ${one}`));
      }
      await choose(page, 'system');
      for (const also of width === 1440 ? [1440, 2560, 800] : [360]) {
        if (also !== width) await page.setViewportSize({ width: also, height: 900 });
        const by = await sideways(page);
        if (by > 0) found.push(`scrolls sideways by ${by} at ${also}`);
      }
      if (width === 1440) await page.setViewportSize({ width, height: 900 });
      if (!/ · Ephor$/.test(await page.title())) found.push(`is called ${await page.title()}`);
      await undo();
      wrong.push(...found.map((one) => `${place.name}: ${one}`));
    }
    expect(wrong).toEqual([]);
  });
}

test('the first load of My roles stays within its budget, also as it comes over the wire', async ({ world, browser }) => {
  const page = await world.browser(browser, 'ada');
  const client = await page.context().newCDPSession(page);
  await client.send('Network.enable');
  let scripts = 0;
  const kinds = new Map<string, string>();
  client.on('Network.responseReceived', ({ requestId, type }) => kinds.set(requestId, type));
  client.on('Network.loadingFinished', ({ requestId, encodedDataLength }) => {
    if (kinds.get(requestId) === 'Script') scripts += encodedDataLength;
  });
  await page.goto('/roles');
  await expect(page.getByRole('button', { name: 'Activate Production admins' })).toBeEnabled();
  await page.waitForLoadState('networkidle');
  expect(scripts).toBeLessThan(250_000);
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
