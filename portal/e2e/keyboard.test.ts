/** Without a mouse: activate, and approve. */
import type { Page } from '@playwright/test';
import { expect, test } from './world';

/** Presses Tab until what has the focus is called so. */
async function tabTo(page: Page, name: RegExp): Promise<void> {
  for (let step = 0; step < 80; step += 1) {
    await page.keyboard.press('Tab');
    const called = await page.evaluate(() => {
      const it = document.activeElement as HTMLElement | null;
      if (it === null || it.hasAttribute('data-tabster-dummy')) return '';
      const label = it.id === '' ? null : document.querySelector(`label[for="${CSS.escape(it.id)}"]`);
      return [it.getAttribute('aria-label'), label?.textContent, it.textContent].filter(Boolean).join(' ');
    });
    if (name.test(called)) return;
  }
  throw new Error(`the focus never came to ${name}`);
}

test('a role is activated by keyboard alone', async ({ world, browser }) => {
  const page = await world.browser(browser, 'ada');
  await page.goto('/roles');
  await expect(page.getByText('Production admins')).toBeVisible();
  await page.keyboard.press('Tab');
  await expect(page.getByRole('link', { name: 'To the content' })).toBeFocused();
  await page.keyboard.press('Enter');
  await tabTo(page, /^Activate Production admins/);
  await page.keyboard.press('Enter');
  await expect(page.getByRole('dialog')).toBeVisible();
  await expect(page.getByRole('textbox', { name: 'Reason' })).toBeFocused();
  await page.keyboard.type('Restart the apply worker');
  await page.keyboard.press('Control+Enter');
  await expect(page.getByRole('dialog')).toBeHidden();
  await page.goto('/roles?tab=active');
  await expect(page.getByText('Production admins')).toBeVisible();
});

test('the length is chosen by the arrow keys', async ({ world, browser }) => {
  const page = await world.browser(browser, 'ada');
  await page.goto(`/roles?activate=${await world.group('Database operators')}.member`);
  const slider = page.getByRole('slider', { name: 'How long' });
  await slider.focus();
  await page.keyboard.press('End');
  await expect(slider).toHaveAttribute('aria-valuetext', /^4 hours, until \d\d:\d\d$/);
  await page.keyboard.press('ArrowLeft');
  await expect(slider).toHaveAttribute('aria-valuetext', /^3 hours 30 minutes/);
  await page.keyboard.press('PageDown');
  await expect(slider).toHaveAttribute('aria-valuetext', /^1 hour 30 minutes/);
  await page.keyboard.press('Home');
  await expect(slider).toHaveAttribute('aria-valuetext', /^30 minutes/);
});

test('requests are walked, selected and decided by keyboard alone', async ({ world, browser }) => {
  await world.activate('ada', 'Signing keys', 'Sign 2.4.1');
  await world.activate('daniel', 'Signing keys', 'Check the hotfix', 'PT1H');
  const page = await world.browser(browser, 'farah');
  await page.goto('/approvals');
  const asks = page.getByRole('heading', { name: /asks for Signing keys/ });
  await expect(asks).toBeVisible();
  const first = (await asks.textContent()) ?? '';
  await tabTo(page, new RegExp(`^Select ${first.split(' asks')[0] ?? ''}`));
  await page.keyboard.press('j');
  await expect(asks).not.toHaveText(first);
  await expect(asks).toBeFocused();
  await tabTo(page, /^Why/);
  await page.keyboard.type('Not today.');
  await tabTo(page, /^Deny$/);
  await page.keyboard.press('Enter');
  await expect(asks).toHaveText(first);
  await expect(asks).toBeFocused();
  await tabTo(page, /^Why/);
  await page.keyboard.type('Fine.');
  await tabTo(page, /^Approve for/);
  await page.keyboard.press('Enter');
  await expect(page.getByText('Nothing waits for you').first()).toBeVisible();
});

test('bars of the group are walked by the arrow keys, and a place is found by Ctrl K', async ({ world, browser }) => {
  await world.activate('ada', 'Production admins', 'walk');
  const page = await world.browser(browser, 'admin');
  await page.goto('/');
  await page.keyboard.press('Control+k');
  await expect(page.getByRole('combobox')).toBeFocused();
  await page.keyboard.type('Prod');
  await expect(page.getByRole('option', { name: /Production admins/ })).toBeVisible();
  await page.keyboard.press('Enter');
  await expect(page).toHaveTitle('Production admins, Overview · Ephor');
  const bar = page.getByRole('button', { name: /^Ada Okafor, Member: Activated/ });
  await bar.focus();
  await page.keyboard.press('ArrowDown');
  await expect(page.getByRole('button', { name: /^Elif Yılmaz, Member: Activated/ })).toBeFocused();
});
