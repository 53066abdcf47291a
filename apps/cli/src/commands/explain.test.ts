import { existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { dispose, initialize, stateDict } from '@resnetjs/core';
import { decodeImage } from '@resnetjs/data';
import { saveCheckpoint } from '@resnetjs/weights';
import { createModel } from '@resnetjs/zoo';
import { expect, test } from 'vitest';
import { photo, temporaryFolder } from '../places.testing.ts';
import { recorded } from '../recorded-terminal.testing.ts';

const chelsea = photo('chelsea.png'); // 451x300
const rocket = photo('rocket.jpg');
const folder = temporaryFolder();

test('draws the photo beside its heat map, and leaks nothing', async () => {
  const out = join(folder, 'heat.png');
  const { code, stdout, stderr, leaked } = await recorded(['explain', chelsea, '--out', out]);
  expect([code, leaked]).toEqual([0, 0]);
  expect(stdout).toBe(`${chelsea}: cat (100.0 %): grad-cam of layer3\n${out}\n`);
  expect(stderr).not.toContain('error');
  const picture = await decodeImage(readFileSync(out));
  expect(picture.width).toBeGreaterThan(2 * 451);
  // Colour is on the right half, where the map is: over what the network was shown, not beside it.
  const colourful = (fromX: number, toX: number) => {
    let most = 0;
    for (let y = 30; y < 300; y += 4)
      for (let x = fromX; x < toX; x += 4) {
        const [r = 0, g = 0, b = 0] = picture.data.subarray(3 * (y * picture.width + x), 3 * (y * picture.width + x) + 3);
        most = Math.max(most, Math.max(r, g, b) - Math.min(r, g, b));
      }
    return most;
  };
  expect(colourful(600, 840)).toBeGreaterThan(100);
  expect(colourful(492, 560)).toBeLessThan(3);
});

test('several photos and classes are one page that fetches nothing, and a broken photo is told', async () => {
  const out = join(folder, 'heat.html');
  const broken = join(folder, 'broken.jpg');
  writeFileSync(broken, 'no picture');
  const { code, stdout, stderr, leaked } = await recorded(['explain', chelsea, broken, rocket, '-t', 'cat', '-t', '8', '--out', out]);
  expect([code, leaked]).toEqual([3, 0]);
  expect(stdout.split('\n').slice(0, 4)).toEqual([
    `${chelsea}: cat (100.0 %): grad-cam of layer3`,
    `${chelsea}: ship (0.0 %): grad-cam of layer3`,
    `${rocket}: cat (0.0 %): grad-cam of layer3`,
    `${rocket}: ship (100.0 %): grad-cam of layer3`,
  ]);
  expect(stderr).toContain('broken.jpg');
  const page = readFileSync(out, 'utf8');
  expect(page).not.toMatch(/(src|href)="(?!data:)/);
  expect(page.match(/<figure>/g)).toHaveLength(4);
});

test('for programs says class, score and where it is hottest, and writes no picture', async () => {
  const { code, stdout } = await recorded(['explain', chelsea, '--json', '--method', 'layer-cam', '--layer', 'layer2']);
  expect(code).toBe(0);
  const [found] = JSON.parse(stdout) as [{ label: string; layer: string; hottest: { x: number; y: number }; width: number }];
  expect([found.label, found.layer, found.width]).toEqual(['cat', 'layer2', 451]);
  expect(found.hottest.x).toBeGreaterThan(75); // the crop begins there
  expect(found.hottest.x).toBeLessThan(376);
});

test.each([
  [['--layer', 'layer9'], 1, /layer 'layer9'.*Did you mean layer1, layer2, layer3/],
  [['--layer', 'fc'], 1, /layer 'fc' has no space/],
  [['--target', 'kat'], 1, /no class of that name\. Did you mean cat/],
  [['--target', '10'], 1, /target 10: the network has 10 classes, 0 to 9/],
  [['--method', 'cam'], 2, /grad-cam/],
  [['--out', 'heat.txt'], 2, /\.png or \.html/],
  [['-t', 'cat', '-t', 'dog', '--out', 'two.png'], 2, /two\.png holds one picture, but 2 are asked for/],
])('%j is told and leaves no file', async (args, code, message) => {
  const before = readdirSync('.').length;
  const result = await recorded(['explain', chelsea, ...args]);
  expect([result.code, result.leaked, readdirSync('.').length]).toEqual([code, 0, before]);
  expect(result.stderr).toMatch(message);
});

test('a network of grey images is explained as it sees them', async () => {
  const model = createModel('resnet20_cifar', { channels: 1 });
  initialize(model, { seed: 1 });
  const weights = join(folder, 'grey.safetensors');
  await saveCheckpoint(weights, { stateDict: await stateDict(model) });
  dispose(model);
  const out = join(folder, 'grey.png');
  const { code, leaked } = await recorded(['explain', chelsea, '--weights', weights, '--out', out]);
  expect([code, leaked, existsSync(out)]).toEqual([0, 0, true]);
});
