import { cp, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Page } from 'playwright-core';
import { expect, test } from 'vitest';
import { describeInChromium, PATIENCE_MS } from '../chromium.testing.ts';

const ready = (page: Page) => page.getByText('Ready.').waitFor();
const stored = (page: Page) => page.waitForFunction(() => navigator.serviceWorker.controller !== null);
const caches = (page: Page) => page.evaluate(() => globalThis.caches.keys());

/** For browsers without SIMD: here only the service worker asks for it. */
const UNNEEDED = /tfjs-backend-wasm-(?!simd)/;

const edit = async (file: string, from: RegExp, to: string) => writeFile(file, (await readFile(file, 'utf8')).replace(from, to));

async function classifies(page: Page): Promise<void> {
  await ready(page);
  await page.getByRole('button', { name: 'Try a cat' }).click();
  await page.locator('li[data-label=cat]').waitFor();
}

describeInChromium('the service worker, in Chromium, on a host that sends no headers', (site) => {
  test('brings cross-origin isolation with the next load, and threads with it', () =>
    site.visit({}, async ({ page }) => {
      await ready(page);
      expect(await page.evaluate(() => crossOriginIsolated)).toBe(false);
      await stored(page);
      const again = page.getByRole('button', { name: 'Load it again' });
      await again.waitFor();
      await Promise.all([page.waitForEvent('load'), again.click()]);
      await classifies(page);
      expect(await page.evaluate(() => crossOriginIsolated)).toBe(true);
      const cores = await page.evaluate(() => navigator.hardwareConcurrency);
      expect(cores).toBeGreaterThan(1);
      expect(await page.locator('.times .hint').textContent()).toContain(`on ${cores} threads`);
      await page.getByLabel('Threads').selectOption('1');
      await page.locator('.times .hint', { hasText: 'on 1 thread,' }).waitFor();
    }));

  test('opens every page and classifies with the server gone', () =>
    site.visit({}, async ({ page, server }) => {
      await ready(page);
      await stored(page);
      await server.close();
      await page.context().setOffline(true);
      await page.reload();
      await classifies(page);
      for (const name of ['Train your own', 'Why residual', 'Architecture']) {
        await page.getByRole('link', { name }).click();
        await page.waitForFunction((title) => document.title.startsWith(title), name);
        await page.locator('#app h2').waitFor();
        expect(await page.getByText('could not be opened').count()).toBe(0);
      }
    }));

  test('stores all files or none: one that comes half leaves nothing behind, and the page works', () => {
    let dying = true;
    return site.visit(
      {
        cut: (file) => dying && UNNEEDED.test(file),
        expected: /ERR_CONTENT_LENGTH_MISMATCH|ERR_EMPTY_RESPONSE|Failed/,
      },
      async ({ page, server }) => {
        await ready(page);
        await expect.poll(() => server.asked.some((file) => UNNEEDED.test(file)), { timeout: PATIENCE_MS }).toBe(true);
        await expect.poll(() => caches(page), { timeout: PATIENCE_MS }).toEqual([]);
        expect(await page.evaluate(() => navigator.serviceWorker.controller)).toBe(null);
        await classifies(page);
        dying = false;
        await page.reload();
        await ready(page);
        await stored(page);
        expect(await caches(page)).toHaveLength(1);
      },
    );
  });

  test('a new build replaces the old one when no tab shows it any more', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'resnetjs-playground-next-'));
    await cp(site.folder, folder, { recursive: true });
    try {
      await site.visit({ folder }, async ({ page }) => {
        await ready(page);
        await stored(page);
        const [before] = await caches(page);
        await edit(join(folder, 'service-worker.js'), /(version:.)\w{16}/, '$1next');
        await edit(join(folder, 'index.html'), /resnet\.js playground/, 'the next playground');
        const { updated } = await page.evaluate(async () => ({ updated: Boolean(await (await navigator.serviceWorker.ready).update()) }));
        expect(updated).toBe(true);
        await page.waitForFunction(async () => (await navigator.serviceWorker.ready).waiting !== null);
        expect(await caches(page)).toContain(before);
        const [context, address] = [page.context(), page.url()];
        await page.close();
        const next = await context.newPage();
        // Chromium lets the old worker go only some time after its last page was torn down: each look is such a page.
        const look = async () => {
          await next.goto(address);
          const title = await next.title();
          if (!title.includes('the next')) await next.goto('about:blank');
          return title;
        };
        await expect.poll(look, { timeout: PATIENCE_MS, interval: 1500 }).toContain('the next playground');
        await expect.poll(() => caches(next)).toHaveLength(1);
        expect(await caches(next)).not.toContain(before);
      });
    } finally {
      await rm(folder, { recursive: true, force: true });
    }
  });

  test('a page where service workers are blocked classifies all the same, on one thread', () =>
    site.visit({ context: { serviceWorkers: 'block' } }, async ({ page }) => {
      await classifies(page);
      expect(await page.locator('.times .hint').textContent()).toContain('on 1 thread,');
      expect(await page.locator('#threads-missing').textContent()).toContain('nor a service worker');
    }));
});
