import { fileURLToPath } from 'node:url';
import { createServer, preview } from 'vite';
import { expect, test } from 'vitest';
import { describeInChromium } from './chromium.testing.ts';

const root = fileURLToPath(new URL('..', import.meta.url));
const ISOLATING = { 'cross-origin-opener-policy': 'same-origin', 'cross-origin-embedder-policy': 'require-corp' };

async function headersOf(url: string | undefined): Promise<Record<string, string>> {
  const { headers } = await fetch(url as string);
  return Object.fromEntries(headers);
}

test('the development server sends the headers that threads need', async () => {
  const server = await createServer({ root, logLevel: 'silent', server: { port: 0, ws: false }, optimizeDeps: { noDiscovery: true } });
  try {
    await server.listen();
    expect(await headersOf(server.resolvedUrls?.local[0])).toMatchObject(ISOLATING);
  } finally {
    await server.close();
  }
});

describeInChromium('the built page, previewed', (site) => {
  test('has threads from the first load', async () => {
    const server = await preview({ root, logLevel: 'silent', preview: { host: '127.0.0.1', port: 0 }, build: { outDir: site.folder } });
    try {
      const address = server.resolvedUrls?.local[0] as string;
      expect(await headersOf(address)).toMatchObject(ISOLATING);
      // Another page of the same browser, on this server instead of the tests' own.
      await site.visit({ expected: new RegExp(`asked for ${new URL(address).origin}`) }, async ({ page }) => {
        await page.goto(address);
        await page.getByText('Ready.').waitFor();
        expect(await page.evaluate(() => crossOriginIsolated)).toBe(true);
        await page.getByText(/WebAssembly: \d+ threads/).waitFor();
      });
    } finally {
      await server.close();
    }
  });
});
