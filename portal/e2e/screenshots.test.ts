/** Pictures of every place in each look, into a folder (`SCREENSHOTS`), to be looked at beside the design. */
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import type { Page } from '@playwright/test';
import { places, visit } from './places';
import { test, type Look, type Who } from './world';

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

for (const [name, look] of looks) {
  test(`pictures of every place: ${name}`, async ({ shared: world, browser }) => {
    mkdirSync(join(folder, name), { recursive: true });
    const pages = new Map<Who, Page>();
    for (const place of await places(world)) {
      const page = pages.get(place.who) ?? (await world.browser(browser, place.who, look));
      pages.set(place.who, page);
      const undo = await visit(page, place);
      await page.evaluate(() => document.fonts.ready);
      await page.screenshot({ path: join(folder, name, `${place.name}.png`) });
      await undo();
    }
  });
}
