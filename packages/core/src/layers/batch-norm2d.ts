import * as tf from '@tensorflow/tfjs-core';
import { ShapeError } from '../errors.ts';
import { constant } from '../initializer.ts';
import { checkMode, isReplay, type Mode } from '../mode.ts';
import { type Module, module, scoped } from '../module.ts';
import { relu } from '../ops/activations.ts';
import { batchNorm, batchNormTrain } from '../ops/norm.ts';
import { Parameter } from '../parameter.ts';
import { tracerOf } from '../trace.ts';

export interface BatchNorm2DOptions {
  /** Added to the variance. Torch's default, a hundredth of tfjs'. */
  readonly epsilon?: number;
  /** How far the running statistics move towards the batch's: torch's sense, 1 minus Keras'. */
  readonly momentum?: number;
  /** The scale's first value; 0 makes a residual branch start as nothing. */
  readonly scale?: number;
}

export interface BatchNorm2D extends Module {
  readonly weight: Parameter;
  readonly bias: Parameter;
  readonly running_mean: Parameter;
  readonly running_var: Parameter;
  /** Whether it infers while training: normalizes by its running statistics and leaves them alone. See `freezeBatchNorms` of `@resnetjs/train`. */
  frozen: boolean;
  /** The norm and a ReLU: what `relu` makes of `forward`'s result, to the last bit, while training in one pass over memory less each way. */
  rectified(x: tf.Tensor, mode: Mode): tf.Tensor;
}

/**
 * Normalizes each channel of `x`, `[N,H,W,C]`, then scales and shifts it.
 *
 * `'eval'` uses the running statistics; training uses the batch's mean and biased variance and moves the running
 * statistics by `momentum` (unbiased variance, as torch does).
 *
 * @throws ShapeError if C is not the layer's, or if N*H*W is below 2 in training.
 * @see Ioffe & Szegedy 2015, https://arxiv.org/abs/1502.03167
 */
export function batchNorm2d(channels: number, { epsilon = 1e-5, momentum = 0.1, scale = 1 }: BatchNorm2DOptions = {}): BatchNorm2D {
  const parts = {
    weight: new Parameter([channels], { role: 'norm', initializer: constant(scale) }),
    bias: new Parameter([channels], { role: 'norm', initializer: constant(0) }),
    running_mean: new Parameter([channels], { role: 'buffer', initializer: constant(0) }),
    running_var: new Parameter([channels], { role: 'buffer', initializer: constant(1) }),
    frozen: false as boolean,
  };
  const byBatch = (m: typeof parts, x: tf.Tensor, mode: Mode, rectifies: boolean): tf.Tensor => {
    const count = x.size / channels;
    if (count < 2)
      throw new ShapeError(
        `batchNorm2d: a batch of ${count === 1 ? 'one pixel' : 'no pixels'} per channel, [${x.shape.join(',')}], has no variance to train on. ` +
          'Use a larger batch or image.',
      );
    return batchNormTrain([x, m.weight, m.bias], {
      epsilon,
      relu: rectifies,
      ...(!isReplay(mode) && {
        observe: (mean: tf.Tensor, variance: tf.Tensor) => {
          move(m.running_mean, mean, momentum);
          move(m.running_var, tf.mul(variance, count / (count - 1)), momentum);
        },
      }),
    });
  };
  const infers = (m: typeof parts, x: tf.Tensor, mode: Mode): boolean => mode === 'eval' || m.frozen || tracerOf(x) !== undefined;
  const norm = module('batch norm', parts, (m, x, mode) =>
    infers(m, x, mode) ? batchNorm([x, m.weight, m.bias, m.running_mean, m.running_var], { epsilon }) : byBatch(m, x, mode, false),
  );
  const { forward } = norm;
  const rectified = (x: tf.Tensor, mode: Mode): tf.Tensor => {
    // Who put another forward pass there wants that run.
    if (infers(norm, x, mode) || norm.recomputed || norm.forward !== forward) return scoped(x, () => relu(norm.forward(x, mode)));
    checkMode(mode);
    return tf.tidy(() => byBatch(norm, x, mode, true));
  };
  // Not enumerable: a module that is made of this one's parts has a forward pass of its own, which is to run.
  return Object.defineProperty(norm, 'rectified', { value: rectified }) as typeof norm & Pick<BatchNorm2D, 'rectified'>;
}

/** A norm with an activation after it: at once where it is a ReLU and the norm can do both, see {@link BatchNorm2D}. */
export const activatedNorm =
  (activate: (x: tf.Tensor) => tf.Tensor) =>
  (norm: Module, x: tf.Tensor, mode: Mode): tf.Tensor => {
    const { rectified } = norm as Partial<BatchNorm2D>;
    return rectified && activate === relu ? rectified(x, mode) : activate(norm.forward(x, mode));
  };

function move(running: Parameter, towards: tf.Tensor, momentum: number): void {
  const { variable } = running;
  variable.assign(tf.add(tf.mul(variable, 1 - momentum), tf.mul(towards, momentum)));
}
