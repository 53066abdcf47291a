import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { useWasm } from '@resnetjs/backend-wasm';
import { dispose, initialize, type StateDict, stateDict } from '@resnetjs/core';
import { decodeImage, preprocess } from '@resnetjs/data';
import { failure, leakedTensors } from '@resnetjs/testing';
import { createModel, type ModelOptions } from '@resnetjs/zoo';
import * as tf from '@tensorflow/tfjs-core';
import { beforeAll, describe, expect, test } from 'vitest';
import { networkOf } from './network.ts';
import { recognize } from './recognize/recognize.ts';

const path = fileURLToPath(new URL('../../testing/photos/chelsea.png', import.meta.url));

beforeAll(async () => {
  await useWasm({ threads: 1 });
});

async function randomDict(name: string, options: ModelOptions = {}): Promise<StateDict> {
  const model = createModel(name, options);
  initialize(model, { seed: 1 });
  const dict = await stateDict(model);
  dispose(model);
  return dict;
}

describe('a network that is ready', () => {
  test('classifies, embeds and gives features, and leaves nothing behind', async () => {
    const dict = await randomDict('resnet20_cifar');
    const leaked = await leakedTensors(async () => {
      const network = await networkOf(recognize(dict), undefined);
      expect(network.labels?.[3]).toBe('cat');
      const one = await network.classify(path, { top: 2 });
      expect(one.map(({ label }) => label).every((label) => network.labels?.includes(label))).toBe(true);
      const bytes = readFileSync(path);
      const many = await network.classify([path, bytes, new Blob([bytes])], { top: 2 });
      for (const other of many) expect(other).toEqual(one);
      expect((await network.embed(path)).length).toBe(64);
      const maps = await network.features(path);
      expect(maps.map(({ name, shape }) => [name, ...shape])).toEqual([
        ['layer1', 32, 32, 16],
        ['layer2', 16, 16, 32],
        ['layer3', 8, 8, 64],
      ]);
      network.dispose();
      network.dispose();
      await expect(network.classify(path)).rejects.toThrow('was disposed');
      expect(() => network.predictor).toThrow('was disposed');
    });
    expect(leaked).toBe(0);
  });

  test.each([1, 3] as const)('prepares what a model of %i channels takes, and says which part of the photo it is', async (channels) => {
    const dict = await randomDict('resnet20_cifar', { channels });
    const network = await networkOf(recognize(dict), undefined);
    // Values wait in the checkpoint's memory until somebody computes with them.
    tf.dispose(network.model.forward(tf.zeros([1, 32, 32, channels]), 'eval'));
    await network.classify(path);
    const leaked = await leakedTensors(async () => {
      const { data, shape, photos } = await network.prepare([path, path]); // 451x300, of which the middle square is seen
      expect(shape).toEqual([2, 32, 32, channels]);
      expect(photos[1]).toEqual({ width: 451, height: 300, view: { left: (8 * 451) / 48, top: 0, width: (32 * 451) / 48, height: 300 } });
      const logits = tf.tidy(() => network.model.forward(tf.tensor(data, [...shape]), 'eval'));
      const [best] = await network.classify(path, { top: 1 });
      const values = await logits.data();
      logits.dispose();
      expect(values.indexOf(Math.max(...values.slice(0, 10)))).toBe(best?.index);
    });
    expect(leaked).toBe(0);
    network.dispose();
  });

  test('copied, folds nothing for embeddings that nobody asked for', async () => {
    const network = await networkOf(recognize(await randomDict('resnet8_cifar')), undefined);
    await network.classify(path);
    const before = tf.memory().numTensors;
    const copy = { ...network };
    expect(tf.memory().numTensors).toBe(before);
    expect(copy.embedder()).toBe(network.embedder());
    network.dispose();
  });

  test('an embedding is what the head classifies', async () => {
    const dict = await randomDict('resnet20_cifar');
    const network = await networkOf(recognize(dict), undefined);
    const [vector, map] = [await network.embed(path), (await network.features(path)).at(-1)];
    const [height = 0, width = 0, channels = 0] = map?.shape ?? [];
    for (let c = 0; c < channels; c++) {
      let sum = 0;
      for (let i = c; i < (map?.data.length ?? 0); i += channels) sum += map?.data[i] as number;
      expect(vector[c]).toBeCloseTo(sum / (height * width), 4);
    }
    network.dispose();
  });

  test('of one output gives the probability of yes, not 100 % always', async () => {
    const dict = await randomDict('resnet20_cifar', { classes: 1 });
    dict.set('fc.weight', { shape: [1, 64], data: new Float32Array(64) });
    dict.set('fc.bias', { shape: [1], data: Float32Array.of(Math.log(3)) }); // a sigmoid of 3/4
    const unnamed = await networkOf(recognize(dict), undefined);
    const [only, ...others] = await unnamed.classify(path);
    expect([others.length, only?.label, only?.index]).toEqual([0, '0', 0]);
    expect(only?.probability).toBeCloseTo(0.75, 6);
    const named = await networkOf(recognize(dict), undefined, { labels: ['ham', 'spam'] });
    const both = await named.classify([path, path]);
    for (const found of both)
      expect(found.map(({ label, index }) => [label, index])).toEqual([
        ['spam', 1],
        ['ham', 0],
      ]);
    expect(both[1]?.[1]?.probability).toBeCloseTo(0.25, 6);
    await expect(networkOf(recognize(dict), undefined, { labels: ['a', 'b', 'c'] })).rejects.toThrow(
      '3 class names, but the network has 1 outputs',
    );
    unnamed.dispose();
    named.dispose();
  });

  test('of grey images is shown the grey that Pillow makes', async () => {
    const dict = await randomDict('resnet20_cifar', { channels: 1 });
    const network = await networkOf(recognize(dict), undefined);
    expect(network.preprocessing.mean).toEqual([0.449, 0.449, 0.449]);
    const small = { width: 32, height: 32, data: bytesOf32(await decodeImage(readFileSync(path))) };
    const grey = Float32Array.from({ length: 1024 }, (_, i) => {
      const [r = 0, g = 0, b = 0] = small.data.subarray(3 * i, 3 * i + 3);
      return (((r * 19595 + g * 38470 + b * 7471 + 0x8000) >> 16) / 255 - 0.449) / 0.226;
    });
    const expected = tf.tidy(() => tf.softmax(network.model.forward(tf.tensor4d(grey, [1, 32, 32, 1]), 'eval')).dataSync());
    for (const { index, probability } of await network.classify(small, { top: 10 }))
      expect(probability).toBeCloseTo(expected[index] as number, 5);
    expect((await network.embed(small)).length).toBe(64);
    expect((await network.features(small))[0]?.shape).toEqual([32, 32, 16]);
    network.dispose();
    const uneven = { ...network.preprocessing, mean: [0.1, 0.2, 0.3] } as const;
    const { error, leaked } = await failure(() => networkOf(recognize(dict), undefined, { preprocessing: uneven }));
    expect(error.message).toContain('another mean or deviation for each channel');
    expect(leaked).toBe(0);
  });

  test('without a head embeds, and says that it tells no classes', async () => {
    const dict = await randomDict('resnet20_cifar');
    const whole = await networkOf(recognize(dict), undefined);
    const expected = await whole.embed(path);
    dict.delete('fc.weight');
    dict.delete('fc.bias');
    const leaked = await leakedTensors(async () => {
      const network = await networkOf(recognize(dict), undefined);
      expect(await network.embed(path)).toEqual(expected);
      await expect(network.classify(path)).rejects.toThrow('resnet20_cifar has no head here, so it tells no classes');
      network.dispose();
    });
    expect(leaked).toBe(0);
    whole.dispose();
  });

  test('can be told to stop', async () => {
    const network = await networkOf(recognize(await randomDict('resnet20_cifar')), undefined);
    await expect(network.classify(path, { signal: AbortSignal.abort(new Error('enough')) })).rejects.toThrow('enough');
    network.dispose();
  });
});

