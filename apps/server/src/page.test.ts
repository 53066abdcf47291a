import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { type Browser, CHROMIUM_MS, launchChromium, noChromium } from '@resnetjs/testing/chromium';
import axe from 'axe-core';
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest';
import { photo, smallNetwork, temporaryFolder } from './checkpoint.testing.ts';
import { createServer, type ResnetServer } from './server.ts';

vi.setConfig({ testTimeout: CHROMIUM_MS });

const folder = temporaryFolder();

describe.skipIf(noChromium)('the page', () => {
  let browser: Browser;
  let server: ResnetServer;
  let address: string;
  beforeAll(async () => {
    const source = await smallNetwork(join(folder, 'small.safetensors'));
    server = await createServer({
      models: [{ name: 'small', source }],
      workers: 1,
      threads: 1,
      logLevel: 'silent',
      maxDelayMs: 0,
      tokens: ['secret'],
    });
    address = await server.listen({ port: 0 });
    browser = await launchChromium();
  });
  afterAll(async () => {
    await browser?.close();
    await server?.close();
  });

  test('says what is in a photo that is chosen, or dropped, to whoever has a token; everybody can read it', async () => {
    const page = await browser.newPage({ viewport: { width: 700, height: 900 } });
    const errors: string[] = [];
    page.on('pageerror', (error) => errors.push(error.message));
    page.on('console', (message) => message.type() === 'error' && !message.text().includes('401') && errors.push(message.text()));
    await page.goto(address);
    await page.getByText('expected the header Authorization').waitFor();
    await page.getByLabel('Token').fill('secret');
    await page.getByLabel('Token').blur();
    await page.locator('option').waitFor({ state: 'attached' });
    await page.getByLabel('choose one').setInputFiles(photo('chelsea.png'));
    await page.locator('#results li').nth(4).waitFor();
    const chosen = await page.locator('#results').textContent();
    expect(await page.getByRole('status').textContent()).toMatch(/^\w+, in \d+ ms\.$/);

    // Dropped, it is the same; what is no image is said.
    await page.evaluate(
      ([cat]) => {
        const bytes = Uint8Array.from(atob(cat as string), (character) => character.charCodeAt(0));
        for (const file of [new File([bytes], 'cat.png', { type: 'image/png' }), new File(['no image'], 'text.txt')]) {
          const dataTransfer = new DataTransfer();
          dataTransfer.items.add(file);
          (window as unknown as Record<string, () => void>)[file.name] = () =>
            document.getElementById('drop')?.dispatchEvent(new DragEvent('drop', { dataTransfer, bubbles: true, cancelable: true }));
        }
      },
      [readFileSync(photo('chelsea.png')).toString('base64')],
    );
    await page.evaluate(() => (window as unknown as Record<string, () => void>)['text.txt']?.());
    await page.getByText('not an image').waitFor();
    await page.evaluate(() => (window as unknown as Record<string, () => void>)['cat.png']?.());
    await page.locator('#results li').nth(4).waitFor();
    expect(await page.locator('#results').textContent()).toBe(chosen);

    for (const colorScheme of ['light', 'dark'] as const) {
      await page.emulateMedia({ colorScheme });
      const violations = await page.evaluate(
        `(() => { ${axe.source}; return axe.run().then(({ violations }) => violations.map(({ id }) => id)); })()`,
      );
      expect(violations).toEqual([]);
    }
    if (process.env.RESNETJS_SCREENSHOT) await page.screenshot({ path: process.env.RESNETJS_SCREENSHOT });
    expect(errors.filter((error) => !error.includes('422'))).toEqual([]);
    await page.close();
  });

  test('the API is described on a page that its own policy lets run', async () => {
    const page = await browser.newPage();
    const errors: string[] = [];
    page.on('console', (message) => message.type() === 'error' && errors.push(message.text()));
    await page.goto(`${address}/docs`);
    await page.getByText('/v2/models/{model}/infer', { exact: true }).first().waitFor();
    expect(errors).toEqual([]);
    await page.close();
  });
});
