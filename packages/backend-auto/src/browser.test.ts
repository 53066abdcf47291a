import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { type Browser, CHROMIUM_MS, launchChromium, noChromium } from '@resnetjs/testing/chromium';
import { type ServeOptions, serveFolders } from '@resnetjs/testing/static-server';
import { build } from 'vite';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { Considered, Machine } from './index.ts';

const here = (relative: string) => fileURLToPath(new URL(relative, import.meta.url));

interface Result {
  readonly chosen: string;
  readonly considered: Considered[];
  readonly examined: Considered[];
  readonly machine: Machine;
}

describe.skipIf(noChromium)(`in Chromium${noChromium ? ` (${noChromium})` : ''}`, { timeout: CHROMIUM_MS }, () => {
  let out: string;
  let browser: Browser;

  beforeAll(async () => {
    out = await mkdtemp(join(tmpdir(), 'resnetjs-auto-'));
    await build({
      root: here('../fixtures/page'),
      configFile: false,
      logLevel: 'error',
      resolve: {
        alias: { '@resnetjs/backend-auto': here('./index.ts') },
        conditions: ['@resnetjs/source', 'module', 'browser', 'import', 'default'],
      },
      build: { outDir: out, target: 'esnext', chunkSizeWarningLimit: 10_000 },
    });
    browser = await launchChromium(['--enable-unsafe-webgpu']);
  });
  afterAll(async () => {
    await browser?.close();
    await rm(out, { recursive: true, force: true });
  });

  async function resultOf(options: ServeOptions = {}): Promise<Result> {
    const server = await serveFolders({ '/': out }, options);
    const page = await browser.newPage();
    try {
      await page.goto(`${server.origin}/index.html`);
      return await page.evaluate(() => (globalThis as unknown as { result: Promise<Result> }).result);
    } finally {
      await page.close();
      await server.close();
    }
  }

  test('a page that Vite built has WebAssembly, and the reasons against GPUs in software', async () => {
    const result = await resultOf();
    expect(result.chosen).toBe('wasm');
    expect(result.considered.map(({ backend, works }) => [backend, works])).toEqual([
      ['webgpu', true],
      ['wasm', true],
      ['webgl', undefined],
      ['cpu', undefined],
    ]);
    expect(result.considered[0]?.reason).toContain('a GPU in software is slower than WebAssembly');
    expect(result.examined.map(({ works }) => works)).toEqual([true, true, true, true]);
    expect(result.machine).toMatchObject({ crossOriginIsolated: false, webAssembly: { relaxedSimd: true, threads: false } });
    expect(result.machine.gpus).toMatchObject([{ software: true }]);
  });

  test('where the page forbids WebAssembly the next best is taken, and the policy is named', async () => {
    const { considered, chosen, examined } = await resultOf({ policy: "script-src 'self'" });
    expect(considered.find(({ backend }) => backend === 'wasm')).toMatchObject({
      works: false,
      reason: expect.stringContaining("Add 'wasm-unsafe-eval' to its script-src"),
    });
    expect(chosen).not.toBe('wasm');
    expect(considered.find(({ backend }) => backend === chosen)).toMatchObject({ works: true });
    expect(examined.find(({ backend }) => backend === 'cpu')).toMatchObject({ works: true });
  });
});
