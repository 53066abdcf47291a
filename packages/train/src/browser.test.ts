import { existsSync } from 'node:fs';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { extname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { chromium } from 'playwright-core';
import { build } from 'vite';
import { describe, expect, test } from 'vitest';
import { trainStripes } from '../fixtures/page/train-stripes.ts';
import type { EpochSummary } from './index.ts';

const folder = (relative: string) => fileURLToPath(new URL(relative, import.meta.url));
const executablePath = process.env.CHROMIUM_PATH ?? '/usr/bin/chromium';
const reason = !existsSync(executablePath) && 'no Chromium found; set CHROMIUM_PATH';
const types: Record<string, string> = { '.html': 'text/html', '.js': 'text/javascript' };

interface Results {
  readonly losses: number[];
  readonly history: EpochSummary[];
  readonly ticks: number;
  readonly error?: string;
}

describe.skipIf(reason)(`in Chromium, in a worker of a page that Vite built${reason ? ` (${reason})` : ''}`, () => {
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
    const server = createServer(async ({ url = '/' }, response) => {
      const body = await readFile(join(out, url)).catch(() => undefined);
      response.writeHead(body ? 200 : 404, { 'content-type': types[extname(url)] ?? 'application/octet-stream' });
      response.end(body);
    });
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    const browser = await chromium.launch({
      executablePath,
      args: ['--no-sandbox', '--disable-gpu', '--disable-quic', '--no-first-run', '--disable-background-networking', '--disable-sync'],
    });
    let results: Results;
    try {
      const page = await browser.newPage();
      await page.goto(`http://127.0.0.1:${(server.address() as AddressInfo).port}/index.html`);
      await page.waitForFunction(() => document.title !== '', undefined, { timeout: 60_000 });
      results = JSON.parse(await page.title()) as Results;
    } finally {
      await browser.close();
      server.close();
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
