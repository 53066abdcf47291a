import { dispose, type Module } from '@resnetjs/core';
import { sgd, trainStep } from '@resnetjs/train';
import * as tf from '@tensorflow/tfjs-core';
import type { ConformanceCase } from '../conformance-case.ts';
import { expectSame } from '../expect.ts';
import { type TrainingReference, tinyBatch, tinyImages, tinyNet, trainingReferences } from './tiny-nets.ts';

const given = trainingReferences[1] as TrainingReference;

/** What tfjs and the backend itself hold. */
const held = () => [tf.memory().numTensors, tf.memory().numBytes, tf.engine().backend.numDataIds()];

async function expectFlat(model: Module, call: () => Promise<unknown>): Promise<void> {
  await call(); // what is made once, filters in another form for instance, may stay
  const before = held();
  for (let i = 0; i < 2; i++) await call();
  const after = held();
  dispose(model);
  expectSame('tensors, bytes and buffers after two more times', after, before);
}

/** Nothing grows. */
export const memory: readonly ConformanceCase[] = [
  {
    name: 'predicting again and again takes no more memory',
    run: async () => {
      const model = tinyNet(given);
      await expectFlat(model, async () => {
        const y = tf.tidy(() => model.forward(tinyImages(given), 'eval'));
        await y.data();
        y.dispose();
      });
    },
  },
  {
    name: 'training again and again takes no more memory',
    run: async () => {
      const model = tinyNet(given);
      const optimizer = sgd(model, { momentum: 0.9 });
      const batch = tinyBatch(given);
      await expectFlat(model, () => trainStep(model, batch, { optimizer, learningRate: 0.01, seed: 1 }));
      optimizer.dispose();
    },
  },
  {
    name: 'a forward pass that fails takes no memory',
    run: async () => {
      const model = tinyNet(given);
      await expectFlat(model, async () => {
        const x = tf.zeros([1, 17, 17, 4]); // a channel too many
        try {
          model.forward(x, 'eval');
        } catch {
          return;
        } finally {
          x.dispose();
        }
        throw new Error('must throw');
      });
    },
  },
];
