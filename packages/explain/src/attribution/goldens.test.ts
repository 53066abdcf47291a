import { readFileSync } from 'node:fs';
import { useWasm } from '@resnetjs/backend-wasm';
import { dispose, loadStateDict, type Module, parameters } from '@resnetjs/core';
import { formulaInput, formulaWeights, norm, relativeError } from '@resnetjs/testing';
import { createModel, preactivationResnet } from '@resnetjs/zoo';
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest';
import { type ExplainOptions, type Explanation, explain, type Method } from '../index.ts';

// Whole networks with their gradients, on machines that do much else.
vi.setConfig({ testTimeout: 120_000 });

// The worst that was seen is 2e-5; PyTorch's own float32 is off by up to 6e-6.
const TOLERANCE = 1e-4;

interface Golden {
  readonly input: readonly number[];
  /** The side of the one image whose pixels are asked. */
  readonly pixels: number;
  readonly target: number;
  readonly scores: readonly number[];
  readonly samples: number;
  readonly noise: number;
  readonly steps: number;
  readonly maps: Readonly<Record<string, { shape: number[]; norm: number; reduced: number[]; f32_error: number }>>;
}

const MODELS: Readonly<Record<string, () => Module>> = {
  resnet18: () => createModel('resnet18'),
  resnet50: () => createModel('resnet50'),
  densenet121: () => createModel('densenet121'),
  resnext50_32x4d: () => createModel('resnext50_32x4d'),
  preact_basic20: () => preactivationResnet({ depth: 20, block: 'basic' }),
};

beforeAll(async () => {
  // Winograd's algorithm rounds ten times as much: enough to carry a sum across zero and let a gradient through a ReLU.
  await useWasm({ winograd: false });
});

/** Every 8th pixel of each row and column, or all of a small map, as the golden has them. */
function reduced({ coarse: { data, width, height } }: Explanation): number[] {
  const step = width <= 8 ? 1 : Math.floor(width / 8);
  return Array.from(data).filter((_, i) => (i % width) % step === 0 && Math.floor(i / width) % step === 0 && height > 0);
}

describe.each(Object.entries(MODELS))('%s with formula weights', (name, make) => {
  const reference = JSON.parse(readFileSync(new URL(`../../golden/${name}.json`, import.meta.url), 'utf8')) as Golden;
  const { samples, noise, steps, target, pixels } = reference;
  const [count = 1, , side = 1] = reference.input;
  let model: Module;
  beforeAll(() => {
    model = make();
    loadStateDict(model, formulaWeights(Object.fromEntries([...parameters(model)].map(([key, { shape }]) => [key, shape]))));
  });
  afterAll(() => dispose(model));

  const options: Partial<Record<Method, ExplainOptions>> = {
    'smooth-grad': { samples, noise },
    'integrated-gradients': { samples: steps },
    occlusion: { patch: 8, stride: 8 },
  };

  test.each(Object.entries(reference.maps))("gives PyTorch's map by %s", async (key, expected) => {
    const [method, layer] = key.split(' ') as [Method, string | undefined];
    const isBatch = expected.shape.length === 3;
    const images = formulaInput(isBatch ? [count, 3, side, side] : [1, 3, pixels, pixels]);
    const found = await explain(model, images, {
      ...options[method],
      method,
      target,
      layer: layer === 'last' ? undefined : layer,
    });
    if (isBatch)
      expect(
        relativeError(
          found.map(({ score }) => score),
          reference.scores,
        ),
      ).toBeLessThan(TOLERANCE);
    const maps = found.flatMap((explanation) => reduced(explanation));
    const size = norm(found.map(({ coarse }) => norm(coarse.data)));
    if (expected.norm === 0) return expect(size).toBe(0); // nothing speaks for the class
    expect(relativeError(maps, expected.reduced)).toBeLessThan(TOLERANCE);
    expect(Math.abs(size / expected.norm - 1)).toBeLessThan(TOLERANCE);
  });
});
