import {
  basicBlock,
  batchNorm2d,
  bottleneck,
  conv2d,
  globalAveragePool,
  linear,
  loadStateDict,
  type Module,
  maxPool2d,
  module,
  relu,
} from '@resnetjs/core';
import { formulaInput, formulaWeights } from '@resnetjs/testing/formula';
import * as tf from '@tensorflow/tfjs-core';
import reference from '../../golden/training.json' with { type: 'json' };

/** What a tiny network does in PyTorch, from `golden/make_training.py`. */
export interface TrainingReference {
  readonly name: string;
  /** NCHW */
  readonly input: number[];
  readonly options: {
    readonly optimizer: 'sgd' | 'adamw';
    readonly learningRate: number;
    readonly momentum?: number;
    readonly weightDecay: number;
  };
  readonly names: Readonly<Record<string, number[]>>;
  readonly logits: number[];
  readonly losses: number[];
  readonly f32LossError: number;
  readonly norms: Readonly<Record<string, number>>;
  readonly f32NormError: number;
}

export const trainingReferences = reference.nets as unknown as readonly TrainingReference[];

const stem = (kernel: number, stride: number) => ({ conv1: conv2d(3, 8, { kernel, stride }), bn1: batchNorm2d(8) });

const nets: Readonly<Record<string, () => Module>> = {
  small: () =>
    module(
      'small',
      { ...stem(3, 1), layer1: basicBlock(8, 8), layer2: basicBlock(8, 16, { stride: 2 }), fc: linear(16, 4) },
      (m, x, mode) => {
        const h = relu(m.bn1.forward(m.conv1.forward(x, mode), mode));
        return m.fc.forward(globalAveragePool(m.layer2.forward(m.layer1.forward(h, mode), mode)), mode);
      },
    ),
  grouped: () =>
    module(
      'grouped',
      { ...stem(7, 2), layer1: bottleneck(8, 8, { stride: 2, groups: 4, groupWidth: 16 }), fc: linear(32, 4) },
      (m, x, mode) => {
        const h = maxPool2d({ kernel: 3, stride: 2, padding: 1 })(relu(m.bn1.forward(m.conv1.forward(x, mode), mode)));
        return m.fc.forward(globalAveragePool(m.layer1.forward(h, mode)), mode);
      },
    ),
};

/** One of them, filled by the formula. */
export function tinyNet({ name, names }: TrainingReference): Module {
  const model = (nets[name] as () => Module)();
  loadStateDict(model, formulaWeights(names));
  return model;
}

/** Its images as a batch: NHWC, and the labels 0, 1, 2, 3, 0, … */
export function tinyBatch({ input }: TrainingReference) {
  const { data, shape } = formulaInput(input);
  const numbers = Array.from({ length: shape[0] }, (_, i) => i);
  return { images: data, shape, labels: Int32Array.from(numbers, (i) => i % 4), indices: Int32Array.from(numbers) };
}

export const tinyImages = (given: TrainingReference): tf.Tensor4D => {
  const { data, shape } = formulaInput(given.input);
  return tf.tensor4d(data, shape);
};
