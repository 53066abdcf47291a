import type { Module } from '@resnetjs/core';
import * as tf from '@tensorflow/tfjs-core';
import { type Optimizer, optimizer, type WithGroups } from './optimizer.ts';
import { descend, type SgdOptions } from './sgd.ts';
import type { UpdateRule } from './update-rule.ts';

export interface LarsOptions extends SgdOptions {
  /** How large a step may be beside the weights it changes. */
  readonly trust?: number;
  readonly epsilon?: number;
  /** Whether the rate adapts to the layer; switch it off in a group of norms and biases, as large-batch recipes do. */
  readonly adapt?: boolean;
}

/**
 * SGD for large batches, each layer's gradient scaled by `trust · ‖w‖ / (‖g‖ + weightDecay · ‖w‖)` before the momentum,
 * as timm's `Lars` does.
 *
 * @throws ConfigError if the groups do not fit the model.
 * @see You et al. 2017, https://arxiv.org/abs/1708.03888
 */
export const lars = (model: Module, options: WithGroups<LarsOptions> = {}): Optimizer => optimizer(rule, model, options);

const rule: UpdateRule<LarsOptions> = {
  name: 'lars',
  slots: ({ momentum = 0 }) => (momentum ? ['momentum_buffer'] : []),
  update(update, { trust = 0.001, epsilon = 1e-8, adapt = true, weightDecay = 0, ...options }) {
    if (!adapt) return descend(update, { ...options, weightDecay });
    const { parameter, gradient } = update;
    const weights = length(parameter);
    const slope = length(gradient);
    const ratio = tf.div(tf.mul(weights, trust), tf.add(tf.add(slope, tf.mul(weights, weightDecay)), epsilon));
    // A layer of zeros, or one without a gradient, has no ratio: it moves as SGD would.
    const scale = tf.where(tf.logicalAnd(tf.greater(weights, 0), tf.greater(slope, 0)), ratio, tf.onesLike(ratio));
    return descend({ ...update, gradient: tf.mul(tf.add(gradient, tf.mul(parameter, weightDecay)), scale) }, options);
  },
  withMomentum: (options, momentum) => ({ ...options, momentum }),
};

const length = (x: tf.Tensor): tf.Scalar => tf.sqrt(tf.sum(tf.square(x))) as tf.Scalar;
