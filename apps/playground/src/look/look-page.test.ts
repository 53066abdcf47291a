import { fileURLToPath } from 'node:url';
import type { Page } from 'playwright-core';
import { expect, test } from 'vitest';
import { describeInChromium, screenshots, stillness } from '../chromium.testing.ts';

const says = (page: Page, text: string | RegExp) => page.getByRole('status').filter({ hasText: text }).first().waitFor();

describeInChromium('"Look inside" in Chromium', (site) => {
  test('x', () =>
    site.visit({ at: '#look' }, async ({ page }) => {
      await says(page, 'Ready.');
      await page.getByRole('button', { name: 'Try a cat' }).click();
      await says(page, /^Grad-CAM of layer3/);
      await page.getByRole('switch', { name: 'layer1.1', exact: true }).click();
      await page.getByText('Without 1 of 9 blocks').waitFor();
      await stillness(page);
      await screenshots(page, 'look');
    }));
});
