import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { useWasm } from '@resnetjs/backend-wasm';
import { dispose, initialize } from '@resnetjs/core';
import { decodeImage, type RgbImage, resize } from '@resnetjs/data';
import { METHODS } from '@resnetjs/explain';
import { recognizeCheckpoint } from '@resnetjs/network';
import { toOnnx } from '@resnetjs/onnx';
import { quantize, quantizedCheckpoint } from '@resnetjs/quantize';
import { failure, leakedTensors } from '@resnetjs/testing';
import { type CheckpointToSave, createManifest, encodeCheckpoint, loadCheckpoint } from '@resnetjs/weights';
import { createModel } from '@resnetjs/zoo';
import { shippedCheckpoint } from 'resnetjs';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { type Read, readRequest } from '../network/network-request.ts';
import { type Looker, lookerOf } from './looker.ts';
import { METHOD_WORDS } from './methods.ts';

const photo = (name: string) =>
  new File([new Uint8Array(readFileSync(fileURLToPath(new URL(`../../../../packages/testing/photos/${name}`, import.meta.url))))], name);
const chelsea = photo('chelsea.png');

let looker: Looker;
beforeAll(async () => {
  await useWasm({ everyOp: false, threads: 1 });
  const checkpoint = await loadCheckpoint(shippedCheckpoint());
  looker = await lookerOf({ recognized: recognizeCheckpoint(checkpoint), manifest: checkpoint.manifest });
});
afterAll(() => looker.dispose());

const ofFile = async (name: string, bytes: Iterable<BlobPart>): Promise<Looker> => {
  const read = await readRequest({ weights: [new File([...bytes], name)], backend: { backend: 'wasm' } });
  return lookerOf(read as Read);
};
const saved = async (checkpoint: CheckpointToSave) => (await encodeCheckpoint(checkpoint)).parts as BlobPart[];
const small = () => {
  const model = createModel('resnet8_cifar');
  initialize(model, { seed: 1 });
  return model;
};

test('there are words for every method', () => {
  expect(Object.keys(METHOD_WORDS).sort()).toEqual([...METHODS].sort());
});

test('tells layers with space, the ends of stages and the blocks', () => {
  expect(looker.stages).toEqual(['conv1', 'layer1', 'layer2', 'layer3']);
  expect(looker.layers.find(({ name }) => name === 'layer2.1.conv1')?.shape).toEqual([16, 16, 32]);
  expect(looker.layers.map(({ name }) => name)).not.toContain('fc');
  expect(looker.blocks).toHaveLength(9);
  expect(looker.closed).toBeUndefined();
});

test('large photos are shown smaller, and a map lies over what the network was shown of them', async () => {
  const large = { width: 1200, height: 600, data: new Uint8Array(3 * 1200 * 600).fill(90) };
  const { picture } = await looker.open(large);
  expect([picture.width, picture.height, [...picture.data.subarray(0, 4)]]).toEqual([560, 280, [90, 90, 90, 255]]);
  const { heat } = await looker.heat({ method: 'saliency' });
  expect([heat.width, heat.height]).toEqual([320, 160]);
  const alpha = (x: number) => heat.data[4 * (80 * 320 + x) + 3];
  const unseen = Math.round(0.75 * 255);
  expect([alpha(79), alpha(240)]).toEqual([unseen, unseen]); // a square in the middle is cropped out
  expect([alpha(80) === unseen, alpha(239) === unseen]).toEqual([false, false]);
});

test('without blocks it predicts otherwise, with all of them as before; the network stays whole', async () => {
  const { predictions } = await looker.open(chelsea);
  expect(predictions[0]?.label).toBe('cat');
  const without = await looker.predictWithout(['layer2.0', 'layer2.1']);
  expect(without).not.toEqual(predictions);
  expect(await looker.predictWithout([])).toEqual(predictions);
});

test('the channels that a photo excites most come first, each from dark to light', async () => {
  await looker.open(chelsea);
  const channels = await looker.channels('layer3');
  expect(channels).toHaveLength(24);
  expect(channels.map(({ mean }) => mean)).toEqual(channels.map(({ mean }) => mean).toSorted((a, b) => b - a));
  for (const { picture, min, max } of channels) {
    expect([picture.width, picture.height, picture.data.length]).toEqual([8, 8, 256]);
    expect(max).toBeGreaterThan(min);
  }
});

test('twenty photos, methods and lesions leave nothing in memory', async () => {
  const photos = await Promise.all(
    [chelsea, photo('rocket.jpg')].map(async (file) => resize(await decodeImage(file), { width: 90, height: 60 })),
  );
  await looker.open(chelsea);
  const quick = METHODS.filter((method) => !METHOD_WORDS[method].slow);
  const leaked = await leakedTensors(async () => {
    for (let i = 0; i < 20; i++) {
      await looker.open(photos[i % 2] as RgbImage);
      await looker.heat({ method: quick[i % quick.length] ?? 'grad-cam', target: i % 10 });
      await looker.channels(looker.stages[i % 4] as string);
      await looker.predictWithout([looker.blocks[i % 9]?.name as string]);
    }
  });
  expect(leaked).toBe(0);
});

test('what is stopped, and a class that is not there, leave nothing either', async () => {
  await looker.open(chelsea);
  const stop = new AbortController();
  const stopped = await failure(() =>
    looker.heat({ method: 'rise' }, { signal: stop.signal, onProgress: (share) => share > 0 && stop.abort() }),
  );
  expect([stopped.error.name, stopped.leaked]).toEqual(['AbortError', 0]);
  const strange = await failure(() => looker.heat({ method: 'grad-cam', target: 'catt' }));
  expect([strange.error.message, strange.leaked]).toEqual([expect.stringContaining('Did you mean cat'), 0]);
});

test('a folded ONNX file of a known network is looked into as the network', async () => {
  const model = small();
  const { parts } = await toOnnx(model, [1, 32, 32, 3]);
  dispose(model);
  const leaked = await leakedTensors(async () => {
    const onnx = await ofFile('small.onnx', parts);
    expect([onnx.architecture, onnx.closed, onnx.blocks.length]).toEqual(['resnet8_cifar', undefined, 3]);
    await onnx.open(chelsea);
    expect((await onnx.heat({ method: 'grad-cam' })).layer).toBe('layer3');
    onnx.dispose();
  });
  expect(leaked).toBe(0);
});

test('a network in 8 bits says what to do, and still classifies', async () => {
  const model = small();
  const images = [{ data: new Float32Array(32 * 32 * 3).map((_, i) => Math.sin(i)), shape: [1, 32, 32, 3] }];
  const inEightBits = await quantize(model, { images });
  const parts = await saved(quantizedCheckpoint(inEightBits, createManifest({ architecture: 'resnet8_cifar' })));
  inEightBits.dispose();
  dispose(model);
  const leaked = await leakedTensors(async () => {
    const int8 = await ofFile('int8.safetensors', parts);
    expect(int8.closed).toContain('load the weights that it was quantized from');
    expect((await int8.open(chelsea)).predictions).toHaveLength(5);
    int8.dispose();
  });
  expect(leaked).toBe(0);
});
