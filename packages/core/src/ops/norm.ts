import * as tf from '@tensorflow/tfjs-core';
import { ShapeError } from '../errors.ts';
import { differentiable, kernel, operation } from '../op.ts';
import { reluGradient } from './activations.ts';
import { checkPerChannel, imageHint, imageShape } from './image-shape.ts';

interface Affine {
  readonly x: tf.Tensor4D;
  readonly scale: tf.Tensor1D;
  readonly offset: tf.Tensor1D;
}

interface Statistics {
  readonly mean: tf.Tensor1D;
  readonly variance: tf.Tensor1D;
}

/** What the gradient of a batch norm is computed from. */
interface NormGradient extends Statistics {
  readonly dy: tf.Tensor4D;
  readonly x: tf.Tensor4D;
  readonly scale: tf.Tensor1D;
}

export interface Epsilon {
  readonly epsilon: number;
}

/** tfjs takes offset before scale, and an epsilon 100 times torch's if none is given. */
const normalize = ({ x, scale, offset, mean, variance }: Affine & Statistics, { epsilon }: Epsilon): tf.Tensor =>
  tf.batchNorm(x, mean, variance, offset, scale, epsilon);

/**
 * Normalization by given statistics. Inputs: x `[N,H,W,C]`, scale, offset, mean and variance `[C]`. Result as x.
 *
 * Gradients reach x, scale and offset; the statistics are taken as constants.
 */
export const batchNorm = operation<Epsilon, Affine & Statistics, NormGradient>({
  name: 'batchNorm',
  inputs: ['x', 'scale', 'offset', 'mean', 'variance'],
  constants: ['mean', 'variance'],
  shape: ([x = [], ...perChannel]) => checkChannels(x, perChannel, ['scale', 'offset', 'mean', 'variance']),
  forward: normalize,
  saved: ({ x, scale, mean, variance }) => ({ x, scale, mean, variance }),
  backward: ({ dy, x, scale, mean, variance }, { epsilon }) => {
    const inverse = tf.rsqrt(tf.add(variance, epsilon));
    const normalized = tf.mul(tf.sub(x, mean), inverse);
    return [tf.mul(dy, tf.mul(scale, inverse)), sumOverPixels(tf.mul(dy, normalized)), sumOverPixels(dy)];
  },
});

export interface BatchNormTrainAttributes extends Epsilon, Rectification {
  /** Called once during the forward pass with the batch's mean and biased variance, `[C]`, which are freed after it. */
  readonly observe?: (mean: tf.Tensor1D, variance: tf.Tensor1D) => void;
}

interface Rectification {
  /** Whether a ReLU follows. */
  readonly relu?: boolean;
}

/** The result, and the batch's mean and biased variance. */
const normalizeByBatch = kernel('ResNetBatchNormTrain', (inputs: Affine, { epsilon, relu }: Epsilon & Rectification) => {
  const mean = tf.mean(inputs.x, [0, 1, 2]) as tf.Tensor1D;
  // Two passes: E[x²] - E[x]² cancels where the mean is large.
  const variance = tf.mean(tf.square(tf.sub(inputs.x, mean)), [0, 1, 2]) as tf.Tensor1D;
  const y = normalize({ ...inputs, mean, variance }, { epsilon });
  return [relu ? tf.relu(y) : y, mean, variance];
});

interface RectifiedGradient extends NormGradient {
  /** The result of the ReLU that follows, if one does. */
  readonly y?: tf.Tensor4D;
}

const gradientThroughBatch = kernel('ResNetBatchNormTrainGrad', (given: RectifiedGradient, { epsilon }: Epsilon) => {
  const { x, y, scale, mean, variance } = given;
  const dy = y ? (reluGradient({ dy: given.dy, y }, {})[0] as tf.Tensor4D) : given.dy;
  const pixels = x.size / (x.shape[3] ?? 1);
  const inverse = tf.rsqrt(tf.add(variance, epsilon));
  const normalized = tf.mul(tf.sub(x, mean), inverse);
  const dScale = sumOverPixels(tf.mul(dy, normalized));
  const dOffset = sumOverPixels(dy);
  const centered = tf.sub(tf.sub(dy, tf.div(dOffset, pixels)), tf.mul(normalized, tf.div(dScale, pixels)));
  return [tf.mul(centered, tf.mul(scale, inverse)), dScale, dOffset];
});

/**
 * Normalization by the batch's own mean and biased variance, with the full gradient through both, and a ReLU if one is asked for,
 * which then costs no pass over memory of its own. Inputs: x `[N,H,W,C]`, scale and offset `[C]`. Result as x.
 *
 * A backend may register `ResNetBatchNormTrain` and `ResNetBatchNormTrainGrad`.
 *
 * @see Ioffe & Szegedy 2015, https://arxiv.org/abs/1502.03167
 */
