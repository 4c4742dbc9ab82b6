import { defineConfig } from '@playwright/test';

/** Debian's Chromium, or whichever `CHROMIUM` names: no browser is downloaded. */
const launchOptions = {
  executablePath: process.env.CHROMIUM ?? '/usr/bin/chromium',
  args: ['--no-sandbox', '--disable-gpu', '--disable-dev-shm-usage', '--no-first-run', '--disable-background-networking', '--disable-component-update', '--disable-sync'],
};

export default defineConfig({
  testDir: 'e2e',
  globalSetup: './e2e/before.ts',
  fullyParallel: true,
  workers: Number(process.env.WORKERS ?? 2),
  timeout: 90_000,
  expect: { timeout: 15_000 },
  reporter: [['list']],
  forbidOnly: true,
  use: { launchOptions, locale: 'en-GB', timezoneId: 'Europe/Berlin', actionTimeout: 20_000, viewport: { width: 1440, height: 900 }, trace: 'retain-on-failure' },
  projects: [
    { name: 'portal', testIgnore: /screenshots|speed/, use: { contextOptions: { reducedMotion: 'reduce' } } },
    { name: 'speed', testMatch: /speed/, timeout: 300_000, use: { trace: 'off' } },
    { name: 'screenshots', testMatch: /screenshots/, timeout: 600_000, use: { contextOptions: { reducedMotion: 'reduce' } } },
  ],
});
