import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { launchChromium, noChromium } from '@resnetjs/testing/chromium';
import { serveFolders } from '@resnetjs/testing/static-server';
import { build } from 'vite';
import { describe, expect, test } from 'vitest';
import { trainStripes } from '../fixtures/page/train-stripes.ts';
import type { EpochSummary } from './index.ts';

const folder = (relative: string) => fileURLToPath(new URL(relative, import.meta.url));

interface Results {
  readonly losses: number[];
  readonly history: EpochSummary[];
  readonly ticks: number;
  readonly error?: string;
}

describe.skipIf(noChromium)(`in Chromium, in a worker of a page that Vite built${noChromium ? ` (${noChromium})` : ''}`, () => {
  test('fit trains as it does in Node, while the page goes on living', async () => {
    const out = await mkdtemp(join(tmpdir(), 'resnetjs-train-'));
    await build({
      root: folder('../fixtures/page'),
      base: './',
      logLevel: 'error',
      resolve: { conditions: ['@resnetjs/source', 'browser', 'module', 'import', 'default'] },
      worker: { format: 'es' },
      build: { outDir: out, target: 'esnext' },
    });
    const server = await serveFolders({ '/': out });
    const browser = await launchChromium();
    let results: Results;
    try {
      const page = await browser.newPage();
      await page.goto(`${server.origin}/index.html`);
      await page.waitForFunction(() => document.title !== '', undefined, { timeout: 60_000 });
      results = JSON.parse(await page.title()) as Results;
    } finally {
      await browser.close();
      await server.close();
      await rm(out, { recursive: true, force: true });
    }
    expect(results.error).toBeUndefined();
    const losses: number[] = [];
    for await (const event of trainStripes()) if (event.type === 'step') losses.push(event.loss);
    expect(results.losses).toHaveLength(20);
    // Two versions of V8 may differ in the last bit of a sine or a logarithm.
    for (const [i, loss] of losses.entries()) expect(results.losses[i], `step ${i + 1}`).toBeCloseTo(loss, 4);
    expect(results.history[3]?.train.loss).toBeLessThan((results.history[0]?.train.loss as number) / 2);
    expect(results.ticks).toBeGreaterThan(5);
  }, 120_000);
});
