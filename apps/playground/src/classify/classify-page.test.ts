import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import type { Page } from 'playwright-core';
import { shippedCheckpoint } from 'resnetjs';
import { expect, test } from 'vitest';
import { describeInChromium, screenshots } from '../chromium.testing.ts';
import { loadClassifier } from '../network/classifier.ts';

const photo = (name: string) => fileURLToPath(new URL(`../../../../packages/testing/photos/${name}`, import.meta.url));

/** Label to probability. */
type Probabilities = Record<string, number>;

async function inNode(name: string): Promise<Probabilities> {
  const classifier = await loadClassifier(shippedCheckpoint());
  try {
    const { predictions } = await classifier.classify(new Blob([new Uint8Array(readFileSync(photo(name)))]), name);
    return Object.fromEntries(predictions.slice(0, 5).map(({ label, probability }) => [label, probability]));
  } finally {
    classifier.dispose();
  }
}

const ready = (page: Page) => page.getByText('Ready.').waitFor({ timeout: 60_000 });
const bars = (page: Page, name: string) => page.getByRole('list', { name: `What ${name} is taken for` });

async function shown(page: Page, name: string): Promise<Probabilities> {
  await bars(page, name).waitFor();
  return bars(page, name).evaluate((list) =>
    Object.fromEntries([...list.querySelectorAll('li')].map(({ dataset }) => [dataset.label, Number(dataset.probability)])),
  );
}

describeInChromium('the page that classifies, in Chromium', (site) => {
  // Compared as logarithms, which are the network's own outputs but for a constant: probabilities this sure hide differences.
  // A PNG's pixels are exact and resizing is the same code; but Chromium fuses multiply-adds where Node 20 cannot, and has another
  // number of threads: 4e-5 was measured. Another Chromium may decode a JPEG to other last bits than sharp, this one did not.
  test.each([
    ['chelsea.png', 1e-3],
    ['rocket.jpg', 0.1],
  ])('gives the probabilities for %s that Node gives, and does so with the server gone', (name, tolerance) =>
    site.visit({}, async ({ page, server }) => {
      await ready(page);
      await server.close();
      await page.context().setOffline(true);
      await page.getByLabel('Choose a photo').setInputFiles(photo(name));
      const found = await shown(page, name);
      const expected = await inNode(name);
      expect(Object.keys(found)).toEqual(Object.keys(expected));
      const differences = Object.entries(expected).map(([label, p]) => Math.abs(Math.log(found[label] as number) - Math.log(p)));
      expect(Math.max(...differences)).toBeLessThan(tolerance);
      await page.waitForTimeout(500); // the bars have grown
      await screenshots(page, name);
    }),
  );

  test('is used with the keyboard alone', () =>
    site.visit({}, async ({ page }) => {
      await ready(page);
      await page.getByRole('link', { name: 'Architecture' }).focus(); // the last link before the page
      await page.keyboard.press('Tab');
      expect(await page.evaluate(() => document.activeElement?.id)).toBe('photo');
      await page.keyboard.press('Tab');
      await page.keyboard.press('Enter');
      expect(Object.keys(await shown(page, 'chelsea.png'))[0]).toBe('cat');
      expect(await page.getByRole('status').textContent()).toBe('chelsea.png: cat');
    }));

  test('takes a photo that is dropped on it', () =>
    site.visit({}, async ({ page }) => {
      await ready(page);
      const bytes = readFileSync(photo('chelsea.png')).toString('base64');
      await page.evaluate(async (base64) => {
        const blob = await (await fetch(`data:image/png;base64,${base64}`)).blob();
        const dataTransfer = new DataTransfer();
        dataTransfer.items.add(new File([blob], 'dropped.png', { type: 'image/png' }));
        document.body.dispatchEvent(new DragEvent('drop', { dataTransfer, bubbles: true, cancelable: true }));
      }, bytes);
      expect(Object.keys(await shown(page, 'dropped.png'))[0]).toBe('cat');
    }));

  test('says in place what is wrong with a file, and then takes the next', () =>
    site.visit({}, async ({ page }) => {
      await ready(page);
      const picker = page.getByLabel('Choose a photo');
      await picker.setInputFiles({ name: 'notes.png', mimeType: 'image/png', buffer: Buffer.from('these are notes') });
      const alert = page.getByRole('alert');
      await alert.filter({ hasText: 'notes.png' }).waitFor();
      expect(await alert.textContent()).toContain('not an image');
      await screenshots(page, 'error');
      await picker.setInputFiles(photo('chelsea.png'));
      expect(Object.keys(await shown(page, 'chelsea.png'))[0]).toBe('cat');
      expect(await alert.textContent()).toBe('');
    }));

  test('says when the weights cannot be loaded', () =>
    site.visit(
      { before: (page) => page.route('**/*.safetensors', (route) => route.fulfill({ status: 404 })), expected: /404/ },
      async ({ page }) => {
        const alert = page.getByRole('alert').filter({ hasText: 'could not be loaded' });
        await alert.waitFor();
        expect(await alert.textContent()).toContain('the server answered 404');
      },
    ));
});
