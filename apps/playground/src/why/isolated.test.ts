import type { Page } from 'playwright-core';
import { expect, test } from 'vitest';
import { describeInChromium, PATIENCE_MS } from '../chromium.testing.ts';

const ready = (page: Page) => page.getByRole('status').filter({ hasText: 'Ready' }).waitFor();

describeInChromium('where the page is cross-origin isolated, in Chromium', (site) => {
  test('nets train on several threads, which all end with the page', () =>
    site.visit({ at: '#why' }, async ({ page }) => {
      await ready(page);
      await page.waitForFunction(() => navigator.serviceWorker.controller !== null);
      await page.reload();
      await ready(page);
      expect(await page.evaluate(() => crossOriginIsolated)).toBe(true);
      const cores = await page.evaluate(() => navigator.hardwareConcurrency);
      expect(await page.getByRole('status').textContent()).toContain(cores === 1 ? 'one thread' : `${cores} threads`);
      await page.getByRole('combobox', { name: 'Layers' }).selectOption('6');
      await page.getByRole('combobox', { name: 'Steps' }).selectOption('20');
      await page.getByRole('button', { name: 'Start' }).click();
      await page.getByText('Done: 20 steps.').waitFor();
      await page.getByRole('link', { name: 'Architecture' }).click();
      await expect
        .poll(() => page.workers().filter((worker) => !/architecture/.test(worker.url())).length, { timeout: PATIENCE_MS })
        .toBe(0);
    }));
});
