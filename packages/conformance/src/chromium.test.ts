import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { type Browser, launchChromium, noChromium } from '@resnetjs/testing/chromium';
import { serveFolders } from '@resnetjs/testing/static-server';
import { build } from 'vite';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { cases } from './cases/index.ts';
import type { PageResult } from './page/main.ts';
import { report } from './report.ts';
import { selection } from './selection.ts';
import { starters } from './start-backend.ts';

const { backends, asked } = selection(process.env.RESNETJS_BACKENDS);
const chosen = backends.filter((backend) => backend in starters);
const skipped = noChromium || (chosen.length === 0 && 'RESNETJS_BACKENDS names none that pages have');

/** Everything on a GPU in software takes a minute, and more on a busy machine. */
const PAGE_TIMEOUT_MS = 300_000;

describe.skipIf(skipped)(`in Chromium${skipped ? ` (${skipped})` : ''}`, () => {
  let browser: Browser;
  let out: string;

  beforeAll(async () => {
    out = await mkdtemp(join(tmpdir(), 'resnetjs-conformance-'));
    const conditions = ['@resnetjs/source', 'module', 'browser', 'import', 'default'];
    await build({
      root: fileURLToPath(new URL('./page', import.meta.url)),
      configFile: false,
      logLevel: 'error',
      resolve: { conditions },
      build: { outDir: out, target: 'esnext', chunkSizeWarningLimit: 10_000 },
    });
    browser = await launchChromium(['--enable-unsafe-webgpu']);
  });
  afterAll(async () => {
    await browser?.close();
    await rm(out, { recursive: true, force: true });
  });

  async function runPage(backend: string, isolated: boolean): Promise<PageResult> {
    const server = await serveFolders({ '/': out }, { isolated });
    const page = await browser.newPage();
    try {
      await page.goto(`${server.origin}/index.html?backend=${backend}${asked ? '&asked' : ''}`);
      expect(await page.evaluate(() => crossOriginIsolated)).toBe(isolated);
      return await page.evaluate(() => (globalThis as unknown as { conformance: Promise<PageResult> }).conformance);
    } finally {
      await page.close();
      await server.close();
    }
  }

  describe.each([
    ['in an isolated page', true],
    ['in a page that is not isolated', false],
  ])('%s', (where, isolated) => {
    test.each(chosen.length > 0 ? chosen : ['none' as const])(
      '%s',
      async (backend) => {
        const skip = (reason: string) => report(what, { total: cases.length, skipped: reason });
        const what = `${backend} in Chromium, ${where}`;
        if (isolated && !asked && backend.startsWith('webg')) return skip('isolation is for threads, and a GPU has none');
        const { started, error, outcomes } = await runPage(backend, isolated);
        if (error && !asked) return skip(error);
        expect(error).toBeUndefined();
        const skipped = outcomes.flatMap(({ name, status, reason = '' }) => (status === 'skipped' ? [{ name, reason }] : []));
        report(`${what} (${started?.what})`, { total: cases.length, skipped });
        expect(outcomes.filter(({ status }) => status === 'failed')).toEqual([]);
        expect(outcomes).toHaveLength(cases.length);
      },
      PAGE_TIMEOUT_MS,
    );
  });
});
