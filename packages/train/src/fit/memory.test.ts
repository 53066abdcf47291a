import { useWasm } from '@resnetjs/backend-wasm';
import { dispose } from '@resnetjs/core';
import { loader } from '@resnetjs/data';
import { heldBytes } from '@resnetjs/testing/javascript-memory';
import * as tf from '@tensorflow/tfjs-core';
import { expect, test } from 'vitest';
import { ema } from '../optimizers/ema.ts';
import { sgd } from '../optimizers/sgd.ts';
import { STRIPE_COLOURS, stripedImages } from '../test/striped-images.ts';
import { tinyNet } from '../test/tiny-net.ts';
import { fit } from './fit.ts';
import { lowestLoss } from './history.ts';

const STEPS = 2000;

test('over 2,000 steps tensors stay as many, and memory as large', async () => {
  await useWasm({ threads: 1 });
  const model = tinyNet({ channels: 3, dropRate: 0.1 });
  const optimizer = sgd(model, { momentum: 0.9 });
  const average = ema(model);
  const colours = { batchSize: 8, normalization: STRIPE_COLOURS };
  const train = loader(stripedImages(800), { ...colours, shuffle: true });
  const events = fit(model, {
    train,
    validation: loader(stripedImages(12, { seed: 9 }), colours),
    epochs: STEPS / train.batchesPerEpoch,
    optimizer,
    schedule: 0.01,
    ema: average,
    best: lowestLoss,
    clipNorm: 1,
  });
  const { wasm } = tf.backend() as unknown as { wasm: { HEAPU8: Uint8Array } };
  const seen: { step: number; tensors: number; bytes: number; heap: number; held: number }[] = [];
  for await (const event of events)
    if (event.type === 'step' && event.step % 100 === 50) {
      const { numTensors, numBytes } = tf.memory();
      seen.push({
        step: event.step,
        tensors: numTensors,
        bytes: numBytes,
        heap: wasm.HEAPU8.byteLength,
        held: heldBytes(),
      });
    }
  expect(seen).toHaveLength(STEPS / 100);
  const [first, last] = [seen[1], seen.at(-1)] as [(typeof seen)[number], (typeof seen)[number]];
  expect(new Set(seen.map(({ tensors }) => tensors))).toEqual(new Set([first.tensors]));
  expect(new Set(seen.map(({ bytes }) => bytes))).toEqual(new Set([first.bytes]));
  expect(last.heap).toBe(first.heap);
  // A batch of images is 6 KiB: one that leaked at each of 1,800 steps would be 10 MiB.
  expect(last.held - first.held).toBeLessThan(4 * 2 ** 20);
  average.dispose();
  optimizer.dispose();
  dispose(model);
}, 120_000);
