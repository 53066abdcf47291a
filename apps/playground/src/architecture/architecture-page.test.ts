import { readFile } from 'node:fs/promises';
import { summarize } from '@resnetjs/core';
import { createModel, listModels, modelInfo } from '@resnetjs/zoo';
import type { Page } from 'playwright-core';
import { expect, test } from 'vitest';
import { describeInChromium, screenshots, stillness } from '../chromium.testing.ts';
import { exact, shape } from './quantities.ts';

const drawnIs = (page: Page, name: string) => page.getByText(`${name} is drawn`).waitFor();

async function choose(page: Page, name: string): Promise<void> {
  await page.getByLabel('Network').selectOption(name);
  await drawnIs(page, name);
}

const costs = ({ params, macs, activationBytes }: { params: number; macs: number; activationBytes: number }) => [
  params,
  macs,
  activationBytes,
];

const blocksOf = (page: Page) =>
  page.locator('.drawing .block').evaluateAll((all) => all.map((block) => ({ ...(block as SVGElement).dataset })));

describeInChromium('the page of architectures, in Chromium', (site) => {
  test('shows the shapes and costs that summarize() gives', () =>
    site.visit({ at: '#architecture' }, async ({ page }) => {
      await drawnIs(page, 'resnet18');
      for (const name of ['resnet50', 'resnet18', 'resnet20_cifar', 'densenet121']) {
        await choose(page, name);
        const { inputSize } = modelInfo(name);
        const summary = summarize(createModel(name), [1, inputSize, inputSize, 3]);
        const total = page.getByRole('row', { name: 'Total' });
        expect(await total.evaluate(({ dataset: d }) => [d.params, d.macs, d.activationBytes].map(Number))).toEqual(costs(summary));
        expect(await total.textContent()).toContain(exact(summary.params));
        const rows = await page.locator('.costs tbody tr').evaluateAll((all) =>
          all.map((row) => ({
            stage: row.querySelector('th')?.textContent ?? '',
            output: row.querySelector('td')?.textContent,
            costs: ['params', 'macs', 'activationBytes'].map((cost) => Number((row as HTMLElement).dataset[cost])),
          })),
        );
        for (const { stage, output, costs: shown } of rows) {
          const part = summary.rows.find((row) => row.name === stage);
          if (!part) continue;
          expect(output).toBe(shape(part.outputShape));
          if (name !== 'densenet121') expect(shown).toEqual(costs(part)); // there a transition is the next stage's
        }
        expect(rows.length).toBe(6 - Number(name === 'resnet20_cifar'));
        await stillness(page);
        await screenshots(page, `architecture-${name}`);
      }
    }));

  test('draws the blocks with their shortcuts, told apart', () =>
    site.visit({ at: '#architecture' }, async ({ page }) => {
      await drawnIs(page, 'resnet18');
      const blocks = await blocksOf(page);
      expect(blocks.map(({ block, shortcut }) => [block, shortcut])).toEqual([
        ['conv1', 'none'],
        ['', 'none'],
        ['layer1.0', 'identity'],
        ['layer1.1', 'identity'],
        ['layer2.0', 'projection'],
        ['layer2.1', 'identity'],
        ['layer3.0', 'projection'],
        ['layer3.1', 'identity'],
        ['layer4.0', 'projection'],
        ['layer4.1', 'identity'],
        ['', 'none'],
        ['fc', 'none'],
      ]);
      await choose(page, 'highway19_cifar');
      expect(await page.locator('.gate .arc-label').first().textContent()).toBe('highway');
      await screenshots(page, 'architecture-highway');
    }));

  test('folds a network of 1202 layers into a drawing of a few boxes', () =>
    site.visit({ at: '#architecture' }, async ({ page }) => {
      await drawnIs(page, 'resnet18');
      await choose(page, 'resnet1202_cifar');
      const blocks = await blocksOf(page);
      expect(blocks.filter(({ count }) => Number(count) > 1).map(({ count }) => count)).toEqual(['200', '199', '199']);
      expect(blocks.length).toBeLessThan(12);
      await screenshots(page, 'architecture-resnet1202');
    }));

  test('is searched and walked through with the keyboard, and every block says what it is', () =>
    site.visit({ at: '#architecture' }, async ({ page }) => {
      await drawnIs(page, 'resnet18');
      await page.getByLabel('Search').fill('net121 dense');
      expect(await page.getByLabel('Network').locator('option').allTextContents()).toEqual(['densenet121']);
      await page.keyboard.press('Enter');
      await drawnIs(page, 'densenet121');
      await page.getByLabel('Search').fill('resnet18');
      await page.keyboard.press('Enter');
      await drawnIs(page, 'resnet18');

      await page.getByRole('button', { name: 'Save as SVG' }).focus();
      await page.keyboard.press('Tab');
      for (let i = 0; i < 4; i++) await page.keyboard.press('ArrowDown');
      const focused = page.locator('.block:focus');
      expect(await focused.getAttribute('data-block')).toBe('layer2.0');
      expect(await page.locator('.drawn').ariaSnapshot()).toContain(
        'button "layer2.0, basic block, projection shortcut, gives 28×28×128, 230,144 parameters',
      );
      const details = page.getByRole('region', { name: 'layer2.0' });
      expect(await details.textContent()).toContain('F(x) + W·x');
      expect(await details.getByRole('rowheader').allTextContents()).toEqual([
        'conv 3x3 /2conv1',
        'batch normbn1',
        'ReLU',
        'conv 3x3conv2',
        'batch normbn2',
        'conv 1x1 /2downsample.0, on the shortcut',
        'batch normdownsample.1, on the shortcut',
        'sum with the shortcut, ReLU',
      ]);
      await screenshots(page, 'architecture-block');
      await page.locator('.block[data-block="layer4.1"]').hover();
      await page.getByRole('region', { name: 'layer4.1' }).waitFor();
    }));

  test('saves a drawing that stands by itself', () =>
    site.visit({ at: '#architecture' }, async ({ page }) => {
      await drawnIs(page, 'resnet18');
      const shown = await blocksOf(page);
      const [download] = await Promise.all([page.waitForEvent('download'), page.getByRole('button', { name: 'Save as SVG' }).click()]);
      expect(download.suggestedFilename()).toBe('resnet18.svg');
      const text = await readFile(await download.path(), 'utf8');
      const parsed = await page.evaluate((xml) => {
        const { documentElement: root } = new DOMParser().parseFromString(xml, 'image/svg+xml');
        const blocks = [...root.querySelectorAll<SVGElement>('.block')].map(({ dataset }) => ({ ...dataset }));
        return { tag: root.tagName, faults: root.querySelectorAll('parsererror').length, blocks };
      }, text);
      expect(parsed).toEqual({ tag: 'svg', faults: 0, blocks: shown });
      expect(text).not.toMatch(/tabindex|href|url\(/);
      const image = await page.evaluate(async (xml) => {
        const picture = new Image();
        picture.src = `data:image/svg+xml,${encodeURIComponent(xml)}`;
        await picture.decode();
        const canvas = new OffscreenCanvas(picture.naturalWidth, picture.naturalHeight);
        const context = canvas.getContext('2d');
        context?.drawImage(picture, 0, 0);
        const pixels = context?.getImageData(0, 0, canvas.width, canvas.height).data ?? [];
        const colours = new Set<string>();
        for (let i = 0; i < pixels.length; i += 4) colours.add([pixels[i], pixels[i + 1], pixels[i + 2]].join());
        return { width: canvas.width, colours: [...colours] };
      }, text);
      expect(image.width).toBe(400);
      expect(image.colours).toContain('31,122,84'); // an identity's line: the looks are inside the file
    }));

  test('lists every network of the zoo', () =>
    site.visit({ at: '#architecture' }, async ({ page }) => {
      await page.getByText(`${listModels().length} of ${listModels().length} networks`).waitFor();
      expect(await page.getByLabel('Network').locator('option').allTextContents()).toEqual(listModels());
    }));
});
