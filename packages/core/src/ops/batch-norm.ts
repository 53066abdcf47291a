import * as tf from '@tensorflow/tfjs-core';
import { ShapeError } from '../errors.ts';
import { fastKernel, operation } from '../op.ts';
import { imageHint } from './image-hint.ts';
import { checkPerChannel, imageShape } from './window.ts';

/**
 * Normalization by given statistics. Inputs: x `[N,H,W,C]`, scale, offset, mean and variance `[C]`. Result as x.
 *
 * Gradients reach x, scale and offset; the statistics are taken as constants.
 */
export const batchNorm = operation<{ readonly epsilon: number }>({
  name: 'batchNorm',
  shape: ([x = [], ...perChannel]) => checkChannels(x, perChannel, ['scale', 'offset', 'mean', 'variance']),
  run: ([x, scale, offset, mean, variance], { epsilon }) => {
    const statistics = { mean: mean as tf.Tensor1D, variance: variance as tf.Tensor1D };
    return normalizeBy(statistics, epsilon)(x as tf.Tensor4D, scale as tf.Tensor1D, offset as tf.Tensor1D);
  },
});

const normalizeBy = ({ mean, variance }: { mean: tf.Tensor1D; variance: tf.Tensor1D }, epsilon: number) =>
  tf.customGrad((x, scale, offset, save) => {
    (save as tf.GradSaveFunc)([x as tf.Tensor, scale as tf.Tensor, mean, variance]);
    return {
      // tfjs takes offset before scale, and an epsilon 100 times torch's if none is given.
      value: tf.batchNorm(x as tf.Tensor4D, mean, variance, offset as tf.Tensor1D, scale as tf.Tensor1D, epsilon),
      gradFunc: (dy: tf.Tensor, saved: tf.Tensor[]) => {
        const [x, scale, mean, variance] = saved as [tf.Tensor4D, tf.Tensor1D, tf.Tensor1D, tf.Tensor1D];
        const inverse = tf.rsqrt(tf.add(variance, epsilon));
        const normalized = tf.mul(tf.sub(x, mean), inverse);
        return [tf.mul(dy, tf.mul(scale, inverse)), sumOverPixels(tf.mul(dy, normalized)), sumOverPixels(dy)];
      },
    };
  }) as (x: tf.Tensor4D, scale: tf.Tensor1D, offset: tf.Tensor1D) => tf.Tensor;

export interface BatchNormTrainAttributes {
  readonly epsilon: number;
  /** Called once during the forward pass with the batch's mean and biased variance, `[C]`, which are freed after it. */
  readonly observe?: (mean: tf.Tensor1D, variance: tf.Tensor1D) => void;
}

/**
 * Normalization by the batch's own mean and biased variance, with the full gradient through both.
 * Inputs: x `[N,H,W,C]`, scale and offset `[C]`. Result as x.
 *
 * A backend may register `ResNetBatchNormTrain` and `ResNetBatchNormTrainGrad`.
 *
 * @see Ioffe & Szegedy 2015, https://arxiv.org/abs/1502.03167
 */
export const batchNormTrain = operation<BatchNormTrainAttributes>({
  name: 'batchNormTrain',
  shape: ([x = [], ...perChannel]) => checkChannels(x, perChannel, ['scale', 'offset']),
  run: ([x, scale, offset], { epsilon, observe }) =>
    normalizeByBatch(epsilon, observe)(x as tf.Tensor4D, scale as tf.Tensor1D, offset as tf.Tensor1D),
});

const normalizeByBatch = (epsilon: number, observe: BatchNormTrainAttributes['observe']) =>
  tf.customGrad((x, scale, offset, save) => {
    const inputs = { x: x as tf.Tensor4D, scale: scale as tf.Tensor1D, offset: offset as tf.Tensor1D };
    const [value, mean, variance] = (fastKernel('ResNetBatchNormTrain', inputs, { epsilon }) ?? forward(inputs, epsilon)) as [
      tf.Tensor4D,
      tf.Tensor1D,
      tf.Tensor1D,
    ];
    observe?.(mean, variance);
    (save as tf.GradSaveFunc)([inputs.x, inputs.scale, mean, variance]);
    return {
      value,
      gradFunc: (dy: tf.Tensor, saved: tf.Tensor[]) => {
        const [x, scale, mean, variance] = saved as [tf.Tensor4D, tf.Tensor1D, tf.Tensor1D, tf.Tensor1D];
        const inputs = { dy: dy as tf.Tensor4D, x, scale, mean, variance };
        return fastKernel('ResNetBatchNormTrainGrad', inputs, { epsilon }) ?? backward(inputs, epsilon);
      },
    };
  }) as (x: tf.Tensor4D, scale: tf.Tensor1D, offset: tf.Tensor1D) => tf.Tensor;

interface ForwardInputs {
  readonly x: tf.Tensor4D;
  readonly scale: tf.Tensor1D;
  readonly offset: tf.Tensor1D;
}

function forward({ x, scale, offset }: ForwardInputs, epsilon: number): [tf.Tensor4D, tf.Tensor1D, tf.Tensor1D] {
  const mean = tf.mean(x, [0, 1, 2]) as tf.Tensor1D;
  // Two passes: E[x²] - E[x]² cancels where the mean is large.
  const variance = tf.mean(tf.square(tf.sub(x, mean)), [0, 1, 2]) as tf.Tensor1D;
  return [tf.batchNorm(x, mean, variance, offset, scale, epsilon), mean, variance];
}

interface BackwardInputs {
  readonly dy: tf.Tensor4D;
  readonly x: tf.Tensor4D;
  readonly scale: tf.Tensor1D;
  readonly mean: tf.Tensor1D;
  readonly variance: tf.Tensor1D;
}

function backward({ dy, x, scale, mean, variance }: BackwardInputs, epsilon: number): tf.Tensor[] {
  const pixels = x.size / (x.shape[3] ?? 1);
  const inverse = tf.rsqrt(tf.add(variance, epsilon));
  const normalized = tf.mul(tf.sub(x, mean), inverse);
  const dScale = sumOverPixels(tf.mul(dy, normalized));
  const dOffset = sumOverPixels(dy);
  const centered = tf.sub(tf.sub(dy, tf.div(dOffset, pixels)), tf.mul(normalized, tf.div(dScale, pixels)));
  return [tf.mul(centered, tf.mul(scale, inverse)), dScale, dOffset];
}

const sumOverPixels = (x: tf.Tensor): tf.Tensor => tf.sum(x, [0, 1, 2]);

function checkChannels(x: readonly number[], perChannel: readonly (readonly number[])[], names: readonly string[]): readonly number[] {
  const [, , , channels] = imageShape('batchNorm', x);
  const [scale = []] = perChannel;
  if (scale.length === 1 && scale[0] !== channels)
    throw new ShapeError(`batchNorm: expected [N,H,W,${scale[0]}] but received [${x.join(',')}].${imageHint(x, scale[0])}`);
  for (const [i, name] of names.entries()) checkPerChannel('batchNorm', name, perChannel[i] ?? [], channels);
  return x;
}
