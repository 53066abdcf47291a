import {
  classify,
  conv2d,
  dispose,
  dropout,
  initialize,
  loadStateDict,
  type Module,
  optimizeForInference,
  sequential,
  stateDict,
} from '@resnetjs/core';
import { formulaInput, formulaWeights } from '@resnetjs/testing/formula';
import resnet20 from '@resnetjs/testing/golden/resnet20_cifar.json' with { type: 'json' };
import { createModel } from '@resnetjs/zoo';
import * as tf from '@tensorflow/tfjs-core';
import type { ConformanceCase } from '../conformance-case.ts';
import { expectClose, expectSame } from '../expect.ts';
import { slowInSoftware } from '../skip-reasons.ts';
import { type TrainingReference, tinyBatch, tinyImages, tinyNet, trainingReferences } from './tiny-nets.ts';

/** float32 through a whole network; the references' own float32 error is a tenth of it. */
const LOGITS = 5e-6;

async function logitsOf(model: Module, images: tf.Tensor4D): Promise<ArrayLike<number>> {
  const logits = model.forward(images, 'eval');
  images.dispose();
  const values = await logits.data();
  logits.dispose();
  return values;
}

/** Whole networks that predict, and what is around them. */
export const networks: readonly ConformanceCase[] = [
  ...trainingReferences.flatMap((given): ConformanceCase[] => [
    {
      name: `the ${given.name} network: PyTorch's logits`,
      run: async () => {
        const model = tinyNet(given);
        expectClose('logits', await logitsOf(model, tinyImages(given)), given.logits, LOGITS);
        dispose(model);
      },
    },
    {
      name: `the ${given.name} network, optimized for inference: the same logits`,
      run: async () => {
        const model = tinyNet(given);
        const { shape } = tinyBatch(given);
        const predictor = optimizeForInference(model, shape);
        expectClose('logits', await logitsOf(predictor, tinyImages(given)), given.logits, LOGITS);
        predictor.dispose();
        dispose(model);
      },
    },
  ]),
  {
    name: "resnet20_cifar with formula weights: PyTorch's logits",
    skip: slowInSoftware,
    run: async () => {
      const model = createModel('resnet20_cifar');
      loadStateDict(model, formulaWeights(resnet20.names));
      const { data, shape } = formulaInput(resnet20.eval.input);
      expectClose('logits', await logitsOf(model, tf.tensor4d(data, shape)), resnet20.eval.logits.flat(), LOGITS);
      dispose(model);
    },
  },
  {
    name: 'classify gives probabilities, also of logits that overflow an exponential',
    run: async () => {
      const model = conv2d(1, 3, { kernel: 1 });
      const flat: Module = { kind: 'flat', forward: (x, mode) => tf.tidy(() => tf.reshape(model.forward(x, mode), [-1, 3])) };
      loadStateDict(model, new Map([['weight', { shape: [3, 1, 1, 1], data: Float32Array.of(1000, 999, -1000) }]]));
      const [best] = await classify(flat, { data: Float32Array.of(1), shape: [1, 1, 1, 1] }, ['a', 'b', 'c']);
      // 1 / (1 + e⁻¹) and its rest
      expectClose('probabilities', best?.map(({ probability }) => probability) ?? [], [0.7310586, 0.2689414, 0], 1e-6);
      dispose(model);
    },
  },
  {
    name: 'classify gives the sigmoid of a single logit, which is yes or no',
    run: async () => {
      const flat: Module = { kind: 'flat', forward: (x) => tf.tidy(() => tf.reshape(x, [-1, 1])) };
      const image = { data: Float32Array.of(Math.log(3)), shape: [1, 1, 1, 1] };
      const [only = []] = await classify(flat, image, ['spam']);
      const [both = []] = await classify(flat, image, ['ham', 'spam']);
      expectSame(
        'places of spam; spam, ham',
        [...only, ...both].map(({ index }) => index),
        [0, 1, 0],
      );
      // 3 / (3 + 1), and its rest
      expectClose(
        'probabilities',
        [...only, ...both].map(({ probability }) => probability),
        [0.75, 0.75, 0.25],
        1e-5,
      );
    },
  },
  {
    name: 'a state dict comes back bit by bit',
    run: async () => {
      const model = tinyNet(trainingReferences[0] as TrainingReference);
      const before = await stateDict(model);
      loadStateDict(model, before);
      for (const [name, { data }] of await stateDict(model)) expectSame(name, data, before.get(name)?.data ?? []);
      dispose(model);
    },
  },
  {
    name: 'what is drawn at random is the same as on every backend',
    run: async () => {
      const model = sequential(conv2d(1, 1, { kernel: 1 }), dropout(0.5));
      initialize(model, { seed: 1 });
      loadStateDict(model, new Map([['0.weight', { shape: [1, 1, 1, 1], data: Float32Array.of(1) }]]));
      const y = tf.tidy(() => model.forward(tf.ones([1, 4, 4, 1]), { seed: 7 }));
      expectSame('kept', await y.data(), DROPPED_BY_SEED_7);
      y.dispose();
      dispose(model);
    },
  },
];

/** From tfjs' cpu backend; the mask is drawn in JavaScript. */
const DROPPED_BY_SEED_7 = [2, 2, 0, 0, 0, 2, 2, 0, 2, 2, 2, 0, 2, 0, 2, 2];
