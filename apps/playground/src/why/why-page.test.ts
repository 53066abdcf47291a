import type { Page } from 'playwright-core';
import { expect, test } from 'vitest';
import { describeInChromium, PATIENCE_MS, screenshots } from '../chromium.testing.ts';
import { followLongTasks } from '../long-tasks.testing.ts';

const ready = (page: Page) => page.getByRole('status').filter({ hasText: 'Ready' }).waitFor();
const ended = (page: Page) => page.getByRole('status').filter({ hasText: 'Done' }).waitFor();
const row = (page: Page, net: string) => page.getByRole('row').filter({ has: page.getByRole('rowheader', { name: net }) });

/** The least work there is. */
async function small(page: Page): Promise<void> {
  await page.getByRole('combobox', { name: 'Layers' }).selectOption('6');
  await page.getByRole('combobox', { name: 'Steps' }).selectOption('20');
  await page.getByRole('combobox', { name: 'Digits a step' }).selectOption('16');
}

describeInChromium('"Why residual" in Chromium', (site) => {
  test('trains plain and residual nets side by side, draws both, and never blocks the page', async () => {
    await site.visit({ at: '#why', before: followLongTasks }, async ({ page, server }) => {
      await ready(page);
      await page.waitForLoadState('networkidle'); // a service worker may still be fetching what it keeps
      await server.close();
      await page.context().setOffline(true);
      await page.getByRole('combobox', { name: 'Steps' }).selectOption('20');
      await page.evaluate(() => performance.mark('training'));
      await page.getByRole('button', { name: 'Start' }).click();
      await ended(page);
      for (const net of ['Plain', 'Residual']) {
        const cells = await row(page, net).getByRole('cell').allTextContents();
        expect(cells.slice(0, 2)).toEqual(['51,810', '20']);
        expect(Number(cells[2])).toBeGreaterThan(0.3);
        expect(Number(cells[3])).toBeGreaterThan(0);
      }
      const loss = page.getByRole('img', { name: /^Loss.*: after 20 steps Plain \d\.\d\d, Residual \d\.\d\d$/ });
      await loss.waitFor();
      expect(await loss.getAttribute('data-points')).toBe('20');
      const gradient = page.getByRole('img', { name: /^Gradient in each layer, now: Plain .* in the first layer/ });
      expect(await gradient.getAttribute('data-points')).toBe('38');
      const longest = await page.evaluate(() => longestTaskSince('training'));
      console.log(`"Why residual": the longest task on the main thread while training took ${Math.round(longest)} ms`);
      await screenshots(page, 'why');
    });
  });

  test('is worked with the keyboard, compares all four, and stops where it is told to', async () => {
    await site.visit({ at: '#why', context: { colorScheme: 'dark' } }, async ({ page }) => {
      await ready(page);
      await small(page);
      await page.getByRole('combobox', { name: 'Steps' }).selectOption('500');
      for (const net of ['Highway', 'Dense']) {
        await page.getByRole('checkbox', { name: net }).focus();
        await page.keyboard.press('Space');
      }
      await page.getByRole('button', { name: 'Start' }).focus();
      await page.keyboard.press('Enter');
      await row(page, 'Dense')
        .getByRole('cell')
        .nth(1)
        .filter({ hasText: /^([2-9]|\d{2,})$/ }) // a busy machine may show the tenth step before it is looked at
        .waitFor();
      expect(await page.evaluate(() => document.activeElement?.textContent)).toBe('Stop');
      await page.keyboard.press('Enter');
      await page.getByRole('status').filter({ hasText: 'Stopped in step' }).waitFor();
      expect(await page.evaluate(() => document.activeElement?.textContent)).toBe('Start');
      // What was stopped leaves the way free for the next.
      await small(page);
      await page.keyboard.press('Enter');
      await ended(page);
      expect(await row(page, 'Highway').getByRole('cell').nth(1).textContent()).toBe('20');
    });
  });

  test('says in place that a net must be chosen', async () => {
    await site.visit({ at: '#why' }, async ({ page }) => {
      await ready(page);
      for (const net of ['Plain', 'Residual']) await page.getByRole('checkbox', { name: net }).uncheck();
      await page.getByRole('button', { name: 'Start' }).click();
      expect(await page.getByRole('alert').textContent()).toBe('Choose at least one net.');
    });
  });

  test('ends its worker when another page is opened, in the middle of a training', async () => {
    await site.visit({ at: '#why' }, async ({ page }) => {
      await ready(page);
      const ours = () => page.workers().filter((worker) => worker.url().includes('comparison.worker'));
      expect(ours()).toHaveLength(1);
      await page.getByRole('button', { name: 'Start' }).click();
      await row(page, 'Residual').getByRole('cell').nth(1).waitFor();
      await page.getByRole('link', { name: 'Architecture' }).click();
      await expect.poll(() => ours().length, { timeout: PATIENCE_MS }).toBe(0);
    });
  });

  test('says when the digits cannot be loaded', async () => {
    const before = (page: Page) => page.route('**/digits*.png', (route) => route.fulfill({ status: 404 }));
    await site.visit({ at: '#why', before, expected: /404/ }, async ({ page }) => {
      await page.getByRole('alert').filter({ hasText: 'the server answered 404' }).waitFor();
    });
  });
});
