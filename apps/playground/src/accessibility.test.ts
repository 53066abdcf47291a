import { createRequire } from 'node:module';
import type axe from 'axe-core';
import type { Page } from 'playwright-core';
import { expect, test } from 'vitest';
import { describeInChromium, stillness } from './chromium.testing.ts';

const axePath = createRequire(import.meta.url).resolve('axe-core');

/** What WCAG 2.2 AA and good practice forbid and a program can see, each with where. */
async function faults(page: Page): Promise<string[]> {
  await page.addScriptTag({ path: axePath });
  const { violations } = await page.evaluate(() => (globalThis as unknown as { axe: typeof axe }).axe.run());
  return violations.flatMap(({ id, nodes }) => nodes.map(({ target, failureSummary }) => `${id}: ${target.join(' ')}: ${failureSummary}`));
}

const opened: Readonly<Record<string, (page: Page) => Promise<unknown>>> = {
  classify: async (page) => {
    await page.getByText('Ready.').waitFor();
    await page.getByRole('button', { name: 'Try a cat' }).click();
    await page.getByLabel('Time per stage').waitFor();
    await stillness(page); // the bars have grown
  },
  look: async (page) => {
    await page.getByText('Ready.').waitFor();
    await page.getByRole('button', { name: 'Try a cat' }).click();
    await page.getByRole('img', { name: 'Heat map over the photo' }).waitFor();
    await page.getByRole('switch', { name: 'layer1.1' }).click();
    await page.getByRole('list', { name: 'What is left takes it for' }).waitFor();
    await page.getByRole('img', { name: /^Channel \d+ of layer3$/ }).waitFor();
  },
  train: async (page) => {
    await page.getByRole('button', { name: 'Use sample digits' }).click();
    await page.getByLabel('Rounds over the photos').selectOption('2');
    await page.getByRole('button', { name: 'Train', exact: true }).click();
    await page.getByRole('button', { name: 'Try 3-40.png' }).click();
    await page.getByLabel('Time per stage').waitFor();
    await stillness(page); // the bars have grown
  },
  why: async (page) => {
    await page.getByText('Ready:').waitFor();
    await page.getByRole('combobox', { name: 'Layers' }).selectOption('6');
    await page.getByRole('combobox', { name: 'Steps' }).selectOption('20');
    await page.getByRole('button', { name: 'Start' }).click();
    await page.getByText('Done: 20 steps.').waitFor();
  },
  architecture: async (page) => {
    await page.getByText('resnet18 is drawn').waitFor();
    await page.locator('.block[data-block="layer2.0"]').hover();
  },
};

describeInChromium('axe finds nothing wrong, in Chromium', (site) => {
  test.each(Object.entries(opened))('with the page %s, light and dark, wide and on a phone', (id, open) =>
    site.visit({ at: `#${id}` }, async ({ page }) => {
      await open(page);
      expect(await faults(page)).toEqual([]);
      await page.emulateMedia({ colorScheme: 'dark' });
      expect(await faults(page)).toEqual([]);
      await page.setViewportSize({ width: 390, height: 844 });
      expect(await faults(page)).toEqual([]);
    }),
  );
});