export const batchNormTrain = operation<BatchNormTrainAttributes, Affine, RectifiedGradient>({
  name: 'batchNormTrain',
  inputs: ['x', 'scale', 'offset'],
  shape: ([x = [], ...perChannel]) => checkChannels(x, perChannel, ['scale', 'offset']),
  forward: (inputs, { epsilon, relu = false, observe }) => {
    const outputs = normalizeByBatch(inputs, { epsilon, relu });
    const [, mean, variance] = outputs as [tf.Tensor4D, tf.Tensor1D, tf.Tensor1D];
    observe?.(mean, variance);
    return outputs;
  },
  saved: ({ x, scale }, [y, mean, variance], { relu }) => ({
    ...{ x, scale, mean: mean as tf.Tensor1D, variance: variance as tf.Tensor1D },
    ...(relu && { y: y as tf.Tensor4D }),
  }),
  backward: (given, { epsilon }) => gradientThroughBatch(given, { epsilon }),
});

const sumOverPixels = (x: tf.Tensor): tf.Tensor => tf.sum(x, [0, 1, 2]);

function checkChannels(x: readonly number[], perChannel: readonly (readonly number[])[], names: readonly string[]): readonly number[] {
  const [, , , channels] = imageShape('batchNorm', x);
  const [scale = []] = perChannel;
  if (scale.length === 1 && scale[0] !== channels)
    throw new ShapeError(`batchNorm: expected [N,H,W,${scale[0]}] but received [${x.join(',')}].${imageHint(x, scale[0])}`);
  for (const [i, name] of names.entries()) checkPerChannel('batchNorm', name, perChannel[i] ?? [], channels);
  return x;
}

/**
 * Normalization of each sample by itself, channels in groups that share mean and variance. Inputs: x `[N,H,W,C]`,
 * scale and offset `[C]`. Result as x.
 *
 * @see Wu & He 2018, https://arxiv.org/abs/1803.08494
 */
export const groupNorm = operation<Epsilon & { readonly groups: number }>({
  name: 'groupNorm',
  shape: ([x = [], scale = [], offset = []], { groups }) => {
    const [, , , channels] = imageShape('groupNorm', x);
    if (scale.length === 1 && scale[0] !== channels)
      throw new ShapeError(`groupNorm: expected [N,H,W,${scale[0]}] but received [${x.join(',')}].${imageHint(x, scale[0])}`);
    checkPerChannel('groupNorm', 'scale', scale, channels);
    checkPerChannel('groupNorm', 'offset', offset, channels);
    if (channels % groups) throw new ShapeError(`groupNorm: ${groups} groups do not divide the ${channels} channels of [${x.join(',')}].`);
    return x;
  },
  run: ([input, scale, offset], { groups, epsilon }) => {
    const x = input as tf.Tensor4D;
    const [n, h, w, c] = x.shape;
    const grouped = standardize({ x: tf.reshape(x, [n, h * w, groups, c / groups]) }, { axes: [1, 3], epsilon });
    return tf.add(tf.mul(tf.reshape(grouped, x.shape), scale as tf.Tensor), offset as tf.Tensor);
  },
});

interface StandardizeAttributes extends Epsilon {
  readonly axes: readonly number[];
}

interface StandardizeGradient {
  readonly dy: tf.Tensor;
  readonly y: tf.Tensor;
  /** 1 / √(variance + epsilon) */
  readonly inverse: tf.Tensor;
}

const meanAlong = (x: tf.Tensor, axes: readonly number[]): tf.Tensor => tf.mean(x, [...axes], true);

/** (x − mean) / √(variance + epsilon) along some axes, variance biased, with the gradient through both. Result as x. */
export const standardize = differentiable<StandardizeAttributes, { readonly x: tf.Tensor }, StandardizeGradient>({
  forward: ({ x }, { axes, epsilon }) => {
    const rough = tf.sub(x, meanAlong(x, axes));
    // The mean of many float32 values is off by some roundings; that of what is left of them is not.
    const centered = tf.sub(rough, meanAlong(rough, axes));
    const inverse = tf.rsqrt(tf.add(meanAlong(tf.square(centered), axes), epsilon));
    return [tf.mul(centered, inverse), inverse];
  },
  saved: (_, [y, inverse]) => ({ y: y as tf.Tensor, inverse: inverse as tf.Tensor }),
  backward: ({ dy, y, inverse }, { axes }) =>
    tf.mul(inverse, tf.sub(tf.sub(dy, meanAlong(dy, axes)), tf.mul(y, meanAlong(tf.mul(dy, y), axes)))),
});
