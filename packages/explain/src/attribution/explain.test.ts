import { readFileSync } from 'node:fs';
import { useWasm } from '@resnetjs/backend-wasm';
import {
  type BatchNorm2D,
  conv2d,
  dispose,
  globalAveragePool,
  initialize,
  linear,
  loadStateDict,
  type Module,
  module,
  optimizeForInference,
  relu,
  silu,
} from '@resnetjs/core';
import { cropView, decodeImage, imagenet, preprocess } from '@resnetjs/data';
import { failure, leakedTensors } from '@resnetjs/testing';
import { createModel } from '@resnetjs/zoo';
import * as tf from '@tensorflow/tfjs-core';
import { beforeAll, describe, expect, test } from 'vitest';
import { explain, featureMaps, filters, listLayers, METHODS, type Method, type PreparedImages, scoreLesions, slim } from '../index.ts';

beforeAll(async () => {
  await useWasm({ threads: 1 });
});

const SIDE = 8;

/** Says how bright the red channel is (class 0), the green one (1) and the blue one (2), and has little else to do. */
function colourNet(activation = relu): Module {
  const net = module('colour net', { conv: conv2d(3, 3, { kernel: 1 }), fc: linear(3, 3) }, (m, x, mode) =>
    m.fc.forward(globalAveragePool(activation(m.conv.forward(x, mode))), mode),
  );
  const eye = Float32Array.of(1, 0, 0, 0, 1, 0, 0, 0, 1);
  loadStateDict(
    net,
    new Map([
      ['conv.weight', { shape: [3, 3, 1, 1], data: eye }],
      ['fc.weight', { shape: [3, 3], data: eye.map((value) => 10 * value) }],
      ['fc.bias', { shape: [3], data: new Float32Array(3) }],
    ]),
  );
  return net;
}

/** Black, but for a square of 3x3 pixels of one colour. */
function square(channel: number, { left, top }: { left: number; top: number }): Float32Array {
  const data = new Float32Array(SIDE * SIDE * 3);
  for (let y = top; y < top + 3; y++) for (let x = left; x < left + 3; x++) data[(y * SIDE + x) * 3 + channel] = 1;
  return data;
}

const batch = (...images: readonly Float32Array[]): PreparedImages => ({
  data: Float32Array.from(images.flatMap((image) => [...image])),
  shape: [images.length, SIDE, SIDE, 3],
});

const hottest = ({ map, width }: { map: Float32Array; width: number }) => {
  const best = map.indexOf(Math.max(...map));
  return { x: best % width, y: Math.floor(best / width) };
};

/** Of methods that take many passes so few that tests are quick. */
const quick = { samples: 4, masks: 2000, patch: 2, stride: 1, cells: 4 };

describe('of a network that looks for colours', () => {
  const places = [
    { left: 1, top: 4 },
    { left: 5, top: 0 },
  ] as const;
  const images = batch(square(0, places[0]), square(1, places[1]));

  // The principal component is of no class, and the gradient of a linear network is the same everywhere.
  test.each(METHODS.filter((method) => method !== 'saliency' && method !== 'smooth-grad' && method !== 'eigen-cam'))(
    '%s finds each square, and leaves nothing behind',
    async (method) => {
      const net = colourNet();
      const leaked = await leakedTensors(async () => {
        const found = await explain(net, images, { ...quick, method });
        expect(found.map(({ target, width, height }) => [target, width, height])).toEqual([
          [0, SIDE, SIDE],
          [1, SIDE, SIDE],
        ]);
        for (const [i, { left, top }] of places.entries()) {
          const { x, y } = hottest(found[i] as (typeof found)[number]);
          expect([x >= left && x < left + 3, y >= top && y < top + 3]).toEqual([true, true]);
        }
      });
      expect(leaked).toBe(0);
      dispose(net);
    },
  );

  test.each(METHODS)('%s of several classes at once is that of each, and of many images that of each', async (method) => {
    const net = colourNet();
    const options = { ...quick, masks: 50, method };
    const all = await explain({ model: net, labels: ['red', 'green', 'blue'] }, images, { ...options, target: ['red', 1] });
    expect(all.map((ofImage) => ofImage.map(({ label }) => label))).toEqual([
      ['red', 'green'],
      ['red', 'green'],
    ]);
    for (const [i, one] of [square(0, places[0]), square(1, places[1])].entries())
      for (const target of [0, 1]) {
        const [alone] = await explain(net, batch(one), { ...options, target });
        const among = all[i]?.[target];
        expect(among?.score).toBeCloseTo(alone?.score as number, 5);
        for (const [p, value] of (alone?.map ?? []).entries()) expect(among?.map[p]).toBeCloseTo(value, 5);
      }
    dispose(net);
  });

  test('integrated gradients say by how much they are not complete', async () => {
    const net = colourNet();
    const [found] = await explain(net, images, { method: 'integrated-gradients', samples: 4 });
    const score = (10 * 9) / SIDE ** 2; // the mean of 9 pixels of 1, times the weight; without bias a ReLU's line through 0
    expect(found?.score).toBeCloseTo(score, 5);
    expect(found?.completeness?.sum).toBeCloseTo(score, 5);
    expect(found?.completeness?.change).toBeCloseTo(score, 5);
    expect(found?.completeness?.relativeError).toBeLessThan(1e-5);
    dispose(net);
  });

  test('a network of one output with two labels answers for and against', async () => {
    const net = module('question', { fc: linear(3, 1) }, (m, x, mode) => m.fc.forward(globalAveragePool(x), mode));
    initialize(net, { seed: 1 });
    const asked = { model: net, labels: ['no', 'yes'] };
    const [both] = await explain(asked, images, { method: 'input-x-gradient', target: ['no', 'yes'] });
    const [no, yes] = both ?? [];
    expect(no?.score).toBeCloseTo(-(yes?.score as number), 6);
    expect((no?.probability as number) + (yes?.probability as number)).toBeCloseTo(1, 6);
    for (const [p, value] of (yes?.map ?? []).entries()) expect(no?.map[p]).toBeCloseTo(-value, 6);
    dispose(net);
  });
});

