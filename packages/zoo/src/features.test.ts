import { useWasm } from '@resnetjs/backend-wasm';
import { dispose, parameters } from '@resnetjs/core';
import { leakedTensors } from '@resnetjs/testing';
import * as tf from '@tensorflow/tfjs-core';
import { beforeAll, describe, expect, test } from 'vitest';
import { createModel, describeFeatures, embedding, features, resnet } from './index.ts';

beforeAll(async () => {
  await useWasm();
});

const SMALL = { block: 'basic', layers: [1, 1, 1, 1], classes: 4 } as const;

describe('what a backbone gives is known before it runs', () => {
  test("ResNet-50's stages", () => {
    expect(describeFeatures(createModel('resnet50'), [2, 224, 224, 3])).toEqual([
      { name: 'layer1', stride: 4, channels: 256, shape: [2, 56, 56, 256] },
      { name: 'layer2', stride: 8, channels: 512, shape: [2, 28, 28, 512] },
      { name: 'layer3', stride: 16, channels: 1024, shape: [2, 14, 14, 1024] },
      { name: 'layer4', stride: 32, channels: 2048, shape: [2, 7, 7, 2048] },
    ]);
  });

  test.each([
    [8, [4, 8, 8, 8]],
    [16, [4, 8, 16, 16]],
    [32, [4, 8, 16, 32]],
  ] as const)('an output stride of %i', (outputStride, strides) => {
    const infos = describeFeatures(createModel('resnet50', { outputStride }), [1, 225, 225, 3]);
    expect(infos.map(({ stride }) => stride)).toEqual(strides);
    // torch rounds up at every stride, so an image of 225 has 29 pixels at stride 8.
    expect(infos.at(-1)?.shape.slice(1, 3)).toEqual(outputStride === 8 ? [29, 29] : outputStride === 16 ? [15, 15] : [8, 8]);
  });

  test('an image too small for whole strides is described by what it gives', () => {
    const infos = describeFeatures(createModel('resnet18', { channels: 1 }), [1, 33, 33, 1]);
    expect(infos.map(({ stride, shape }) => [stride, shape[1]])).toEqual([
      [4, 9],
      [8, 5],
      [16, 3],
      [32, 2],
    ]);
  });

  test.each(['densenet121', 'resnetv2_50', 'resnet20_cifar', 'wrn16_8_cifar'])("%s's stages have names of its parts", (name) => {
    const model = createModel(name);
    const infos = describeFeatures(model, [1, 64, 64, 3]);
    expect(infos.length).toBeGreaterThan(2);
    for (const info of infos) {
      const part = info.name.split('.').reduce<unknown>((owner, key) => Reflect.get(owner as object, key), model);
      expect(part, info.name).toBeTypeOf('object');
    }
  });

  test('a network without images in it has channels but no strides', () => {
    const [info] = describeFeatures(createModel('mlp_resnet10_cifar'), [1, 32, 32, 3]);
    expect(info?.shape).toHaveLength(2);
    expect(info && 'stride' in info).toBe(false);
  });
});

describe('what a backbone gives', () => {
  const model = resnet({ ...SMALL, dropRate: 0.5, stochasticDepth: 0.2 });

  test('stages have the shapes that were described, and nothing else is left over', async () => {
    const seeded = createModel('resnet10t', { seed: 1, classes: 3 });
    const x = tf.ones([1, 65, 47, 3]);
    let stages: tf.Tensor[] = [];
    expect(
      await leakedTensors(() => {
        stages = features(seeded, x);
      }),
    ).toBe(4);
    expect(stages.map(({ shape }) => shape)).toEqual(describeFeatures(seeded, [1, 65, 47, 3]).map(({ shape }) => shape));
    expect(await leakedTensors(() => void tf.dispose(seeded.forwardStages(x, 'eval')))).toBe(0);
    tf.dispose([stages, x]);
    dispose(seeded);
  });

  test('the embedding is what the head classifies', async () => {
    const seeded = createModel('resnet10t', { seed: 1, classes: 3 });
    const x = tf.randomUniform([2, 64, 64, 3], -1, 1, 'float32', 7);
    const [embedded, logits] = tf.tidy(() => [embedding(seeded, x), seeded.forward(x, 'eval')] as const);
    expect(embedded.shape).toEqual([2, 512]);
    const [weight, bias] = ['fc.weight', 'fc.bias'].map((name) => parameters(seeded).get(name)?.variable as tf.Tensor);
    const fc = tf.tidy(() => tf.add(tf.matMul(embedded as tf.Tensor2D, weight as tf.Tensor2D), bias as tf.Tensor));
    expect(await fc.data()).toEqual(await logits.data());
    tf.dispose([embedded, logits, fc, x]);
    dispose(seeded);
  });

  test('describing takes no memory', async () => {
    expect(await leakedTensors(() => describeFeatures(model, [1, 64, 64, 3]))).toBe(0);
  });
});
