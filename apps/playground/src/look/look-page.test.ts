import { fileURLToPath } from 'node:url';
import { useWasm } from '@resnetjs/backend-wasm';
import { dispose, initialize, stateDict } from '@resnetjs/core';
import { quantize, quantizedCheckpoint } from '@resnetjs/quantize';
import { type CheckpointToSave, createManifest, encodeCheckpoint } from '@resnetjs/weights';
import { createModel } from '@resnetjs/zoo';
import type { Page } from 'playwright-core';
import { expect, test } from 'vitest';
import { describeInChromium, PATIENCE_MS, screenshots, stillness } from '../chromium.testing.ts';

const photo = (name: string) => fileURLToPath(new URL(`../../../../packages/testing/photos/${name}`, import.meta.url));
const says = (page: Page, text: string | RegExp) => page.getByRole('status').filter({ hasText: text }).first().waitFor();
const ready = (page: Page) => says(page, 'Ready.');
const cat = async (page: Page) => {
  await ready(page);
  await page.getByRole('button', { name: 'Try a cat' }).click();
  await says(page, /^Grad-CAM of layer3 for cat \(100\.0 %\)$/);
};
const workers = (page: Page) => page.workers().filter((worker) => worker.url().includes('look.worker'));

/** The map's pixels, as numbers that change with them, and how much of it hides the photo. */
const heat = (page: Page) =>
  page.locator('canvas.heat').evaluate((canvas: HTMLCanvasElement) => {
    const { data } = (canvas.getContext('2d') as CanvasRenderingContext2D).getImageData(0, 0, canvas.width, canvas.height);
    let sum = 0;
    let covered = 0;
    for (let i = 0; i < data.length; i += 4) {
      sum = (sum * 31 + (data[i] as number) + (data[i + 1] as number) + (data[i + 3] as number)) % 1_000_003;
      covered += (data[i + 3] as number) / 255 / (data.length / 4);
    }
    return { sum, covered, width: canvas.width, height: canvas.height };
  });

/** Label to probability. */
const bars = (page: Page, name: string) =>
  page
    .getByRole('list', { name })
    .evaluate((list) =>
      Object.fromEntries([...list.querySelectorAll('li')].map(({ dataset }) => [dataset.label, Number(dataset.probability)])),
    );

const pick = async (page: Page, name: string, checkpoint: CheckpointToSave) => {
  const { parts } = await encodeCheckpoint(checkpoint);
  await page
    .getByLabel('Use weights of your own')
    .setInputFiles({ name, mimeType: '', buffer: Buffer.from(await new Blob(parts).arrayBuffer()) });
};

/** A network of random weights that sees images of a side, and its weights in 8 bits. */
async function ownNetwork(crop: number) {
  await useWasm({ threads: 1 });
  const model = createModel('resnet8_cifar', { classes: 2 });
  initialize(model, { seed: 1 });
  const manifest = createManifest({
    architecture: 'resnet8_cifar',
    config: { classes: 2 },
    preprocessing: { resize: crop, crop, interpolation: 'bilinear', mean: [0.5, 0.5, 0.5], std: [0.25, 0.25, 0.25] },
    labels: ['mine', 'yours'],
  });
  return { model, manifest };
}

