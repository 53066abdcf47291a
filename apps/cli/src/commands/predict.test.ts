import type { Prediction } from '@resnetjs/core';
import { expect, test } from 'vitest';
import { photo } from '../places.testing.ts';
import { recorded } from '../recorded-terminal.testing.ts';

const chelsea = photo('chelsea.png');
const rocket = photo('rocket.jpg');

test("gives PyTorch's probabilities for a photo, and leaks nothing", async () => {
  const { code, stdout, leaked } = await recorded(['predict', rocket, '--json']);
  expect(code).toBe(0);
  expect(leaked).toBe(0);
  const [{ image, predictions }] = JSON.parse(stdout) as [{ image: string; predictions: Prediction[] }];
  expect(image).toBe(rocket);
  expect(predictions.map(({ label }) => label)).toEqual(['ship', 'truck', 'bird', 'deer', 'airplane']);
  // PyTorch 1.13 in float64 with the original checkpoint, Pillow and torchvision; float32 logits of about 15 are good to 1e-5.
  const expected = [0.999932, 6.28996e-5, 5.11975e-6, 1.1015e-7, 6.97474e-8];
  for (const [i, { probability }] of predictions.entries()) expect(probability / (expected[i] as number)).toBeCloseTo(1, 3);
});

test('draws a bar for each class, the best guess first', async () => {
  const { code, stdout, stderr } = await recorded(['predict', chelsea, '--top', '2']);
  expect(code).toBe(0);
  expect(stdout).toBe(`${chelsea}\n  cat   100.0 %  ${'█'.repeat(40)}\n  deer    0.0 %\n`);
  expect(stderr).toBe('resnet20_cifar: 10 classes, right about 91.73 % of the CIFAR-10 test set\n');
});

test('colours only what a terminal shows, and not where NO_COLOR is set', async () => {
  const colour = '\u001b[';
  expect((await recorded(['predict', chelsea], { columns: 80 })).stdout).toContain(colour);
  expect((await recorded(['predict', chelsea], { columns: 80, env: { NO_COLOR: '1' } })).stdout).not.toContain(colour);
  expect((await recorded(['predict', chelsea])).stdout).not.toContain(colour);
});

test('bars stay within a narrow terminal', async () => {
  const { stdout } = await recorded(['predict', chelsea], { columns: 40, env: { NO_COLOR: '1' } });
  const [, ...lines] = stdout.trimEnd().split('\n');
  expect(Math.max(...lines.map((line) => line.length))).toBeLessThanOrEqual(40);
});

test('an image that cannot be read does not keep the others from being classified', async () => {
  const { code, stdout, stderr, leaked } = await recorded(['predict', 'absent.jpg', chelsea, 'gone.png']);
  expect(code).toBe(1);
  expect(leaked).toBe(0);
  expect(stdout).toContain('cat');
  expect(stderr).toContain(
    'error: 2 of 3 images could not be classified:\n  absent.jpg: there is no such file.\n  gone.png: there is no such file.\n',
  );
});

test('JSON says which image failed and why', async () => {
  const { code, stdout } = await recorded(['predict', 'absent.jpg', '--json']);
  expect(code).toBe(1);
  expect(JSON.parse(stdout)).toEqual([{ image: 'absent.jpg', error: 'absent.jpg: there is no such file.' }]);
});

test('a network without shipped weights needs some', async () => {
  const { code, stderr } = await recorded(['predict', chelsea, '--model', 'resnet50']);
  expect(code).toBe(2);
  expect(stderr).toContain('--model resnet50 needs --weights FILE');
});