describe('an image', () => {
  test('is the same as RGB, as RGBA of a canvas, and as a file', async () => {
    const network = await networkOf(recognize(await randomDict('resnet20_cifar')), undefined);
    const rgb = await decodeImage(readFileSync(path));
    const { width, height } = rgb;
    const rgba = new Uint8ClampedArray(width * height * 4).fill(255);
    for (let i = 0; i < width * height; i++) rgba.set(rgb.data.subarray(3 * i, 3 * i + 3), 4 * i);
    const results = await network.classify([path, rgb, { width, height, data: rgba } as ImageData]);
    expect(results[1]).toEqual(results[0]);
    expect(results[2]).toEqual(results[0]);
    network.dispose();
  });

  test.each([
    ['a path that is not there', '/nowhere/cat.png', '/nowhere/cat.png: there is no such file'],
    ['a folder', fileURLToPath(new URL('.', import.meta.url)), 'expected an image file, but it is a folder'],
    [
      'pixels that are too few',
      { width: 2, height: 2, data: new Uint8Array(5) },
      'expected 12 bytes of RGB or 16 of RGBA for 2x2, but received 5',
    ],
    ['nothing', {} as never, 'expected a path, URL, Blob, bytes, pixels'],
    ['a number', 5 as never, 'expected a path, URL, Blob, bytes, pixels'],
    ['text', new Blob(['text']), 'not an image'],
    ['an address that nobody answers', 'http://127.0.0.1:9/cat.png', 'http://127.0.0.1:9/cat.png: cannot be fetched'],
  ])('that is %s is refused by name', async (_, input, message) => {
    const network = await networkOf(recognize(await randomDict('resnet20_cifar')), undefined);
    const { error, leaked } = await failure(() => network.classify(input as string));
    expect(error.message).toContain(message);
    expect(leaked).toBe(0);
    network.dispose();
  });
});

/** The picture as a network of 32 pixels sees it. */
function bytesOf32(image: Parameters<typeof preprocess>[0]): Uint8Array {
  const { data } = preprocess(image, { resize: 32, crop: 32, interpolation: 'bilinear', mean: [0, 0, 0], std: [1, 1, 1] });
  return Uint8Array.from(data, (value) => Math.round(value * 255));
}
