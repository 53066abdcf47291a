import '@tensorflow/tfjs-backend-cpu';
import { useWasm } from '@resnetjs/backend-wasm';
import { dispose, initialize, type Module, optimizeForInference, type Predictor, parameters, uniform } from '@resnetjs/core';
import { leakedTensors } from '@resnetjs/testing';
import { createManifest, encodeCheckpoint, loadCheckpoint } from '@resnetjs/weights';
import { cifarResnet, densenet, highwayNet, mlpResnet, preactivationResnet, resnet, wideResnet } from '@resnetjs/zoo';
import * as tf from '@tensorflow/tfjs-core';
import { beforeAll, describe, expect, test } from 'vitest';
import { checkPlan } from './file/check-plan.ts';
import { planOf } from './file/decode.ts';
import { quantizedCheckpoint } from './file/encode.ts';
import { portablePass } from './portable/portable-pass.ts';
import { type QuantizedPredictor, quantizedPredictor } from './predictor.ts';
import { type QuantizeOptions, quantize } from './quantize.ts';

beforeAll(async () => {
  await useWasm({ threads: 2 });
});

/** Norms and biases are drawn, too: fresh ones do nothing. */
function filled(model: Module): Module {
  initialize(model, { seed: 1 });
  const next = uniform(2);
  for (const [name, parameter] of parameters(model))
    if (parameter.shape.length === 1)
      parameter.assign(Float32Array.from({ length: parameter.size }, () => next() * 0.6 + (/bias|mean/.test(name) ? -0.3 : 0.7)));
  return model;
}
const images = (side: number, { count = 4, channels = 3, seed = 5 } = {}) =>
  tf.randomNormal([count, side, side, channels], 0, 1, 'float32', seed);
const bits = (tensor: tf.Tensor) => [...new Uint32Array(Float32Array.from(tensor.dataSync()).buffer)];

const small = { planes: [4, 8, 8], depth: 8, classes: 5 } as const;
const bottlenecks = { ...small, depth: 11, block: 'bottleneck' } as const;
const photos = { block: 'basic', layers: [1, 1, 1, 1], classes: 5 } as const;
const gate = ['conv2d', 'relu', 'reshape', 'sigmoid'];

/** Of each family a small network, and the operations that it computes in float. */
const families: Readonly<Record<string, { build: () => Module; side?: number; float?: readonly string[] }>> = {
  'ResNet with option A': { build: () => cifarResnet({ ...small, shortcut: 'A' }) },
  'ResNet as for photos': { build: () => resnet(photos), side: 40 },
  ResNeXt: { build: () => cifarResnet({ ...bottlenecks, groups: 2, groupWidth: 32 }) },
  'squeeze and excitation': { build: () => cifarResnet({ ...bottlenecks, attention: 'se', shortcut: 'D' }), float: gate },
  'efficient channel attention': {
    build: () => cifarResnet({ ...small, attention: 'eca' }),
    float: ['channelConvolution', 'reshape', 'sigmoid'],
  },
  'SiLU instead of ReLU': { build: () => cifarResnet({ ...small, activation: 'silu' }), float: ['globalAveragePool', 'silu'] },
  'Wide ResNet': { build: () => wideResnet({ depth: 10, width: 1, classes: 5 }) },
  'pre-activation': { build: () => preactivationResnet({ depth: 8, block: 'basic', classes: 5 }) },
  DenseNet: { build: () => densenet({ layers: [2, 2], growth: 4, stemChannels: 8, stem: 'imagenet', classes: 5 }), side: 32 },
  Highway: {
    build: () =>
      highwayNet({
        layers: [
          [4, 4],
          [6, 6],
          [6, 6],
        ],
        classes: 5,
      }),
    float: ['globalAveragePool', 'highway', 'maxPool'],
  },
  'linear layers alone': {
    build: () => mlpResnet({ blocks: 1, size: 12, channels: 3, features: 6, hidden: 4, classes: 5 }),
    float: ['reshape'],
  },
};

