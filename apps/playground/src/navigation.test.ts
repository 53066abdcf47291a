import { expect, test } from 'vitest';
import { describeInChromium } from './chromium.testing.ts';

describeInChromium('the navigation, in Chromium', (site) => {
  test('opens the page that the address names', () =>
    site.visit({ at: '#architecture' }, async ({ page }) => {
      await page.getByRole('heading', { level: 2, name: 'Architecture' }).waitFor();
      expect(await page.title()).toBe('Architecture · resnet.js playground');
      expect(await page.getByRole('link', { name: 'Architecture' }).getAttribute('aria-current')).toBe('page');
    }));

  test('shows one page at a time, moves the focus to its heading and marks its link', () =>
    site.visit({}, async ({ page }) => {
      await page.getByRole('heading', { level: 2, name: 'What is in your photo?' }).waitFor();
      await page.getByRole('link', { name: 'Architecture' }).click();
      await page.getByRole('heading', { level: 2, name: 'Architecture' }).waitFor();
      expect(await page.locator('#app > *').count()).toBe(1);
      expect(await page.evaluate(() => document.activeElement?.textContent)).toBe('Architecture');
      expect(await page.locator('[aria-current=page]').allTextContents()).toEqual(['Architecture']);
      await page.goBack();
      await page.getByRole('heading', { level: 2, name: 'What is in your photo?' }).waitFor();
      expect(await page.evaluate(() => document.activeElement?.textContent)).toBe('What is in your photo?');
    }));

  test('says in place that the code of a page cannot be loaded', () =>
    site.visit(
      { before: (page) => page.route('**/architecture-page*.js', (route) => route.fulfill({ status: 404 })), expected: /404/ },
      async ({ page }) => {
        await page.getByRole('link', { name: 'Architecture' }).click();
        await page.getByRole('alert').filter({ hasText: 'could not be opened' }).waitFor();
      },
    ));
});
