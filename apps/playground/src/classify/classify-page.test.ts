import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { useWasm } from '@resnetjs/backend-wasm';
import { initialize, stateDict } from '@resnetjs/core';
import { recognizeCheckpoint } from '@resnetjs/network';
import { createManifest, encodeCheckpoint, loadCheckpoint, writeSafetensors } from '@resnetjs/weights';
import { createModel } from '@resnetjs/zoo';
import type { Page } from 'playwright-core';
import { shippedCheckpoint } from 'resnetjs';
import { describe, expect, test } from 'vitest';
import { describeInChromium, PATIENCE_MS, screenshots, stillness } from '../chromium.testing.ts';
import { classifierOf } from '../network/classifier.ts';

const photo = (name: string) => fileURLToPath(new URL(`../../../../packages/testing/photos/${name}`, import.meta.url));

/** Label to probability. */
type Probabilities = Record<string, number>;

async function shippedClassifier() {
  const checkpoint = await loadCheckpoint(shippedCheckpoint());
  return classifierOf(recognizeCheckpoint(checkpoint), checkpoint.manifest);
}

async function inNode(name: string): Promise<Probabilities> {
  await useWasm();
  const classifier = await shippedClassifier();
  try {
    const { predictions } = await classifier.classify(new Blob([new Uint8Array(readFileSync(photo(name)))]), name);
    return Object.fromEntries(predictions.slice(0, 5).map(({ label, probability }) => [label, probability]));
  } finally {
    classifier.dispose();
  }
}

const ready = (page: Page) => page.getByText('Ready.').waitFor();
const bars = (page: Page, name: string) => page.getByRole('list', { name: `What ${name} is taken for` });

async function shown(page: Page, name: string): Promise<Probabilities> {
  await bars(page, name).waitFor();
  return bars(page, name).evaluate((list) =>
    Object.fromEntries([...list.querySelectorAll('li')].map(({ dataset }) => [dataset.label, Number(dataset.probability)])),
  );
}