describe.each(Object.entries(families))('%s', (_, { build, side = 12, float = [] }) => {
  test('gives in 8 bits nearly what it gives in float, the same bits by stock operations, by the kernel and out of a file', async () => {
    const model = filled(build());
    const x = images(side);
    const float32 = optimizeForInference(model, x.shape);
    const expected = float32.forward(x, 'eval');
    expect(
      await leakedTensors(async () => {
        const network = await quantize(model, { images: [x] });
        checkPlan(network.plan);
        const inFloat = network.plan.steps.flatMap((step) => (step.kind === 'float' ? [step.op] : []));
        expect([...new Set(inFloat)].sort()).toEqual([...float].sort());
        const y = network.forward(x, 'eval');
        expect(decibels(expected, y)).toBeGreaterThan(15);
        const portable = portablePass(network.plan);
        const stock = portable.run(x);
        expect(bits(stock)).toEqual(bits(y));

        const { parts } = await encodeCheckpoint(quantizedCheckpoint(network, createManifest({ architecture: 'net' })));
        const loaded = quantizedPredictor(planOf(await loadCheckpoint(new Blob(parts))), 'loaded');
        const again = loaded.forward(x, 'eval');
        expect(bits(again)).toEqual(bits(y));
        tf.dispose([y, stock, again]);
        for (const made of [network, loaded, portable]) made.dispose();
      }),
    ).toBe(0);
    tf.dispose([x, expected]);
    float32.dispose();
    dispose(model);
  });
});

function decibels(expected: tf.Tensor, received: tf.Tensor): number {
  return tf.tidy(() => {
    const power = (x: tf.Tensor) => tf.sum(tf.square(x)).dataSync()[0] as number;
    return 10 * Math.log10(power(expected) / power(tf.sub(expected, received)));
  });
}

const net = () => filled(cifarResnet({ ...small, shortcut: 'A' }));
const poisoned = (name: string, value: number) => {
  const model = net();
  const parameter = parameters(model).get(name);
  const values = Float32Array.from({ length: parameter?.size ?? 0 }, (_, i) => (i === 3 ? value : 0.1));
  parameter?.assign(values);
  return model;
};
const ones = (shape: readonly number[], value = 1) => ({
  shape,
  data: new Float32Array(shape.reduce((product, length) => product * length, 1)).fill(value),
});

describe('what cannot be quantized is refused in words:', () => {
  const good = ones([2, 12, 12, 3]);
  test.each<readonly [string, () => Module, Partial<QuantizeOptions>, RegExp]>([
    ['no images', net, { images: [] }, /no images came\. Give a few hundred/],
    ['an empty batch', net, { images: [ones([0, 12, 12, 3])] }, /expected images \[N,H,W,C\] but received \[0,12,12,3\]/],
    ['images of two sizes', net, { images: [good, ones([2, 8, 8, 3])] }, /\[N,12,12,3\] and then of \[2,8,8,3\]/],
    ['images of other channels', net, { images: [ones([2, 12, 12, 4])] }, /4 channels/],
    ['fewer numbers than the shape says', net, { images: [{ ...good, data: new Float32Array(7) }] }, /holds 864 numbers but 7 came/],
    ['NaN in images', net, { images: [ones([2, 12, 12, 3], Number.NaN)] }, /the images: NaN or infinite/],
    ['infinity in images', net, { images: [ones([2, 12, 12, 3], Number.POSITIVE_INFINITY)] }, /the images: NaN or infinite/],
    [
      'NaN in weights',
      () => poisoned('layer1.0.conv1.weight', Number.NaN),
      {},
      /infinite weights, norms folded in: layer1\.0\.conv1\.weight/,
    ],
    ['infinity in a bias', () => poisoned('fc.bias', Number.NEGATIVE_INFINITY), {}, /infinite weights.*fc\.bias/],
    ['activations that overflow', () => poisoned('conv1.weight', 3e38), { images: [ones([1, 12, 12, 3], 1e30)] }, /conv1: NaN or infinite/],
    ['a layer that is not there', net, { float: ['layer7'] }, /No layer is called 'layer7'.*conv1, layer1\.0\.conv1/],
    ['a percentile that is none', net, { percentile: 0 }, /percentile: expected more than 0/],
  ])('%s', async (_, build, options, message) => {
    const model = build();
    expect(await leakedTensors(() => expect(quantize(model, { images: [good], ...options })).rejects.toThrow(message))).toBe(0);
    dispose(model);
  });

  test('a model without values', async () => {
    await expect(quantize(cifarResnet(small), { images: [good] })).rejects.toThrow('has no values');
  });
});

