import { classify, dispose, initialize, type Module, optimizeForInference, ShapeError } from '@resnetjs/core';
import { cifarResnet, mlpResnet } from '@resnetjs/zoo';
import * as tf from '@tensorflow/tfjs-core';
import type { ConformanceCase } from '../conformance-case.ts';
import { expectClose, expectSame } from '../expect.ts';
import { slowInSoftware } from '../skip-reasons.ts';

type Shape = readonly number[];

const TRACED = [1, 16, 16, 3] as const;
const images = (shape: Shape): tf.Tensor => tf.randomUniform([...shape], -1, 1, 'float32', 5);

/** Shapes that a network for colour images must refuse, and what its error says. */
const MISFITS: readonly [shape: Shape, says: string][] = [
  [[1, 16, 16, 4], 'drop alpha'],
  [[1, 16, 16, 1], 'repeat the channel'],
  [[1, 3, 16, 16], 'NCHW'],
  [[16, 16, 3], 'Add a batch dimension'],
  [[3, 16, 16], 'Add a batch dimension'],
  [[16, 3], ''],
  [[768], ''],
  [[], ''],
  [[1, 1, 16, 16, 3], ''],
  [[1, 0, 16, 3], ''],
  [[1, 16, 0, 3], ''],
  [[1, 16, 16, 0], ''],
];

async function expectRefused(what: string, shape: Shape, says: string, call: (x: tf.Tensor) => unknown): Promise<void> {
  const x = tf.zeros([...shape]);
  const before = tf.memory().numTensors;
  let error: unknown;
  try {
    await call(x);
  } catch (thrown) {
    error = thrown;
  }
  if (!(error instanceof ShapeError) || !error.message.includes(says))
    throw new Error(`${what} of [${shape}]: expected a ShapeError that says '${says}', but got ${error ?? 'a result'}`);
  expectSame(`${what} of [${shape}]: tensors left over`, [tf.memory().numTensors], [before]);
  x.dispose();
}

/** Folding rounds each filter once more; then some ten layers. */
const FOLDED = 5e-6;

async function expectAsModel(predictor: Module, model: Module, shape: Shape): Promise<void> {
  const x = images(shape);
  const [actual, expected] = [predictor.forward(x, 'eval'), model.forward(x, 'eval')];
  expectClose(`logits of [${shape}]`, await actual.data(), await expected.data(), FOLDED);
  tf.dispose([x, actual, expected]);
}

/** A recorded pass looks at no shape, so what is in front of it must. */
export const predictorDoor: readonly ConformanceCase[] = [
  {
    name: 'a predictor refuses shapes that do not fit, before and after its pass is recorded, and so do its model and classify',
    skip: slowInSoftware,
    run: async () => {
      const model = cifarResnet({ depth: 8, planes: [4, 4, 4], classes: 3 });
      initialize(model, { seed: 1 });
      const predictor = optimizeForInference(model, TRACED);
      const refuse = async () => {
        for (const [shape, says] of MISFITS) {
          await expectRefused('a predictor', shape, says, (x) => predictor.forward(x, 'eval'));
          await expectRefused('a model', shape, says, (x) => model.forward(x, 'eval'));
          await expectRefused('classify', shape, says, (x) => classify(predictor, { data: new Float32Array(x.size), shape }));
        }
        await expectRefused('a predictor', [0, 16, 16, 3], 'nothing to predict from', (x) => predictor.forward(x, 'eval'));
      };
      await refuse();
      for (let i = 0; i < 3; i++) await expectAsModel(predictor, model, TRACED);
      await refuse();
      await expectAsModel(predictor, model, TRACED);
      predictor.dispose();
      dispose(model);
    },
  },
  {
    name: 'a predictor takes other batches, heights and widths than it was made with, as often as they change',
    skip: slowInSoftware,
    run: async () => {
      const model = cifarResnet({ depth: 8, planes: [4, 4, 4], classes: 3 });
      initialize(model, { seed: 1 });
      const predictor = optimizeForInference(model, TRACED);
      for (const shape of [TRACED, [2, 16, 16, 3], [1, 9, 23, 3], TRACED, [1, 9, 23, 3], [3, 1, 1, 3]])
        await expectAsModel(predictor, model, shape);
      predictor.dispose();
      dispose(model);
    },
  },
  {
    name: 'a network of one size, and its predictor, take no image of as many values in another form',
    run: async () => {
      const model = mlpResnet({ blocks: 1, size: 4, channels: 3, features: 6, hidden: 3, classes: 2 });
      initialize(model, { seed: 1 });
      const predictor = optimizeForInference(model, [1, 4, 4, 3]);
      for (const [shape, says] of [
        [[1, 3, 4, 4], 'NCHW'],
        [[1, 2, 8, 3], 'expected [N,4,4,3]'],
        [[4, 4, 3], ''],
      ] as const) {
        await expectRefused('a predictor', shape, says, (x) => predictor.forward(x, 'eval'));
        await expectRefused('a model', shape, says, (x) => model.forward(x, 'eval'));
      }
      await expectAsModel(predictor, model, [2, 4, 4, 3]);
      predictor.dispose();
      dispose(model);
    },
  },
];