describeInChromium('the page that classifies, in Chromium', (site) => {
  // Compared as logarithms, which are the network's own outputs but for a constant: probabilities this sure hide differences.
  // A PNG's pixels are exact and resizing is the same code; but Chromium fuses multiply-adds where Node 20 cannot, and has another
  // number of threads: 4e-5 was measured. Another Chromium may decode a JPEG to other last bits than sharp, this one did not.
  test.each([
    ['chelsea.png', 1e-3],
    ['rocket.jpg', 0.1],
  ])('gives the probabilities for %s that Node gives, and does so with the server gone', (name, tolerance) =>
    // Without a service worker, so that only what the page has loaded by itself is there.
    site.visit({ context: { serviceWorkers: 'block' } }, async ({ page, server }) => {
      await ready(page);
      await server.close();
      await page.context().setOffline(true);
      await page.getByLabel('Choose a photo').setInputFiles(photo(name));
      const found = await shown(page, name);
      const expected = await inNode(name);
      expect(Object.keys(found)).toEqual(Object.keys(expected));
      const differences = Object.entries(expected).map(([label, p]) => Math.abs(Math.log(found[label] as number) - Math.log(p)));
      expect(Math.max(...differences)).toBeLessThan(tolerance);
      await stillness(page); // the bars have grown
      await screenshots(page, name);
    }),
  );

  test('is used with the keyboard alone', () =>
    site.visit({}, async ({ page }) => {
      await ready(page);
      await page.getByRole('link', { name: 'Architecture' }).focus(); // the last link before the page
      await page.keyboard.press('Tab');
      expect(await page.evaluate(() => document.activeElement?.id)).toBe('photo');
      await page.keyboard.press('Tab'); // the camera
      await page.keyboard.press('Tab');
      await page.keyboard.press('Enter');
      expect(Object.keys(await shown(page, 'chelsea.png'))[0]).toBe('cat');
      expect(await page.getByRole('status').textContent()).toBe('chelsea.png: cat');
    }));

  test('takes a photo that is dropped on it', () =>
    site.visit({}, async ({ page }) => {
      await ready(page);
      const bytes = readFileSync(photo('chelsea.png')).toString('base64');
      await page.evaluate(async (base64) => {
        const blob = await (await fetch(`data:image/png;base64,${base64}`)).blob();
        const dataTransfer = new DataTransfer();
        dataTransfer.items.add(new File([blob], 'dropped.png', { type: 'image/png' }));
        document.body.dispatchEvent(new DragEvent('drop', { dataTransfer, bubbles: true, cancelable: true }));
      }, bytes);
      expect(Object.keys(await shown(page, 'dropped.png'))[0]).toBe('cat');
    }));

  test('says in place what is wrong with a file, and then takes the next', () =>
    site.visit({}, async ({ page }) => {
      await ready(page);
      const picker = page.getByLabel('Choose a photo');
      await picker.setInputFiles({ name: 'notes.png', mimeType: 'image/png', buffer: Buffer.from('these are notes') });
      const alert = page.getByRole('alert');
      await alert.filter({ hasText: 'notes.png' }).waitFor();
      expect(await alert.textContent()).toContain('not an image');
      await screenshots(page, 'error');
      await picker.setInputFiles(photo('chelsea.png'));
      expect(Object.keys(await shown(page, 'chelsea.png'))[0]).toBe('cat');
      expect(await alert.textContent()).toBe('');
    }));

  test('takes a photo with the camera, and turns it off when the page is left', () =>
    site.visit({}, async ({ page }) => {
      await ready(page);
      await page.getByRole('button', { name: 'Use the camera' }).click();
      const video = page.getByLabel('What the camera sees');
      await video.waitFor();
      const track = await video.evaluateHandle((playing: HTMLVideoElement) => (playing.srcObject as MediaStream).getTracks()[0]);
      await page.getByRole('button', { name: 'Take the photo' }).click();
      expect(Object.keys(await shown(page, 'camera.png'))).toHaveLength(5);
      await screenshots(page, 'camera');
      await page.getByRole('link', { name: 'Architecture' }).click();
      await page.getByRole('heading', { level: 2, name: 'Architecture' }).waitFor();
      expect(await track.evaluate((ended) => ended?.readyState)).toBe('ended');
    }));

  test('says that the camera may not be used', () =>
    site.visit(
      {
        before: (page) =>
          page.addInitScript(() => {
            navigator.mediaDevices.getUserMedia = () => Promise.reject(new DOMException('denied', 'NotAllowedError'));
          }),
      },
      async ({ page }) => {
        await ready(page);
        await page.getByRole('button', { name: 'Use the camera' }).click();
        await page.getByRole('alert').filter({ hasText: 'may not use the camera' }).waitFor();
      },
    ));

  test('says how long each stage took, and on what', () =>
    site.visit({}, async ({ page }) => {
      await ready(page);
      await page.getByRole('button', { name: 'Try a cat' }).click();
      await shown(page, 'chelsea.png');
      const stages = await page.getByLabel('Time per stage').evaluate((list) => ({
        names: [...list.querySelectorAll('dt')].map(({ textContent }) => textContent),
        ms: [...list.querySelectorAll('dd')].map(({ dataset }) => Number(dataset.ms)),
      }));
      expect(stages.names).toEqual(['decode', 'prepare', 'network']);
      for (const ms of stages.ms) expect(ms).toBeGreaterThan(0);
      expect(await page.locator('.times .hint').textContent()).toMatch(/^on 1 thread, (relaxed )?SIMD$/);
    }));

  test.each([
    ['webgpu', 'swiftshader', ['--enable-unsafe-webgpu']],
    ['webgl', 'WebGL', []],
    ['cpu', 'plain JavaScript', []],
    // On a busy machine Chromium's GPU in software now and then never gives the Worker a context: then once more.
  ])('runs on %s with the same result, and says that it does', { retry: 2 }, (backend, words, flags) =>
    site.visit({ flags }, async ({ page }) => {
      await ready(page);
      await page.getByRole('button', { name: 'Try a cat' }).click();
      const wasm = await shown(page, 'chelsea.png');
      await page.getByLabel('Backend').selectOption(backend);
      await page.locator('.times .hint', { hasText: words }).waitFor({ timeout: PATIENCE_MS / 3 });
      const other = await shown(page, 'chelsea.png');
      expect(Object.keys(other)[0]).toBe('cat');
      expect(other.cat).toBeCloseTo(wasm.cat as number, 3);
    }),
  );

  test('says why a backend cannot be chosen', () =>
    site.visit({}, async ({ page }) => {
      await ready(page);
      const option = page.locator('#backend option[value=webgpu]');
      await option.waitFor({ state: 'attached' });
      expect(await option.isDisabled()).toBe(true);
      expect(await page.locator('#backend-missing').textContent()).toMatch(/WebGPU: .+\./);
      expect(await page.locator('#threads').isDisabled()).toBe(true);
      expect(await page.locator('#threads-missing').textContent()).toContain('Threads need');
    }));

  describe('weights of the user’s own', () => {
    const pick = (page: Page, name: string, bytes: Uint8Array) =>
      page.getByLabel('Use weights of your own').setInputFiles({ name, mimeType: '', buffer: Buffer.from(bytes) });
    const twoClasses = async () => {
      await useWasm();
      const model = createModel('resnet20_cifar', { classes: 2 });
      initialize(model, { seed: 1 });
      return stateDict(model);
    };
    const manifest = createManifest({
      architecture: 'resnet20_cifar',
      config: { classes: 2 },
      preprocessing: { resize: 32, crop: 32, interpolation: 'bilinear', mean: [0.5, 0.5, 0.5], std: [0.25, 0.25, 0.25] },
      labels: ['mine', 'yours'],
    });

    test('with their manifest inside are used at once', () =>
      site.visit({}, async ({ page }) => {
        await ready(page);
        await page.getByRole('button', { name: 'Try a cat' }).click();
        await shown(page, 'chelsea.png');
        await pick(page, 'own.safetensors', Buffer.concat((await encodeCheckpoint({ stateDict: await twoClasses(), manifest })).parts));
        await page.getByText('knows 2 things: mine, yours').waitFor();
        await page.locator('li[data-label=mine]').waitFor();
        await page.getByRole('button', { name: 'Back to the one' }).click();
        await page.locator('li[data-label=cat]').waitFor();
      }));

    test('without a manifest are asked about, and the networks that fit are offered', () =>
      site.visit({}, async ({ page }) => {
        await ready(page);
        await pick(page, 'bare.safetensors', writeSafetensors(await twoClasses()));
        await page.getByRole('alert').filter({ hasText: 'no manifest' }).waitFor();
        const choice = page.getByLabel('These weights are of');
        expect(await choice.inputValue()).toBe('resnet20_cifar');
        await screenshots(page, 'which-architecture');
        await page.getByRole('button', { name: 'Load', exact: true }).click();
        await page.getByText('knows 2 things').waitFor();
        await page.getByRole('button', { name: 'Try a cat' }).click();
        expect(Object.keys(await shown(page, 'chelsea.png')).sort()).toEqual(['class 0', 'class 1']);
      }));

    // What apps/cli/src/network/sources.test.ts shows of the commands. A file is picked in the tests above.
    test('by address, repository, revision and name are what the commands take them for, and a name that is none is refused', () =>
      site.visit({ expected: /404|Failed to load|asked for https:\/\/(weights\.invalid|huggingface\.co)\// }, async ({ page }) => {
        await ready(page);
        const bytes = Buffer.concat((await encodeCheckpoint({ stateDict: await twoClasses(), manifest })).parts);
        const cors = { 'access-control-allow-origin': '*', 'access-control-expose-headers': '*' };
        const asked: string[] = [];
        await page.route(/^https:\/\/(weights\.invalid|huggingface\.co)\//, (route) => {
          const { pathname } = new URL(route.request().url());
          asked.push(pathname);
          // Published weights of a name are here those of another network, which shows that they were taken.
          const isThere = /^\/(two|(me\/two|timm\/resnet10t[\w.]+)\/resolve\/(main|v1)\/model)\.safetensors$/.test(pathname);
          return isThere
            ? route.fulfill({ body: bytes, headers: { ...cors, etag: '"two"' } })
            : route.fulfill({ status: 404, headers: { ...cors, 'x-error-code': 'EntryNotFound' } });
        });
        const source = page.getByLabel('By name or address');
        await source.fill('resnet500');
        await page.getByRole('button', { name: 'Fetch' }).click();
        await page.getByRole('alert').filter({ hasText: 'Did you mean resnet50?' }).waitFor();
        for (const [given, place] of [
          ['https://weights.invalid/two.safetensors', '/two.safetensors'],
          ['me/two', '/me/two/resolve/main/model.safetensors'],
          ['hf-hub:me/two@v1', '/me/two/resolve/v1/model.safetensors'],
          ['resnet10t', '/timm/resnet10t'],
        ] as const) {
          await source.fill(given);
          await source.press('Enter');
          await page.getByText('knows 2 things: mine, yours').waitFor();
          expect(asked.some((path) => path.startsWith(place))).toBe(true);
          await page.getByRole('button', { name: 'Back to the one' }).click();
          await page.getByText('knows 10 things').waitFor();
        }
      }));

    test('that are none are refused in place, and the network before stays', () =>
      site.visit({}, async ({ page }) => {
        await ready(page);
        await pick(page, 'broken.pth', new TextEncoder().encode('<!doctype html>'));
        const alert = page.getByRole('alert').filter({ hasText: 'broken.pth' });
        await alert.waitFor();
        expect(await alert.textContent()).toContain('a web page');
        await page.getByRole('button', { name: 'Try a cat' }).click();
        expect(Object.keys(await shown(page, 'chelsea.png'))[0]).toBe('cat');
      }));
  });

  test('says when the weights cannot be loaded', () =>
    site.visit(
      { before: (page) => page.route('**/*.safetensors', (route) => route.fulfill({ status: 404 })), expected: /404/ },
      async ({ page }) => {
        const alert = page.getByRole('alert').filter({ hasText: 'could not be loaded' });
        await alert.waitFor();
        expect(await alert.textContent()).toContain('the server answered 404');
      },
    ));
});
