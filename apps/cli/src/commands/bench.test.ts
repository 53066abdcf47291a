import { expect, test } from 'vitest';
import { recorded } from '../recorded-terminal.testing.ts';

test.each([[[]], [['--train']]])('a network is timed, %j', async (options) => {
  const { code, stdout, leaked } = await recorded([
    'bench',
    'resnet20_cifar',
    '--backends',
    'wasm',
    '--batch',
    '2',
    '--runs',
    '3',
    '--json',
    ...options,
  ]);
  expect(code).toBe(0);
  const { timings, ...rest } = JSON.parse(stdout) as { timings: { backend: string; milliseconds: number; heldBytes?: number }[] };
  expect(rest).toEqual({ model: 'resnet20_cifar', inputSize: 32, batch: 2, runs: 3, train: options.length > 0 });
  expect(timings.map(({ backend }) => backend)).toEqual(['wasm']);
  expect(timings[0]?.milliseconds).toBeGreaterThan(0);
  // The parameters of ResNet-20, and their velocities; what the backward pass needs of two images comes on top.
  if (options.length > 0) expect(timings[0]?.heldBytes).toBeGreaterThan(2 * 4 * 269_722);
  else expect(timings[0]).not.toHaveProperty('heldBytes');
  expect(leaked).toBe(0);
});

test('without a choice those that work are timed, and it is said why not the others', async () => {
  const { code, stdout, stderr } = await recorded(['bench', 'resnet20_cifar', '--runs', '1']);
  expect(code).toBe(0);
  expect(stdout).toMatch(/^resnet20_cifar, predictions of 1 image of 32x32, median of 1\n/);
  expect(stdout).toMatch(/^wasm +[\d.]+ +[\d.]+ +[\d.]+ +\d+ threads?, /m);
  expect(stderr).toMatch(/^cpu: /m);
});

test('a backend that is asked for and does not work fails, with its reason', async () => {
  const { code, stderr } = await recorded(['bench', 'resnet20_cifar', '--backends', 'node-gpu']);
  // Where tfjs-node-gpu is installed, this machine has a GPU that it runs on.
  if (code !== 0) expect(stderr).toContain('node-gpu: @tensorflow/tfjs-node-gpu');
});
