import { useWasm } from '@resnetjs/backend-wasm';
import { conv2d, dispose, globalAveragePool, linear, loadStateDict, module, relu } from '@resnetjs/core';
import { leakedTensors } from '@resnetjs/testing';
import { beforeAll, expect, test } from 'vitest';
import { excitingImages, featureMaps, filters, listLayers, maximizeActivation, type PreparedImages } from '../index.ts';

beforeAll(async () => {
  await useWasm({ threads: 1 });
});

/** Two filters, one of red and one of what is red above and not below; two classes. */
function net() {
  const made = module('net', { conv: conv2d(3, 2, { kernel: 3 }), fc: linear(2, 2) }, (m, x, mode) =>
    m.fc.forward(globalAveragePool(relu(m.conv.forward(x, mode))), mode),
  );
  const weight = new Float32Array(2 * 3 * 9); // [2,3,3,3], PyTorch's layout
  weight[4] = 1; // filter 0: red, the middle
  weight[27 + 1] = 1; // filter 1: red above
  weight[27 + 7] = -1; // less red below
  loadStateDict(
    made,
    new Map([
      ['conv.weight', { shape: [2, 3, 3, 3], data: weight }],
      ['fc.weight', { shape: [2, 2], data: Float32Array.of(1, 0, 0, 1) }],
      ['fc.bias', { shape: [2], data: new Float32Array(2) }],
    ]),
  );
  return made;
}

/** 4x4 images that are red at one place. */
const redAt = (...places: readonly number[]): PreparedImages => {
  const data = new Float32Array(places.length * 16 * 3);
  for (const [i, place] of places.entries()) data[(i * 16 + place) * 3] = 1 + i;
  return { data, shape: [places.length, 4, 4, 3] };
};

test('feature maps are what named modules give, of several in one pass', async () => {
  const model = net();
  const leaked = await leakedTensors(async () => {
    const [first, second] = await featureMaps(model, redAt(5, 10), ['conv', 'fc']);
    expect(first?.map(({ layer, shape }) => [layer, shape])).toEqual([
      ['conv', [4, 4, 2]],
      ['fc', [2]],
    ]);
    const channel = (c: number) => Array.from(second?.[0]?.data ?? []).filter((_, i) => i % 2 === c);
    expect(channel(0).flatMap((value, p) => (value ? [[p, value]] : []))).toEqual([[10, 2]]);
    expect(channel(1).flatMap((value, p) => (value ? [[p, value]] : []))).toEqual([
      [6, -2],
      [14, 2],
    ]);
    await expect(featureMaps(model, redAt(5), ['convo'])).rejects.toThrow(
      "layer 'convo': net runs no module of that name. Did you mean conv or fc?",
    );
  });
  expect(leaked).toBe(0);
  expect(listLayers(model, [1, 4, 4, 3]).map(({ name, shape }) => [name, shape])).toEqual([
    ['conv', [1, 4, 4, 2]],
    ['fc', [1, 2]],
  ]);
  dispose(model);
});

test('filters have their colours last, as pictures', async () => {
  const model = net();
  const { shape, data } = await filters(model, 'conv');
  expect(shape).toEqual([2, 3, 3, 3]);
  expect(Array.from(data).flatMap((value, i) => (value ? [[i, value]] : []))).toEqual([
    [4 * 3, 1],
    [27 + 3, 1],
    [27 + 7 * 3, -1],
  ]);
  await expect(filters(model, 'fc')).rejects.toThrow("'fc' is no convolution of net. Did you mean conv?");
  dispose(model);
});

test('the images that excite a channel most, from many batches, and where', async () => {
  const model = net();
  const leaked = await leakedTensors(async () => {
    const found = await excitingImages(model, [redAt(5, 10, 0), redAt(3), redAt(9, 6)], { layer: 'conv', count: 2 });
    expect(found).toEqual([
      {
        channel: 0,
        images: [
          { index: 2, value: 3, row: 0, column: 0 },
          { index: 1, value: 2, row: 2, column: 2 },
        ],
      },
      {
        channel: 1,
        images: [
          { index: 2, value: 3, row: 1, column: 0 },
          { index: 1, value: 2, row: 3, column: 2 },
        ],
      },
    ]);
    await expect(excitingImages(model, [redAt(1)], { layer: 'conv', channels: [2] })).rejects.toThrow(
      "channel 2: layer 'conv' has 2, 0 to 1",
    );
  });
  expect(leaked).toBe(0);
  dispose(model);
});

test('an image that is made for a channel excites it more and more, and is of what the channel sees', async () => {
  const model = net();
  const colours = { shape: [6, 6, 3], mean: [0.5, 0.5, 0.5], std: [0.5, 0.5, 0.5] } as const;
  const leaked = await leakedTensors(async () => {
    const made = await maximizeActivation(model, { ...colours, layer: 'conv', channel: 0, steps: 30 });
    expect(made.values.at(-1)).toBeGreaterThan(2 * Math.abs(made.values[0] as number));
    const mean = (c: number) => made.data.filter((_, i) => i % 3 === c).reduce((sum, value) => sum + value, 0) / 36;
    expect(mean(0)).toBeGreaterThan(mean(1) + 50);
    const again = await maximizeActivation(model, { ...colours, layer: 'conv', channel: 0, steps: 30 });
    expect(again).toEqual(made);
    const ofClass = await maximizeActivation({ model, labels: ['red', 'edge'] }, { ...colours, target: 'edge', steps: 30 });
    expect(ofClass.values.at(-1)).toBeGreaterThan(ofClass.values[0] as number);
    await expect(maximizeActivation(model, colours)).rejects.toThrow('say either a target, a class, or a layer with its channel');
  });
  expect(leaked).toBe(0);
  dispose(model);
});
