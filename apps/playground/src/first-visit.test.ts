import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { gzipSync } from 'node:zlib';
import { expect, test } from 'vitest';
import { describeInChromium } from './chromium.testing.ts';

const photo = fileURLToPath(new URL('../../../packages/testing/photos/chelsea.png', import.meta.url));

/** What the project allows itself for scripts and WebAssembly before the first prediction; weights come on top. */
const MAX_CODE_BYTES = 1_500_000;

const megabytes = (count: number) => `${(count / 1e6).toFixed(2)} MB`;

describeInChromium('a first visit, in Chromium', (site) => {
  test('loads less than 1.5 MB of code before its first prediction, even from a host that compresses nothing', () =>
    site.visit({}, async ({ page, server }) => {
      await page.getByLabel('Choose a photo').setInputFiles(photo);
      await page.locator('li[data-label=cat]').waitFor();
      const ms = await page.evaluate(() => performance.now());
      // What comes after it is the service worker's, which stores the rest for use without a network.
      const end = server.asked.indexOf('service-worker.js');
      const asked = [...new Set(end < 0 ? server.asked : server.asked.slice(0, end))];
      const code = asked.filter((file) => /\.(js|wasm)$/.test(file)).map((file) => readFileSync(join(site.folder, file)));
      const plain = code.reduce((sum, { length }) => sum + length, 0);
      const zipped = code.reduce((sum, bytes) => sum + gzipSync(bytes).length, 0);
      const weights = asked.filter((file) => file.endsWith('.safetensors')).map((file) => readFileSync(join(site.folder, file)).length);
      console.info(
        `First prediction ${(ms / 1000).toFixed(2)} s after the page was opened. Before it: ${code.length} files of JavaScript and ` +
          `WebAssembly, ${megabytes(zipped)} gzipped (${megabytes(plain)} plain), and ${megabytes(weights[0] ?? 0)} of weights.`,
      );
      expect(weights).toHaveLength(1);
      expect(plain).toBeLessThan(MAX_CODE_BYTES);
    }));
});
