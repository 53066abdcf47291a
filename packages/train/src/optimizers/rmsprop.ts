import type { Module } from '@resnetjs/core';
import * as tf from '@tensorflow/tfjs-core';
import { type Optimizer, optimizer, type WithGroups } from './optimizer.ts';
import type { UpdateRule } from './update-rule.ts';

/** What torch's `RMSprop` takes, but for the learning rate, which each step brings. */
export interface RmspropOptions {
  readonly alpha?: number;
  /** Added to the root, as torch does; TensorFlow adds it below the root. */
  readonly epsilon?: number;
  readonly momentum?: number;
  /** Divides by the root of the variance rather than of the mean square. */
  readonly centered?: boolean;
  /** Part of the gradient, not decoupled. */
  readonly weightDecay?: number;
}

/**
 * Divides each gradient by the root of its running mean square, step by step as `torch.optim.RMSprop`.
 *
 * @throws ConfigError if the groups do not fit the model.
 * @see Hinton, lecture 6 of Neural Networks for Machine Learning, https://www.cs.toronto.edu/~tijmen/csc321/slides/lecture_slides_lec6.pdf
 */
export const rmsprop = (model: Module, options: WithGroups<RmspropOptions> = {}): Optimizer => optimizer(rule, model, options);

const rule: UpdateRule<RmspropOptions> = {
  name: 'rmsprop',
  slots: ({ momentum = 0, centered = false }) => [
    'square_avg',
    ...(momentum ? ['momentum_buffer'] : []),
    ...(centered ? ['grad_avg'] : []),
  ],
  update({ parameter, gradient, slots, learningRate }, { alpha = 0.99, epsilon = 1e-8, momentum = 0, centered = false, weightDecay = 0 }) {
    const square = slots[0] as tf.Tensor;
    const slope = weightDecay ? tf.add(gradient, tf.mul(parameter, weightDecay)) : gradient;
    const nextSquare = tf.add(tf.mul(square, alpha), tf.mul(tf.square(slope), 1 - alpha));
    const mean = centered ? tf.add(tf.mul(slots.at(-1) as tf.Tensor, alpha), tf.mul(slope, 1 - alpha)) : undefined;
    const spread = mean ? tf.sub(nextSquare, tf.square(mean)) : nextSquare;
    const direction = tf.div(slope, tf.add(tf.sqrt(spread), epsilon));
    const velocity = momentum ? tf.add(tf.mul(slots[1] as tf.Tensor, momentum), direction) : undefined;
    const moved = tf.sub(parameter, tf.mul(velocity ?? direction, learningRate));
    return [moved, nextSquare, ...(velocity ? [velocity] : []), ...(mean ? [mean] : [])];
  },
  withMomentum: (options, momentum) => ({ ...options, momentum }),
};
