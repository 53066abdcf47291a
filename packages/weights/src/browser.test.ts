import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type Browser, CHROMIUM_MS, launchChromium, noChromium } from '@resnetjs/testing/chromium';
import { serveFolders } from '@resnetjs/testing/static-server';
import { build } from 'vite';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { headersOf, sha256, timmConfig, tinyWeights } from '../fixtures/fake-hub.ts';
import { fixture, fixturePath } from '../fixtures/forge.ts';
import { sendBytes, serve } from '../fixtures/serve.ts';
import { PIECE_BYTES } from './hub/browser-cache.ts';
import { createManifest } from './manifest/manifest.ts';
import { writeSafetensors } from './safetensors/write-safetensors.ts';
import { encodeCheckpoint } from './save-checkpoint.ts';

/** What the Hugging Face hub lets pages of other origins see. */
const CORS = {
  'access-control-allow-origin': '*',
  'access-control-expose-headers': 'ETag,Accept-Ranges,Content-Range,X-Repo-Commit,X-Linked-Size,X-Linked-ETag',
};

const weightFile = writeSafetensors(tinyWeights(Math.floor(0.6 * PIECE_BYTES))); // two pieces and a rest

let out: string;
let browser: Browser | undefined;
beforeAll(async () => {
  out = await mkdtemp(join(tmpdir(), 'resnetjs-page-'));
  await build({ root: fixturePath('page'), base: './', logLevel: 'error', build: { outDir: out, target: 'esnext' } });
});
afterAll(async () => {
  await browser?.close();
  await rm(out, { recursive: true });
});

test('a bundle for the browser holds nothing of Node', async () => {
  const scripts = (await readdir(join(out, 'assets'))).filter((name) => name.endsWith('.js'));
  for (const name of scripts) {
    const code = await readFile(join(out, 'assets', name), 'utf8');
    expect(code).not.toMatch(/(from|import)\s*\(?\s*["'`]node:/);
    expect(code).not.toContain('browser-external');
  }
  expect(scripts.length).toBeGreaterThan(1); // SHA-256 in JavaScript comes only where it is needed
});

test('Chromium loads by URL, Blob and File, and from a hub into its cache', { timeout: CHROMIUM_MS }, async ({ skip }) => {
  if (noChromium) skip(noChromium);
  const tensors = new Map([['fc.weight', { shape: [2, 2], data: new Float32Array([1, 2, 3, 4]) }]]);
  const { parts } = await encodeCheckpoint({
    stateDict: tensors,
    manifest: createManifest({ architecture: 'resnet18', labels: ['cat', '猫'] }),
  });
  await writeFile(join(out, 'net.safetensors'), new Uint8Array(await new Blob(parts).arrayBuffer()));
  for (const name of ['run.pth', 'run.th']) await writeFile(join(out, name), fixture(name));
  const site = await serveFolders({ '/': out });
  const storage = await serve((request, response) => sendBytes(request, response, weightFile, { ...CORS, etag: `"${'e'.repeat(64)}"` }));
  const hub = await serve((request, response) => {
    const [, repo, name = ''] = /^\/timm\/(\w+)\/resolve\/main\/(.+)$/.exec(request.url ?? '') ?? [];
    const config = new TextEncoder().encode(JSON.stringify(timmConfig));
    if (name === 'config.json') sendBytes(request, response, config, { ...CORS, ...headersOf(name, config) });
    else {
      const linked = {
        ...CORS,
        'x-linked-etag': `"${repo === 'tiny' ? sha256(weightFile) : 'f'.repeat(64)}"`,
        'x-linked-size': weightFile.length,
      };
      // Like the Hugging Face hub: the weights lie elsewhere, unless their description is asked for.
      if (request.headers.accept?.includes('xet-fileinfo'))
        response.writeHead(200, { ...linked, 'content-type': 'application/vnd.xet-fileinfo+json' }).end('{}');
      else response.writeHead(302, { ...linked, location: `${storage.url}/blob` }).end();
    }
  });
  try {
    browser = await launchChromium();
    const page = await browser.newPage();
    const noise: string[] = [];
    page.on('pageerror', (error) => noise.push(String(error)));
    await page.goto(`${site.origin}/index.html?hub=${encodeURIComponent(hub.url)}`);
    await page.waitForFunction('document.title !== ""', undefined, { timeout: 60_000 });
    expect(JSON.parse(await page.title())).toEqual({
      labels: ['cat', '猫'],
      sameHash: true,
      torch: ['torch-zip', 6, 'torch-legacy', 6],
      loads: [
        ['resnet50', '1,2,3', weightFile.length],
        ['resnet50', '1,2,3', 0],
      ],
      wrong: expect.stringContaining('its SHA-256 is HASH but should be HASH'),
      cached: 8, // of timm/tiny: a meta and a rest of each file, and 2 pieces; of timm/wrong: config.json's two, and none of the weights
    });
    expect(noise).toEqual([]);
  } finally {
    await Promise.all([site, storage, hub].map((server) => server.close()));
  }
});
