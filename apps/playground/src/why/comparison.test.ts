import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { useWasm } from '@resnetjs/backend-wasm';
import { parameters } from '@resnetjs/core';
import { leakedTensors } from '@resnetjs/testing';
import { beforeAll, describe, expect, test, vi } from 'vitest';
import { type Digits, decodeDigits } from '../digits/digits.ts';
import { type ComparisonOptions, type ComparisonStep, compare } from './comparison.ts';
import { buildNet, layersOf, type NetKind } from './nets.ts';

// Nets of up to 38 layers learn.
vi.setConfig({ testTimeout: 120_000 });

const sprite = fileURLToPath(new URL('../digits/digits.png', import.meta.url));
const KINDS: readonly NetKind[] = ['plain', 'residual', 'highway', 'dense'];
const SHORT = { nets: KINDS, depth: 6, batchNorm: true, learningRate: 0.1, batchSize: 8, steps: 3, seed: 1 } as const;

let digits: Digits;
beforeAll(async () => {
  await useWasm();
  digits = await decodeDigits(new Blob([new Uint8Array(readFileSync(sprite))]));
});

async function run(options: ComparisonOptions): Promise<ComparisonStep[]> {
  const steps: ComparisonStep[] = [];
  for await (const step of compare(digits, options)) steps.push(step);
  return steps;
}

test('the sprite holds 200 of each digit, white on black', () => {
  expect(digits.count).toBe(2000);
  for (let i = 0; i < 20; i++) {
    const sum = digits.pixels(i).reduce((total, value) => total + value, 0);
    expect(digits.label(i)).toBe(i % 10);
    // MNIST's mean pixel is 33 of 255; no digit is empty or fills its square.
    expect(sum / 784).toBeGreaterThan(8);
    expect(sum / 784).toBeLessThan(90);
  }
});

describe.each(KINDS)('a %s net', (kind) => {
  test.each([6, 14, 38])('of depth %i has as many layers with weights', (depth) => {
    expect(layersOf(buildNet(kind, { depth, batchNorm: true }))).toHaveLength(depth);
    expect(layersOf(buildNet(kind, { depth, batchNorm: false }))).toHaveLength(depth);
  });
});

test('plain and residual nets have the same parameters: what differs is a sum', () => {
  const shapes = (kind: NetKind) =>
    [...parameters(buildNet(kind, { depth: 38, batchNorm: true }))].map(([name, { shape }]) => [name, shape]);
  expect(shapes('residual')).toEqual(shapes('plain'));
});

test('nets take turns, each with its loss and a gradient norm for each layer, and leave no tensors', async () => {
  let steps: ComparisonStep[] = [];
  const leaked = await leakedTensors(async () => {
    steps = await run(SHORT);
  });
  expect(leaked).toBe(0);
  expect(steps.map(({ net, step }) => `${step} ${net}`)).toEqual([1, 2, 3].flatMap((step) => KINDS.map((net) => `${step} ${net}`)));
  for (const { loss, gradientNorms } of steps) {
    expect(loss).toBeGreaterThan(0);
    expect(gradientNorms).toHaveLength(6);
    expect(Math.min(...gradientNorms)).toBeGreaterThan(0);
  }
});

test('the same seed gives the same losses', async () => {
  const losses = async () => (await run({ ...SHORT, nets: ['plain', 'residual'] })).map(({ loss }) => loss);
  expect(await losses()).toEqual(await losses());
});

test('leaving early frees everything', async () => {
  const leaked = await leakedTensors(async () => {
    for await (const { step } of compare(digits, SHORT)) if (step === 2) break;
  });
  expect(leaked).toBe(0);
});

test('a net whose loss is no longer finite is given no more steps', async () => {
  const steps = await run({ ...SHORT, nets: ['plain', 'residual'], batchNorm: false, learningRate: 1e30 });
  expect(steps.map(({ net, step, loss }) => [net, step, Number.isFinite(loss)])).toEqual([
    ['plain', 1, true],
    ['residual', 1, true],
    ['plain', 2, false],
    ['residual', 2, false],
  ]);
});

// The effect that the page is about, seen in the loss it ends with.
test('at a depth of 38 the residual net learns the digits while the plain one has hardly begun', async () => {
  const steps = await run({
    nets: ['plain', 'residual'],
    depth: 38,
    batchNorm: true,
    learningRate: 0.1,
    batchSize: 32,
    steps: 80,
    seed: 1,
  });
  const end = (kind: NetKind) => {
    const losses = steps.filter(({ net, step }) => net === kind && step > 60).map(({ loss }) => loss);
    return losses.reduce((sum, loss) => sum + loss, 0) / losses.length;
  };
  expect(end('residual')).toBeLessThan(1.3);
  expect(end('plain')).toBeGreaterThan(1.6);
});
