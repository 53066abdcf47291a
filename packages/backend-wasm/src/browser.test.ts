import { existsSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { availableParallelism, tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { type Browser, CHROMIUM_MS, launchChromium, noChromium } from '@resnetjs/testing/chromium';
import { type ServeOptions, serveFolders } from '@resnetjs/testing/static-server';
import { build } from 'vite';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';

const folder = (relative: string) => fileURLToPath(new URL(relative, import.meta.url));
const cores = availableParallelism();
const unbuilt = !existsSync(folder('../dist/index.js')) && 'dist/ is missing; run the build first';

describe.skipIf(noChromium)(`in Chromium${noChromium ? ` (${noChromium})` : ''}`, { timeout: CHROMIUM_MS }, () => {
  let browser: Browser;
  let out: string;

  beforeAll(async () => {
    out = await mkdtemp(join(tmpdir(), 'resnetjs-page-'));
    await build({
      root: folder('../fixtures/page'),
      base: './',
      logLevel: 'error',
      resolve: { alias: { '@resnetjs/backend-wasm': folder('./index.ts') } },
      build: { outDir: out, target: 'esnext' },
    });
    browser = await launchChromium();
  });
  afterAll(async () => {
    await browser?.close();
    await rm(out, { recursive: true, force: true });
  });

  async function titleOf(path: string, options: ServeOptions = {}) {
    const server = await serveFolders({ '/package/': folder('../'), '/': out }, options);
    const page = await browser.newPage();
    const noise: string[] = [];
    page.on('console', (message) => noise.push(message.text()));
    page.on('pageerror', (error) => noise.push(String(error)));
    try {
      await page.goto(server.origin + path);
      await page.waitForFunction(() => document.title !== '', undefined, { timeout: 60_000 });
      return { title: await page.title(), noise };
    } finally {
      await page.close();
      await server.close();
    }
  }

  test('a page that Vite built finds the binary by itself', async () => {
    const { title, noise } = await titleOf('/index.html');
    expect(noise).toEqual([]);
    expect(title).toBe('wasm 1 11 144');
  });

  test('a cross-origin isolated page that Vite built computes on all cores', async () => {
    const { title, noise } = await titleOf('/index.html', { isolated: true });
    expect(noise).toEqual([]);
    expect(title).toBe(`wasm ${cores} 11 144`);
  });

  test.each([
    { policy: "script-src 'self'", title: /^BackendError: The Content-Security-Policy of this page forbids WebAssembly.*wasm-unsafe-eval/ },
    { policy: "script-src 'self' 'wasm-unsafe-eval'; worker-src blob:", title: new RegExp(`^wasm ${cores} 11 144$`) },
    { policy: "script-src 'self' 'wasm-unsafe-eval'; worker-src 'none'", title: /^wasm 1 11 144$/ },
    {
      policy: "script-src 'self' 'wasm-unsafe-eval'; connect-src 'none'",
      title: /^BackendError: tfjs-backend-wasm-simd.wasm was not found/,
    },
  ])('an isolated page under $policy has an answer', async ({ policy, title }) => {
    expect((await titleOf('/index.html', { isolated: true, policy })).title).toMatch(title);
  });

  test.skipIf(unbuilt)(`a module script with an import map finds the binary by itself${unbuilt ? ` (${unbuilt})` : ''}`, async () => {
    const { title } = await titleOf('/package/fixtures/page/import-map.html');
    expect(title).toBe('wasm 1 11 144');
  });
});