describeInChromium('"Look inside" in Chromium', (site) => {
  test('shows where the network looks: for any class, in any layer, by any method, as strongly as is wished', () =>
    site.visit({ at: '#look' }, async ({ page }) => {
      await cat(page);
      const first = await heat(page);
      expect([first.width, first.height]).toEqual([320, 213]);
      expect(first.covered).toBeGreaterThan(0.2);
      const stack = page.getByRole('img', { name: 'Heat map over the photo: Grad-CAM of layer3 for cat (100.0 %)' });
      await stack.waitFor();
      expect(await page.locator('.heat-view .legend').textContent()).toBe('matters littlematters most');

      await page.getByRole('slider', { name: 'Opacity' }).fill('0');
      expect(await page.locator('canvas.heat').evaluate((canvas) => getComputedStyle(canvas).opacity)).toBe('0');
      await page.getByRole('slider', { name: 'Opacity' }).fill('60');
      expect(await page.locator('canvas.heat').evaluate((canvas) => getComputedStyle(canvas).opacity)).toBe('0.6');

      await page.getByRole('combobox', { name: 'Layer' }).selectOption('layer1');
      await says(page, /^Grad-CAM of layer1 for cat/);
      expect((await heat(page)).sum).not.toBe(first.sum);

      await page.getByRole('radio', { name: /^deer/ }).check();
      await says(page, /^Grad-CAM of layer1 for deer \(0\.0 %\)$/);
      const search = page.getByRole('combobox', { name: 'Search' });
      await search.fill('ship');
      await search.press('Enter');
      await says(page, /^Grad-CAM of layer1 for ship/);
      expect(await page.getByRole('radio', { name: /^ship/ }).isChecked()).toBe(true);
      await search.fill('catt');
      await search.press('Enter');
      await page.getByRole('alert').filter({ hasText: 'no class of that name. Did you mean cat' }).waitFor();

      const method = page.getByRole('combobox', { name: 'Method' });
      for (const [name, words] of [
        ['Occlusion', /^Occlusion for cat/],
        ['SmoothGrad', /^SmoothGrad for cat/],
        ['Eigen-CAM', /^Eigen-CAM of layer1 for cat/],
      ] as const) {
        const { sum } = await heat(page);
        await method.selectOption(name);
        await says(page, words);
        expect((await heat(page)).sum).not.toBe(sum);
        expect(await page.getByRole('combobox', { name: 'Layer' }).isEnabled()).toBe(name === 'Eigen-CAM');
      }
    }));

  test('shows what stages make of the photo, and what is left of a prediction without some blocks', () =>
    site.visit({ at: '#look' }, async ({ page }) => {
      await cat(page);
      const channels = page.getByRole('list', { name: 'Channels' }).getByRole('button');
      await channels.first().waitFor();
      expect(await channels.count()).toBe(24);
      await page.getByRole('radio', { name: 'layer1', exact: true }).check();
      await page.getByText('Its 16 channels').waitFor();
      expect(await channels.count()).toBe(16);
      const third = channels.nth(2);
      const name = (await third.getAttribute('aria-label')) as string;
      await third.focus();
      await page.keyboard.press('Enter');
      await page.getByRole('img', { name: `${name} of layer1` }).waitFor();
      expect(await third.getAttribute('aria-pressed')).toBe('true');
      expect(await page.getByText('32×32 values from').count()).toBe(1);

      expect(await bars(page, 'What is left takes it for')).toEqual(await bars(page, 'What the whole network takes it for'));
      for (const block of ['layer2.0', 'layer2.1', 'layer1.0']) {
        await page.getByRole('switch', { name: block }).focus();
        await page.keyboard.press('Space');
      }
      await page.getByText('Without 3 of 9 blocks').waitFor();
      await says(page, /^Without layer1\.0, layer2\.0, layer2\.1: /);
      const whole = await bars(page, 'What the whole network takes it for');
      expect(whole.cat).toBeGreaterThan(0.99);
      expect((await bars(page, 'What is left takes it for')).cat ?? 0).not.toBeCloseTo(whole.cat as number, 3);
      await stillness(page);
      await screenshots(page, 'look');
      await page.getByRole('button', { name: 'Put all back' }).click();
      await page.getByText('With all blocks').waitFor();
      expect(await bars(page, 'What is left takes it for')).toEqual(whole);
      expect(await page.evaluate(() => (document.activeElement as HTMLInputElement).value)).toBe('layer1.0');
    }));

  test('looks at what the camera sees as it runs, and turns it off when the page is left', () =>
    site.visit(
      {
        at: '#look',
        before: (page) =>
          page.addInitScript(() => {
            const open = navigator.mediaDevices.getUserMedia.bind(navigator.mediaDevices);
            navigator.mediaDevices.getUserMedia = async (wanted) => {
              const stream = await open(wanted);
              Object.assign(globalThis, { opened: stream.getTracks()[0] });
              return stream;
            };
          }),
      },
      async ({ page }) => {
        const state = () => page.evaluate(() => (globalThis as unknown as { opened?: MediaStreamTrack }).opened?.readyState);
        await ready(page);
        await page.getByRole('button', { name: 'Use the camera' }).click();
        await says(page, 'The camera is on');
        await page.getByRole('switch', { name: 'layer1.1' }).click();
        await page.getByText('Without 1 of 9 blocks').waitFor();
        // The test picture moves, and so does its map.
        const { sum } = await heat(page);
        await expect.poll(async () => (await heat(page)).sum, { timeout: PATIENCE_MS }).not.toBe(sum);
        await page.getByRole('combobox', { name: 'Method' }).selectOption('Saliency');
        await page.getByRole('img', { name: /^Heat map over the photo: Saliency for / }).waitFor();
        await screenshots(page, 'look-camera');
        await page.getByRole('button', { name: 'Close the camera' }).click();
        expect(await state()).toBe('ended');
        await page.getByRole('button', { name: 'Use the camera' }).click();
        await expect.poll(state, { timeout: PATIENCE_MS }).toBe('live');
        await page.getByRole('link', { name: 'Architecture' }).click();
        await page.getByRole('heading', { level: 2, name: 'Architecture' }).waitFor();
        await expect.poll(() => workers(page).length, { timeout: PATIENCE_MS }).toBe(0);
        expect(await state()).toBe('ended');
      },
    ));

  test('looks into a network of the user’s own, which the next page has, too; a map that takes long shows it and is stopped', () =>
    site.visit({ at: '#look' }, async ({ page }) => {
      await ready(page);
      const { model, manifest } = await ownNetwork(160); // so large that a thousand masks take long
      await pick(page, 'own.safetensors', { stateDict: await stateDict(model), manifest });
      dispose(model);
      await page.getByText('knows 2 things: mine, yours').waitFor();
      await page.getByLabel('Choose a photo').setInputFiles(photo('rocket.jpg'));
      await says(page, /^Grad-CAM of layer3 for (mine|yours)/);
      expect(await page.getByRole('switch').count()).toBe(3);
      await page.getByRole('combobox', { name: 'Method' }).selectOption('RISE');
      const progress = page.getByRole('progressbar');
      await expect.poll(() => progress.evaluate(({ value }: HTMLProgressElement) => value), { timeout: PATIENCE_MS }).toBeGreaterThan(0);
      await screenshots(page, 'look-slow');
      await page.getByRole('button', { name: 'Stop' }).click();
      await says(page, 'Stopped.');
      expect(await progress.isVisible()).toBe(false);
      await page.getByRole('combobox', { name: 'Method' }).selectOption('RISE');
      await page.getByRole('combobox', { name: 'Method' }).selectOption('Grad-CAM'); // instead
      await says(page, /^Grad-CAM of layer3 for (mine|yours)/);
      await page.getByRole('link', { name: 'Classify' }).click();
      await page.getByText('knows 2 things: mine, yours').waitFor();
    }));

  test('says in place what is wrong with a photo, and of a network in 8 bits what to do; and goes on with others', () =>
    site.visit({ at: '#look' }, async ({ page }) => {
      await ready(page);
      const notes = { name: 'notes.png', mimeType: 'image/png', buffer: Buffer.from('these are notes') };
      await page.getByLabel('Choose a photo').setInputFiles(notes);
      await page.getByRole('alert').filter({ hasText: 'notes.png' }).waitFor();
      await page.getByRole('button', { name: 'Try a cat' }).click();
      await says(page, /^Grad-CAM of layer3 for cat/);
      const { model, manifest } = await ownNetwork(32);
      const images = [{ data: new Float32Array(32 * 32 * 3).map((_, i) => Math.sin(i)), shape: [1, 32, 32, 3] }];
      const inEightBits = await quantize(model, { images });
      await pick(page, 'int8.safetensors', quantizedCheckpoint(inEightBits, manifest));
      inEightBits.dispose();
      dispose(model);
      await page.getByText('This network is in 8 bits').waitFor();
      expect(await page.locator('.closed').textContent()).toContain('load the weights that it was quantized from');
      expect(await page.getByRole('heading', { name: 'Where it looks' }).isVisible()).toBe(false);
      await screenshots(page, 'look-closed');
      await page.getByRole('button', { name: 'Back to the one' }).click();
      await says(page, /^Grad-CAM of layer3 for cat/);
      expect(await page.locator('.closed').isVisible()).toBe(false);
    }));
});
