import { existsSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { type Browser, chromium } from 'playwright-core';
import { build } from 'vite';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { Considered, Machine } from './index.ts';

const here = (relative: string) => fileURLToPath(new URL(relative, import.meta.url));
const executablePath = process.env.CHROMIUM_PATH ?? '/usr/bin/chromium';
const skipped = !existsSync(executablePath) && 'no Chromium found; set CHROMIUM_PATH';

interface Result {
  readonly chosen: string;
  readonly considered: Considered[];
  readonly examined: Considered[];
  readonly machine: Machine;
}

describe.skipIf(skipped)(`in Chromium${skipped ? ` (${skipped})` : ''}`, () => {
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
    browser = await chromium.launch({
      executablePath,
      args: ['--no-sandbox', '--disable-gpu', '--enable-unsafe-webgpu', '--disable-quic', '--no-first-run', '--disable-sync'],
    });
  });
  afterAll(async () => {
    await browser?.close();
    await rm(out, { recursive: true, force: true });
  });

  async function resultOf(headers: Record<string, string> = {}): Promise<Result> {
    const page = await browser.newPage();
    try {
      await page.route('**/*', (route) => route.fulfill({ path: join(out, new URL(route.request().url()).pathname), headers }));
      await page.goto('http://localhost/index.html');
      return await page.evaluate(() => (globalThis as unknown as { result: Promise<Result> }).result);
    } finally {
      await page.close();
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
    const { considered, chosen, examined } = await resultOf({ 'content-security-policy': "script-src 'self'" });
    expect(considered.find(({ backend }) => backend === 'wasm')).toMatchObject({
      works: false,
      reason: expect.stringContaining("Add 'wasm-unsafe-eval' to its script-src"),
    });
    expect(chosen).not.toBe('wasm');
    expect(considered.find(({ backend }) => backend === chosen)).toMatchObject({ works: true });
    expect(examined.find(({ backend }) => backend === 'cpu')).toMatchObject({ works: true });
  });
});