test('the map lies on the photo as it came: crop and resizing are undone', async () => {
  const path = new URL('../../../testing/photos/chelsea.png', import.meta.url);
  const photo = await decodeImage(readFileSync(path)); // 451x300
  const spec = { ...imagenet, resize: 40, crop: 32 };
  const net = colourNet();
  const red = { ...photo, data: photo.data.map((_, i) => (i % 3 === 0 && Math.floor(i / 3) % 451 >= 300 ? 255 : 0)) }; // right of column 300
  const network = {
    model: net,
    prepare: async (photos: readonly (typeof photo)[]) => ({
      ...preprocess(photos, spec),
      photos: photos.map((one) => cropView(one, spec)),
    }),
  };
  const { map, width, height, view } = await explain(network, red, { method: 'hires-cam', target: 0 });
  expect([width, height, map.length]).toEqual([451, 300, 451 * 300]);
  const at = (x: number, y: number) => map[y * width + x] as number;
  const middle = Math.floor(view.left + view.width / 2);
  expect([view.left, view.left + view.width, view.top].map(Math.round)).toEqual([105, 346, 30]);
  expect([at(20, 150), at(430, 150), at(340, 5)]).toEqual([0, 0, 0]); // never shown to the network
  expect(at(middle, 150)).toBeLessThan(0.05 * at(335, 150));
  expect(at(312, 150)).toBeGreaterThan(0.9 * at(335, 150));
  expect(at(288, 150)).toBeLessThan(0.1 * at(335, 150));
  dispose(net);
});

