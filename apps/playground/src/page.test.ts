import { existsSync, mkdirSync, readFileSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { type Browser, type BrowserContextOptions, chromium, type Page } from 'playwright-core';
import { shippedCheckpoint } from 'resnetjs';
import { build } from 'vite';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { loadClassifier } from './network/classifier.ts';
import { type StaticServer, serveFolder } from './static-server.testing.ts';

const here = (path: string) => fileURLToPath(new URL(path, import.meta.url));
const photo = (name: string) => here(`../../../packages/testing/photos/${name}`);
const executablePath = process.env.CHROMIUM_PATH ?? '/usr/bin/chromium';
const PATH = '/below/some/path/';

const reasons = [
  !existsSync(executablePath) && 'no Chromium found: set CHROMIUM_PATH',
  !existsSync(here('../../../packages/data/dist/index.js')) && 'the packages are not built',
].filter((reason) => reason !== false);

/** Label to probability. */
type Probabilities = Record<string, number>;

async function inNode(name: string): Promise<Probabilities> {
  const classifier = await loadClassifier(shippedCheckpoint());
  try {
    const { predictions } = await classifier.classify(new Blob([new Uint8Array(readFileSync(photo(name)))]), name);
    return Object.fromEntries(predictions.slice(0, 5).map(({ label, probability }) => [label, probability]));
  } finally {
    classifier.dispose();
  }
}

describe.skipIf(reasons.length > 0)(`the built page in Chromium${reasons.length > 0 ? ` (${reasons.join('; ')})` : ''}`, () => {
  let browser: Browser;
  let folder: string;

  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'resnetjs-playground-'));
    await build({
      root: here('..'),
      configFile: here('../vite.config.ts'),
      logLevel: 'error',
      build: { outDir: folder, emptyOutDir: true },
    });
    browser = await chromium.launch({
      executablePath,
      args: [
        '--no-sandbox',
        '--disable-gpu',
        '--disable-quic',
        '--no-first-run',
        '--disable-background-networking',
        '--disable-component-update',
        '--disable-sync',
        // The network is off but for this machine.
        '--host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE 127.0.0.1',
      ],
    });
  }, 120_000);
  afterAll(async () => {
    await browser?.close();
    await rm(folder, { recursive: true, force: true });
  });

  interface Visit {
    readonly page: Page;
    readonly server: StaticServer;
    /** What went wrong in the page, or was asked of elsewhere. */
    readonly noise: string[];
    end(): Promise<void>;
  }

  /** Opens the page and waits until the network is loaded. */
  async function visit(options: BrowserContextOptions = {}): Promise<Visit> {
    const server = await serveFolder(folder, PATH);
    const context = await browser.newContext({ ...options, viewport: { width: 900, height: 900 } });
    const page = await context.newPage();
    const noise: string[] = [];
    page.on('console', (line) => line.type() === 'error' && noise.push(line.text()));
    page.on('pageerror', (error) => noise.push(String(error)));
    page.on(
      'request',
      (request) => /^(blob|data):/.test(request.url()) || request.url().startsWith(server.origin + PATH) || noise.push(request.url()),
    );
    await page.goto(server.origin + PATH);
    await page.getByText('Ready.').waitFor({ timeout: 60_000 });
    return {
      page,
      server,
      noise,
      end: async () => {
        await context.close();
        await server.close();
      },
    };
  }

  const bars = (page: Page, name: string) => page.getByRole('list', { name: `What ${name} is taken for` });

  async function shown(page: Page, name: string): Promise<Probabilities> {
    await bars(page, name).waitFor();
    return bars(page, name).evaluate((list) =>
      Object.fromEntries([...list.querySelectorAll('li')].map(({ dataset }) => [dataset.label, Number(dataset.probability)])),
    );
  }

  /** Pictures of the page for people to look at. */
  function screenshot(name: string): string {
    mkdirSync(here('../.tmp'), { recursive: true });
    return here(`../.tmp/${name}.png`);
  }

  // Compared as logarithms, which are the network's own outputs but for a constant: probabilities this sure hide differences.
  // A PNG's pixels are exact and resizing is the same code; but Chromium fuses multiply-adds where Node 20 cannot, and has another
  // number of threads: 4e-5 was measured. Another Chromium may decode a JPEG to other last bits than sharp, this one did not.
  test.each([
    ['chelsea.png', 1e-3],
    ['rocket.jpg', 0.1],
  ])('gives the probabilities for %s that Node gives, and does so with the server gone', async (name, tolerance) => {
    const { page, server, noise, end } = await visit();
    try {
      await server.close();
      await page.context().setOffline(true);
      await page.getByLabel('Choose a photo').setInputFiles(photo(name));
      const found = await shown(page, name);
      const expected = await inNode(name);
      expect(Object.keys(found)).toEqual(Object.keys(expected));
      const differences = Object.entries(expected).map(([label, p]) => Math.abs(Math.log(found[label] as number) - Math.log(p)));
      expect(Math.max(...differences)).toBeLessThan(tolerance);
      expect(noise).toEqual([]);
      await page.waitForTimeout(500); // the bars have grown
      await page.screenshot({ path: screenshot(name), fullPage: true });
    } finally {
      await end();
    }
  });

  test('is used with the keyboard alone, in the dark', async () => {
    const { page, end } = await visit({ colorScheme: 'dark' });
    try {
      await page.keyboard.press('Tab');
      expect(await page.evaluate(() => document.activeElement?.id)).toBe('photo');
      await page.keyboard.press('Tab');
      await page.keyboard.press('Enter');
      expect(Object.keys(await shown(page, 'chelsea.png'))[0]).toBe('cat');
      expect(await page.getByRole('status').textContent()).toBe('chelsea.png: cat');
      await page.waitForTimeout(500);
      await page.screenshot({ path: screenshot('dark'), fullPage: true });
    } finally {
      await end();
    }
  });

  test('takes a photo that is dropped on it', async () => {
    const { page, end } = await visit();
    try {
      const bytes = readFileSync(photo('chelsea.png')).toString('base64');
      await page.evaluate(async (base64) => {
        const blob = await (await fetch(`data:image/png;base64,${base64}`)).blob();
        const dataTransfer = new DataTransfer();
        dataTransfer.items.add(new File([blob], 'dropped.png', { type: 'image/png' }));
        document.body.dispatchEvent(new DragEvent('drop', { dataTransfer, bubbles: true, cancelable: true }));
      }, bytes);
      expect(Object.keys(await shown(page, 'dropped.png'))[0]).toBe('cat');
    } finally {
      await end();
    }
  });

  test('says in place what is wrong with a file, and then takes the next', async () => {
    const { page, end } = await visit();
    try {
      const picker = page.getByLabel('Choose a photo');
      await picker.setInputFiles({ name: 'notes.png', mimeType: 'image/png', buffer: Buffer.from('these are notes') });
      const alert = page.getByRole('alert');
      await alert.filter({ hasText: 'notes.png' }).waitFor();
      expect(await alert.textContent()).toContain('not an image');
      await page.screenshot({ path: screenshot('error'), fullPage: true });
      await picker.setInputFiles(photo('chelsea.png'));
      expect(Object.keys(await shown(page, 'chelsea.png'))[0]).toBe('cat');
      expect(await alert.textContent()).toBe('');
    } finally {
      await end();
    }
  });

  test('says when the weights cannot be loaded', async () => {
    const server = await serveFolder(folder, PATH);
    const page = await browser.newPage();
    try {
      await page.route('**/*.safetensors', (route) => route.fulfill({ status: 404 }));
      await page.goto(server.origin + PATH);
      const alert = page.getByRole('alert').filter({ hasText: 'could not be loaded' });
      await alert.waitFor();
      expect(await alert.textContent()).toContain('the server answered 404');
    } finally {
      await page.close();
      await server.close();
    }
  });
});
