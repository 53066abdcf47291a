import { existsSync } from 'node:fs';
import { createRequire } from 'node:module';
import { fileURLToPath } from 'node:url';
import { type Browser, launchChromium, noChromium } from '@resnetjs/testing/chromium';
import { type StaticServer, serveFolders } from '@resnetjs/testing/static-server';
import type axe from 'axe-core';
import type { Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { collect } from '../scripts/collect.mjs';

const dist = fileURLToPath(new URL('../dist', import.meta.url));

test('every link and picture of the pages that are collected leads somewhere', () => {
  // Those to other pages are checked again, with their anchors, when the site is built.
  expect(collect()).toContain('packages/resnetjs.md');
});

const reasons = [noChromium, !existsSync(`${dist}/index.html`) && 'the site is not built: npm run site'].filter(
  (reason) => reason !== false,
);

/** How long a test waits for what should come at once: machines that run tests are busy with others. */
const PATIENCE_MS = 180_000;

describe.skipIf(reasons.length > 0)(`the site in Chromium ${reasons.join('; ')}`, { timeout: PATIENCE_MS }, () => {
  let browser: Browser;
  let server: StaticServer;
  beforeAll(async () => {
    server = await serveFolders({ '/': dist });
    browser = await launchChromium(['--host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE 127.0.0.1']);
  }, PATIENCE_MS);
  afterAll(async () => {
    await browser?.close();
    await server?.close();
  });

  /** Opens a page and does something there. Fails for any error on the console and any request elsewhere. */
  async function visit(path: string, act: (page: Page) => Promise<void>, colorScheme: 'light' | 'dark' = 'light'): Promise<void> {
    const context = await browser.newContext({ viewport: { width: 1280, height: 900 }, colorScheme });
    context.setDefaultTimeout(PATIENCE_MS);
    const noise: string[] = [];
    const page = await context.newPage();
    page.on('console', (line) => line.type() === 'error' && noise.push(line.text()));
    page.on('pageerror', (error) => noise.push(String(error)));
    context.on('request', (request) => {
      if (!/^(blob|data):/.test(request.url()) && !request.url().startsWith(server.origin)) noise.push(`asked for ${request.url()}`);
    });
    try {
      await page.goto(`${server.origin}${path}`);
      await act(page);
      expect(noise).toEqual([]);
    } finally {
      await context.close();
    }
  }

  const pages = [
    '/',
    '/start/',
    '/guides/classify.html',
    '/how/',
    '/experiments/',
    '/benchmarks.html',
    '/packages/backend-wasm.html',
    '/api/@resnetjs/core.html',
  ];

  test.each(pages.flatMap((path) => [{ path, scheme: 'light' } as const, { path, scheme: 'dark' } as const]))(
    'axe finds nothing wrong with $path, $scheme',
    ({ path, scheme }) =>
      visit(
        path,
        async (page) => {
          await page.locator('h1').first().waitFor();
          await page.addScriptTag({ path: createRequire(import.meta.url).resolve('axe-core') });
          const { violations } = await page.evaluate(() =>
            (globalThis as unknown as { axe: typeof axe }).axe.run(
              { exclude: ['iframe'] },
              { runOnly: ['wcag2a', 'wcag2aa', 'wcag21aa', 'wcag22aa'] },
            ),
          );
          const faults = violations.flatMap(({ id, nodes }) =>
            nodes.slice(0, 3).map(({ target, failureSummary }) => `${id}: ${target.join(' ')}: ${failureSummary}`),
          );
          expect(faults).toEqual([]);
        },
        scheme,
      ),
  );

  test('search finds a word without asking a server', () =>
    visit('/', async (page) => {
      await page.getByRole('button', { name: /Search/ }).click();
      await page.getByRole('searchbox').fill('cardinality');
      await page.getByRole('option').first().waitFor();
    }));

  test('the playground’s widget learns in the page that explains it', () =>
    visit('/how/', async (page) => {
      await page.locator('.playground-widget').scrollIntoViewIfNeeded();
      const widget = page.frameLocator('iframe.playground-widget');
      await widget.getByText('Ready:').waitFor();
      await widget.getByRole('combobox', { name: 'Steps' }).selectOption('20');
      await widget.getByRole('combobox', { name: 'Layers' }).selectOption('6');
      await widget.getByRole('button', { name: 'Start' }).click();
      await widget.getByText('Done: 20 steps.').waitFor();
    }));

  test('a button measures all three systems in the reader’s browser', () =>
    visit('/benchmarks.html', async (page) => {
      await page.getByRole('button', { name: 'Measure in this browser' }).click();
      await page.getByText(/^Done: onnxruntime-web takes [\d.]+ times as long, TensorFlow.js takes [\d.]+ times as long/).waitFor();
      await expect(page.locator('.benchmark tbody tr').count()).resolves.toBe(3);
    }));
});
