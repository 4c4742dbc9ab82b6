/** Pictures of every place in each look, into a folder (`SCREENSHOTS`), to be looked at beside the design. */
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { places } from './places';
import { test, type Look } from './world';

const folder = process.env.SCREENSHOTS ?? join(import.meta.dirname, '../.screenshots');

const looks: [string, Look][] = [
  ['light', { theme: 'light' }],
  ['dark', { theme: 'dark' }],
  ['phone-light', { theme: 'light', width: 390 }],
  ['phone-dark', { theme: 'dark', width: 390 }],
  ['tablet', { theme: 'light', width: 800 }],
  ['contrast', { theme: 'contrast' }],
  ['german', { theme: 'light', language: 'de' }],
  ['japanese', { theme: 'light', language: 'ja' }],
];

test('pictures of every place', async ({ world, browser }) => {
  const all = await places(world);
  for (const [name, look] of looks) {
    mkdirSync(join(folder, name), { recursive: true });
    for (const place of all) {
      const page = await world.browser(browser, place.who, look);
      await page.goto(place.path);
      await page.waitForLoadState('networkidle');
      await page.waitForTimeout(400);
      await page.screenshot({ path: join(folder, name, `${place.name}.png`) });
      await page.context().close();
    }
  }
});