describe('a network in 8 bits', () => {
  test('takes images of the size it was made for, and no others; does not train; ends when it is disposed', async () => {
    const model = net();
    const network = await quantize(model, { images: [ones([2, 12, 12, 3])] });
    dispose(model);
    for (const shape of [
      [1, 16, 16, 3],
      [1, 12, 12, 1],
      [12, 12, 3],
      [0, 12, 12, 3],
    ])
      expect(() => network.forward(tf.zeros(shape), 'eval'), shape.join()).toThrow(/was quantized for \[N,12,12,3\] but received/);
    expect(() => network.forward(tf.zeros([1, 12, 12, 3]), { seed: 1 })).toThrow('cannot train');
    network.dispose();
    expect(() => network.forward(tf.zeros([1, 12, 12, 3]), 'eval')).toThrow('was disposed');
  });

  test('reports each layer: what it is computed in, how much noise there is, how much is clamped', async () => {
    const model = net();
    const x = images(12);
    const network = await quantize(model, { images: [x], float: ['first', 'layer2.*'], calibration: 'minMax' });
    expect(network.report.map(({ name, computedIn }) => `${name} ${computedIn}`)).toEqual([
      ...['conv1 float32', 'layer1.0.conv1 int8', 'layer1.0.conv2 int8', 'layer2.0.conv1 float32', 'layer2.0.conv2 float32'],
      ...['layer3.0.conv1 int8', 'layer3.0.conv2 int8', 'fc int8'],
    ]);
    for (const { name, signalToNoiseDb, saturated } of network.report) {
      expect(signalToNoiseDb, name).toBeGreaterThan(15);
      expect(saturated, name).toBe(0); // nothing is beyond the largest
    }
    network.dispose();
    const clamped = await quantize(model, { images: [x], calibration: 'percentile', percentile: 90 });
    expect(clamped.report.find(({ name }) => name === 'layer1.0.conv1')?.saturated).toBeGreaterThan(0.02);
    clamped.dispose();
    tf.dispose(x);
    dispose(model);
  });

  test('with auto, leaves as few layers in float as reach what is asked for', async () => {
    const model = net();
    const x = images(12, { count: 16 });
    let measured = 0;
    const floats = ({ plan }: QuantizedPredictor) => plan.steps.filter((step) => step.kind === 'float' && step.op === 'conv2d').length;
    expect(
      await leakedTensors(async () => {
        const measure = (network: Predictor) => {
          measured++;
          return floats(network as QuantizedPredictor); // as if every layer in float were worth a point
        };
        const network = await quantize(model, { images: [x], auto: { atLeast: 3, measure } });
        expect(floats(network)).toBe(3);
        expect(measured).toBeLessThan(7); // none, 1, 2, 4, 3
        network.dispose();
        const alike = await quantize(model, { images: [x], auto: { atLeast: 1 } });
        const float32 = optimizeForInference(model, x.shape);
        const classes = [alike, float32].map((each) => tf.tidy(() => [...tf.argMax(each.forward(x, 'eval'), -1).dataSync()]));
        expect(classes[0]).toEqual(classes[1]);
        for (const made of [alike, float32]) made.dispose();
      }),
    ).toBe(0);
    tf.dispose(x);
    dispose(model);
  });
});
