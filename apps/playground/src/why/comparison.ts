import { dispose, initialize, type Module, parameters } from '@resnetjs/core';
import { createRandom, permutation } from '@resnetjs/data';
import { gradients, type Optimizer, sgd } from '@resnetjs/train';
import * as tf from '@tensorflow/tfjs-core';
import { DIGIT_SIDE, type Digits } from '../digits/digits.ts';
import { buildNet, layersOf, type NetKind, type NetOptions } from './nets.ts';

export interface ComparisonOptions extends NetOptions {
  readonly nets: readonly NetKind[];
  readonly learningRate: number;
  readonly batchSize: number;
  /** Of each net. */
  readonly steps: number;
  /** Of the first weights and of the order of the digits. */
  readonly seed: number;
}

/** One step of one net. Plain data, to be posted. */
export interface ComparisonStep {
  readonly net: NetKind;
  /** From 1. */
  readonly step: number;
  /** Cross-entropy of the batch before the step; not finite where the net has diverged, and then it trains no more. */
  readonly loss: number;
  /** Length of the loss' gradient with respect to each layer's weights, first layer first. */
  readonly gradientNorms: readonly number[];
  readonly parameters: number;
  readonly seconds: number;
}

const MOMENTUM = 0.9;
/** Of MNIST's training pixels, as torch's examples have them. */
const [MEAN, DEVIATION] = [0.1307, 0.3081];

interface Contestant {
  readonly kind: NetKind;
  readonly net: Module;
  readonly layers: readonly (readonly string[])[];
  readonly optimizer: Optimizer;
  readonly parameters: number;
}

/**
 * Trains nets on the same digits in the same order, a step of each in turn, by SGD with momentum 0.9 and a constant rate.
 * Leaving the loop ends it. Needs a backend; frees all it made there.
 */
export async function* compare(digits: Digits, options: ComparisonOptions): AsyncGenerator<ComparisonStep, void, void> {
  const { nets, learningRate, batchSize, steps, seed } = options;
  const contestants: Contestant[] = [];
  try {
    for (const kind of nets) contestants.push(enter(kind, options));
    const racing = new Set(contestants);
    for (let step = 1; step <= steps && racing.size > 0; step++) {
      const batch = batchOf(digits, { step, batchSize, seed });
      for (const contestant of racing) {
        const began = performance.now();
        const measured = await take(contestant, batch, learningRate);
        if (!Number.isFinite(measured.loss)) racing.delete(contestant);
        const { kind: net, parameters } = contestant;
        yield { net, step, parameters, ...measured, seconds: (performance.now() - began) / 1000 };
      }
    }
  } finally {
    for (const { net, optimizer } of contestants) {
      optimizer.dispose();
      dispose(net);
    }
  }
}

function enter(kind: NetKind, options: ComparisonOptions): Contestant {
  const net = buildNet(kind, options);
  initialize(net, { seed: options.seed });
  const count = [...parameters(net).values()].reduce((sum, { role, size }) => sum + (role === 'buffer' ? 0 : size), 0);
  return { kind, net, layers: layersOf(net), optimizer: sgd(net, { momentum: MOMENTUM }), parameters: count };
}

interface DigitBatch {
  readonly images: Float32Array;
  readonly shape: [number, number, number, number];
  readonly labels: Int32Array;
}

/** One step. A loss that is not finite leaves the weights as they are. */
async function take(
  { net, layers, optimizer }: Contestant,
  { images, shape, labels }: DigitBatch,
  learningRate: number,
): Promise<{ loss: number; gradientNorms: number[] }> {
  const x = tf.tensor4d(images, shape);
  const { loss, grads } = gradients(net, x, labels);
  x.dispose();
  try {
    const squares = tf.tidy(() =>
      tf.stack(layers.map((names) => tf.addN(names.map((name) => tf.sum(tf.square(grads.get(name) as tf.Tensor)))))),
    );
    const norms = Array.from(await squares.data(), Math.sqrt);
    squares.dispose();
    const value = (await loss.data())[0] as number;
    if (Number.isFinite(value)) optimizer.step(grads, { learningRate });
    return { loss: value, gradientNorms: norms };
  } finally {
    tf.dispose([loss, ...grads.values()]);
  }
}

/** Batches in an order of the seed's, another one each time through; the few digits that fill no batch are left out. */
function batchOf(digits: Digits, { step, batchSize, seed }: { step: number; batchSize: number; seed: number }): DigitBatch {
  const size = DIGIT_SIDE * DIGIT_SIDE;
  const images = new Float32Array(batchSize * size);
  const labels = new Int32Array(batchSize);
  const perEpoch = Math.floor(digits.count / batchSize);
  const order = permutation(digits.count, createRandom(seed, Math.floor((step - 1) / perEpoch)));
  const first = ((step - 1) % perEpoch) * batchSize;
  for (let i = 0; i < batchSize; i++) {
    const index = order[first + i] as number;
    labels[i] = digits.label(index);
    for (const [k, value] of digits.pixels(index).entries()) images[i * size + k] = (value / 255 - MEAN) / DEVIATION;
  }
  return { images, shape: [batchSize, DIGIT_SIDE, DIGIT_SIDE, 1], labels };
}
