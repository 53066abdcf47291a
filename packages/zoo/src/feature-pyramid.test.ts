import { readFileSync } from 'node:fs';
import { useWasm } from '@resnetjs/backend-wasm';
import { dispose, initialize, loadStateDict, module, parameters, registerGradients } from '@resnetjs/core';
import { formulaTensor, formulaWeights, leakedTensors, norm, relativeError } from '@resnetjs/testing';
import * as tf from '@tensorflow/tfjs-core';
import { beforeAll, describe, expect, test } from 'vitest';
import { createModel, featurePyramid, resnet } from './index.ts';

interface Gradient {
  readonly norm: number;
  readonly first: number[];
}
const golden = JSON.parse(readFileSync(new URL('../golden/pyramid.json', import.meta.url), 'utf8')) as {
  names: Record<string, number[]>;
  stages: number[][];
  levels: Record<string, { shape: number[]; data: number[] }>;
  parameter_gradients: Record<string, Gradient>;
  stage_gradients: Gradient[];
};

beforeAll(async () => {
  registerGradients();
  await useWasm({ winograd: false });
});

/** The formula's numbers for a name, NCHW in the reference, as NHWC. */
const image = (name: string, shape: readonly number[]): tf.Tensor =>
  tf.tidy(() => tf.transpose(tf.tensor(formulaTensor(name, shape).data, [...shape]), [0, 2, 3, 1]));
const planar = (x: tf.Tensor): Float32Array => tf.tidy(() => tf.transpose(x, [0, 3, 1, 2]).dataSync() as Float32Array);

function expectGradient(values: ArrayLike<number>, expected: Gradient, what: string): void {
  // float32 sums of some hundred terms
  expect(Math.abs(norm(values) / expected.norm - 1), what).toBeLessThan(1e-5);
  expect(norm(expected.first.map((v, i) => v - (values[i] as number))) / expected.norm, what).toBeLessThan(1e-5);
}

describe("torchvision's pyramid on stages of odd sizes", () => {
  // Its stages have 16, 32 and 64 channels, as the reference's.
  const pyramid = featurePyramid(createModel('resnet20_cifar'), { channels: 4, extraLevel: true });
  const stages = () => golden.stages.map((shape, i) => image(`stage${i}`, shape));

  test('has its names and shapes', () => {
    expect([...parameters(pyramid)].map(([name, { shape }]) => [name, [...shape]])).toEqual(Object.entries(golden.names));
  });

  test('gives its levels, with one more of every other pixel', () => {
    loadStateDict(pyramid, formulaWeights(golden.names));
    const levels = tf.tidy(() => pyramid.merge(stages()));
    Object.values(golden.levels).forEach(({ shape, data }, i) => {
      const [n, c, h, w] = shape;
      expect(levels[i]?.shape).toEqual([n, h, w, c]);
      expect(relativeError(planar(levels[i] as tf.Tensor), data), `level ${i}`).toBeLessThan(1e-6);
    });
    expect(levels).toHaveLength(4);
    tf.dispose(levels);
  });

  test('gives its gradients, to every parameter and every stage', async () => {
    loadStateDict(pyramid, formulaWeights(golden.names));
    const weights = Object.entries(golden.levels).map(([name, { shape }]) => image(`level${name}`, shape));
    const loss = (inputs: tf.Tensor[]) =>
      pyramid
        .merge(inputs)
        .reduce<tf.Tensor>((sum, level, i) => tf.add(sum, tf.sum(tf.mul(level, weights[i] as tf.Tensor))), tf.scalar(0)) as tf.Scalar;
    const inputs = stages();
    tf.grads((...x: tf.Tensor[]) => loss(x))(inputs).forEach((gradient, i) => {
      expectGradient(planar(gradient), golden.stage_gradients[i] as Gradient, `stage ${i}`);
    });
    const named = [...parameters(pyramid)];
    const { grads } = tf.variableGrads(
      () => loss(inputs),
      named.map(([, { variable }]) => variable),
    );
    for (const [name, parameter] of named) {
      const values = parameter.toTorch((grads[parameter.variable.name] as tf.Tensor).dataSync() as Float32Array);
      expectGradient(values, golden.parameter_gradients[name] as Gradient, name);
    }
    dispose(pyramid);
  });
});

describe('on a backbone', () => {
  const SMALL = { block: 'basic', layers: [1, 1, 1, 1], classes: 4 } as const;

  test('one module of both has the names of a torchvision detector, and gradients reach both', () => {
    const model = resnet(SMALL);
    const fpn = featurePyramid(model, { channels: 8, stages: 3 });
    const detector = module('detector', { body: model, fpn }, (m, x, mode) => m.fpn.forward(x, mode));
    initialize(detector, { seed: 1 });
    const names = [...parameters(detector).keys()];
    expect(names[0]).toBe('body.conv1.weight');
    expect(names.filter((name) => name.startsWith('fpn.inner'))).toHaveLength(6);
    const learned = [...parameters(detector)].filter(([name, p]) => p.role !== 'buffer' && !/body\.fc|layer_blocks\.[12]/.test(name));
    const x = tf.randomUniform([2, 64, 64, 3], -1, 1, 'float32', 3);
    const { grads } = tf.variableGrads(
      () => tf.sum(tf.square(detector.forward(x, 'train'))) as tf.Scalar,
      learned.map(([, p]) => p.variable),
    );
    const unreached = learned.filter(([, p]) => !(norm((grads[p.variable.name] as tf.Tensor).dataSync()) > 0)).map(([name]) => name);
    expect(unreached).toEqual([]);
    tf.dispose([x, grads]);
    dispose(detector);
  });

  test('levels are the stages, in size, and nothing else is left over', async () => {
    const model = resnet(SMALL);
    const fpn = featurePyramid(model, { channels: 8 });
    initialize(model);
    initialize(fpn);
    const x = tf.ones([1, 65, 47, 3]);
    let levels: tf.Tensor[] = [];
    expect(
      await leakedTensors(() => {
        levels = fpn.levels(x);
      }),
    ).toBe(4);
    expect(levels.map(({ shape }) => shape)).toEqual([
      [1, 17, 12, 8],
      [1, 9, 6, 8],
      [1, 5, 3, 8],
      [1, 3, 2, 8],
    ]);
    tf.dispose([levels, x]);
    dispose(model);
    dispose(fpn);
  });

  test.each([
    [{ stages: 5 }, "'stages' must be a whole number from 1 to 4 but is 5"],
    [{ channels: 0 }, "'channels' must be a whole number from 1 but is 0"],
  ])('%o is refused', (options, message) => {
    expect(() => featurePyramid(resnet(SMALL), options)).toThrow(message);
  });

  test('a network without images in it has no pyramid', () => {
    expect(() => featurePyramid(createModel('mlp_resnet10_cifar'))).toThrow('the stages of a mlp resnet are no images');
  });
});
