import { useWasm } from '@resnetjs/backend-wasm';
import { dispose, gradientsOf, initialize, type Module } from '@resnetjs/core';
import { failure, leakedTensors, relativeError } from '@resnetjs/testing';
import { highwayNet, preactivationResnet } from '@resnetjs/zoo';
import * as tf from '@tensorflow/tfjs-core';
import { beforeAll, describe, expect, test } from 'vitest';
import { blocksOf } from './blocks-of.ts';
import { crossEntropy } from './cross-entropy.ts';
import { binomial, measurePathLengths, pathGradients, pathsDrawn } from './path-lengths.ts';
import { smallImages, smallNetwork } from './small-network.testing.ts';

beforeAll(async () => {
  await useWasm({ threads: 1 });
});

describe('the number of paths through n blocks', () => {
  test('by length is binomial', () => {
    expect(binomial(4).map((share) => share * 16)).toEqual([1, 4, 6, 4, 1].map((ways) => expect.closeTo(ways, 12)));
    expect(binomial(54)[27]).toBeCloseTo(1946939425648112 / 2 ** 54, 12); // 54 over 27
    expect(binomial(4000).reduce((sum, share) => sum + share, 0)).toBeCloseTo(1, 9);
  });
});

const networks: readonly [string, () => Module][] = [
  ['of basic blocks', () => smallNetwork({ blocks: 1 })],
  ['with projections', () => smallNetwork({ blocks: 1, shortcut: 'B' })],
  ['of pre-activation', () => initialized(preactivationResnet({ depth: 8, block: 'basic', classes: 4 }))],
  ['of gates', () => initialized(highwayNet({ layers: [[4, 4], [4], [4]], classes: 4 }))],
];
const initialized = <M extends Module>(model: M): M => {
  initialize(model, { seed: 2 });
  return model;
};

test.each(networks)('the gradients of all paths of a network %s add up to its gradient', async (_, make) => {
  const model = make();
  const [{ images, shape, labels }] = smallImages([3]) as [ReturnType<typeof smallImages>[number]];
  tf.tidy(() => {
    const inPass = blocksOf('test', model, shape);
    const n = inPass.blocks.filter(({ join }) => join).length;
    const x = tf.tensor(images, [...shape]);
    const paths = Array.from({ length: 2 ** n }, (_, bits) => Array.from({ length: n }, (_, i) => ((bits >> i) & 1) === 1));
    const sum = paths.map((path) => pathGradients(inPass, { x, labels }, [path, path, path])).reduce((a, b) => tf.add(a, b));
    const { gradients } = gradientsOf(() => crossEntropy(model.forward(x, 'eval') as tf.Tensor2D, labels, 'sum'), [x]);
    expect(relativeError(sum.dataSync(), (gradients[0] as tf.Tensor).dataSync())).toBeLessThan(1e-4); // float32 over 2ⁿ sums
    // Each image has a path of its own.
    const [one, none] = [paths.at(-1), paths[0]] as [boolean[], boolean[]];
    const mixed = pathGradients(inPass, { x, labels }, [one, none, one]).dataSync();
    const alone = pathGradients(inPass, { x, labels }, [none, none, none]).dataSync();
    const each = mixed.length / 3;
    expect(relativeError(mixed.slice(each, 2 * each), alone.slice(each, 2 * each))).toBeLessThan(1e-5);
    expect(relativeError(mixed.slice(0, each), alone.slice(0, each))).toBeGreaterThan(1e-2);
  });
  dispose(model);
});

test('each length has its share, and the effective ones hold 95 % of the gradient', async () => {
  const model = smallNetwork();
  let told = 0;
  const leaked = await leakedTensors(async () => {
    const { lengths, effective } = await measurePathLengths(model, smallImages(), { samples: 4, onProgress: (drawn) => (told = drawn) });
    expect(lengths.map(({ length }) => length)).toEqual([0, 1, 2, 3, 4, 5, 6]);
    expect(lengths.map(({ paths }) => paths)).toEqual(binomial(6));
    expect(lengths.every(({ gradient }) => gradient > 0)).toBe(true);
    expect(lengths.reduce((sum, { share }) => sum + share, 0)).toBeCloseTo(1, 9);
    const within = lengths.slice(effective.from, effective.to + 1).reduce((sum, { share }) => sum + share, 0);
    expect(within).toBeCloseTo(effective.share, 9);
    expect(within).toBeGreaterThanOrEqual(0.95);
    const again = await measurePathLengths(model, smallImages(), { samples: 4 });
    expect(again.lengths).toEqual(lengths);
  });
  expect([told, leaked]).toEqual([pathsDrawn(6, 4), 0]);
  dispose(model);
});

test('a plain network has one path, which is said', async () => {
  const model = smallNetwork({ shortcut: 'none' });
  const { error, leaked } = await failure(() => measurePathLengths(model, smallImages()));
  expect([error.name, leaked]).toEqual(['ExplainError', 0]);
  expect(error.message).toContain('there is one path: through every layer');
  dispose(model);
});