describe('what cannot be explained is said', () => {
  const net = () => {
    const model = createModel('resnet20_cifar');
    initialize(model, { seed: 1 });
    return model;
  };
  const image: PreparedImages = { data: new Float32Array(32 * 32 * 3).fill(0.3), shape: [1, 32, 32, 3] };
  const labels = ['tabby, tabby cat', 'tiger cat', 'dog', 'd', 'e', 'f', 'g', 'h', 'i', 'j'];

  test.each<[string, (model: Module) => Promise<unknown>, RegExp]>([
    [
      'a layer that is not there',
      (model) => explain(model, image, { layer: 'layer33' }),
      /layer 'layer33': resnet runs no module of that name\. Did you mean layer3,/,
    ],
    [
      'a layer without space',
      (model) => explain(model, image, { layer: 'fc' }),
      /layer 'fc' has no space: it gives \[1,10\].*layer1, layer2, layer3/,
    ],
    ['a class that is not there', (model) => explain(model, image, { target: 10 }), /target 10: the network has 10 classes, 0 to 9/],
    ['a class without a name', (model) => explain(model, image, { target: 'cat' }), /classes have no names here/],
    [
      'a name of several classes',
      (model) => explain({ model, labels }, image, { target: 'cat' }),
      /2 classes are called so.*tiger cat \(1\)/,
    ],
    ['a name of no class', (model) => explain({ model, labels }, image, { target: 'doge' }), /Did you mean dog,/],
    ['a method that is not there', (model) => explain(model, image, { method: 'cam' as Method }), /method 'cam'.*grad-cam, grad-cam\+\+/],
    ['a photo that nobody prepares', (model) => explain({ model } as never, {} as never), /nothing says how photos are prepared/],
    ['pixels of another shape', (model) => explain(model, { ...image, shape: [1, 16, 16, 3] }), /expected prepared images/],
    [
      'a patch larger than the image',
      (model) => explain(model, image, { method: 'occlusion', patch: 40 }),
      /'patch' must be a whole number/,
    ],
  ])('%s', async (_, call, message) => {
    const model = net();
    const { error, leaked } = await failure(() => call(model));
    expect(error.name).toBe('ExplainError');
    expect(error.message).toMatch(message);
    expect(leaked).toBe(0);
    dispose(model);
  });

  test('a network in 8 bits, whose model has shapes alone: give what it was quantized from', async () => {
    const model = createModel('resnet20_cifar');
    const labelled = [{ images: image.data, shape: image.shape, labels: [0] }];
    const ways: readonly (() => Promise<unknown>)[] = [
      ...METHODS.map((method) => () => explain(model, image, { method })),
      () => featureMaps(model, image, ['layer1']),
      () => filters(model, 'conv1'),
      () => scoreLesions(model, labelled, []),
      () => slim(model, labelled, { maxLoss: 1 }),
    ];
    for (const way of ways) {
      const { error, leaked } = await failure(way);
      expect(error.name).toBe('ExplainError');
      expect(error.message).toMatch(/have no values \(conv1\.weight, .*in 8 bits.*give the weights that it was quantized from/);
      expect(leaked).toBe(0);
    }
    expect(listLayers(model, image.shape).map(({ name }) => name)).toContain('layer3');
  });

  test('a folded predictor: give the model', async () => {
    const model = net();
    const predictor = optimizeForInference(model, [1, 32, 32, 3]);
    await expect(explain(predictor, image)).rejects.toThrow(/for inference: its norms are folded in.*Give the model/);
    predictor.dispose();
    dispose(model);
  });

  test('guided backpropagation without a ReLU', async () => {
    const model = colourNet(silu);
    await expect(explain(model, image, { method: 'guided-backprop' })).rejects.toThrow(/has no ReLU.*smooth-grad/);
    dispose(model);
  });

  test.each(['smooth-grad', 'rise'] as const)('a signal stops %s while it computes, which says how far it is', async (method) => {
    const model = net();
    const stop = new AbortController();
    const shares: number[] = [];
    setTimeout(() => stop.abort(new Error('enough'))); // a turn of its own, which a pass would not give
    const { error, leaked } = await failure(() =>
      explain(model, image, {
        method,
        samples: 100_000,
        masks: 100_000,
        batch: 1,
        signal: stop.signal,
        onProgress: (share) => shares.push(share),
      }),
    );
    expect([error.message, leaked]).toEqual(['enough', 0]);
    expect(shares[0]).toBe(0);
    expect(shares.length).toBeLessThan(100_000);
    dispose(model);
  });

  test('progress goes evenly over images and classes', async () => {
    const model = colourNet();
    const images = batch(square(0, { left: 0, top: 0 }), square(1, { left: 0, top: 0 }));
    const shares: number[] = [];
    await explain(model, images, {
      method: 'smooth-grad',
      target: [0, 1],
      samples: 4,
      batch: 2,
      onProgress: (share) => shares.push(share),
    });
    expect(shares).toEqual([0, 1, 2, 3, 4, 5, 6, 7].map((eighth) => eighth / 8));
    dispose(model);
  });

  test('and a signal stops it before it begins, with nothing left behind', async () => {
    const model = net();
    const stop = new AbortController();
    const { error, leaked } = await failure(() => {
      const explaining = explain(model, image, { method: 'smooth-grad', samples: 100_000, batch: 1, signal: stop.signal });
      stop.abort(new Error('enough'));
      return explaining;
    });
    expect([error.message, leaked]).toEqual(['enough', 0]);
    dispose(model);
  });
});

test('the model is neither changed nor watched: its parts and statistics stay, and it trains as before', async () => {
  const model = createModel('resnet20_cifar');
  initialize(model, { seed: 1 });
  const { bn1 } = model as unknown as { bn1: BatchNorm2D };
  const before = [bn1.forward, model.forward, ...(await bn1.running_mean.read())];
  await explain(model, { data: new Float32Array(32 * 32 * 3).fill(0.3), shape: [1, 32, 32, 3] }, { method: 'guided-backprop' });
  expect([bn1.forward, model.forward, ...(await bn1.running_mean.read())]).toEqual(before);
  dispose(model);
});

test('a thousand explanations take no more memory than one', async () => {
  const net = colourNet();
  const images = batch(square(0, { left: 1, top: 1 }));
  const held = () => [tf.memory().numTensors, tf.memory().numBytes, tf.engine().backend.numDataIds()];
  await explain(net, images);
  const before = held();
  for (let i = 0; i < 1000; i++)
    await explain(net, images, { method: METHODS[i % 10] as Method, samples: 2, layer: i % 2 ? 'conv' : undefined });
  expect(held()).toEqual(before);
  dispose(net);
});
