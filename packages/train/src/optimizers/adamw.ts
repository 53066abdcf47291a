import { fastKernel, type Module } from '@resnetjs/core';
import * as tf from '@tensorflow/tfjs-core';
import { type Optimizer, optimizer, type WithGroups } from './optimizer.ts';
import type { UpdateRule } from './update-rule.ts';

/** What torch's `AdamW` takes, but for the learning rate, which each step brings. */
export interface AdamWOptions {
  readonly beta1?: number;
  readonly beta2?: number;
  readonly epsilon?: number;
  /** Decoupled: the parameter shrinks by the learning rate times this, whatever its gradient. */
  readonly weightDecay?: number;
}

/**
 * Adam with decoupled weight decay, step by step as `torch.optim.AdamW`. A scheduled momentum moves `beta1`.
 *
 * @throws ConfigError if the groups do not fit the model.
 * @see Loshchilov & Hutter 2017, https://arxiv.org/abs/1711.05101
 */
export const adamw = (model: Module, options: WithGroups<AdamWOptions> = {}): Optimizer => optimizer(rule, model, options);

const rule: UpdateRule<AdamWOptions> = {
  name: 'adamw',
  slots: () => ['exp_avg', 'exp_avg_sq'],
  update({ parameter, gradient, slots, step, learningRate }, { beta1 = 0.9, beta2 = 0.999, epsilon = 1e-8, weightDecay = 0.01 }) {
    const [first, second] = slots as [tf.Tensor, tf.Tensor];
    const attributes = { learningRate, beta1, beta2, epsilon, weightDecay, step };
    const fast = fastKernel('ResNetAdamW', { parameter, gradient, first, second }, attributes);
    if (fast) return fast;
    const mean = tf.add(tf.mul(first, beta1), tf.mul(gradient, 1 - beta1));
    const square = tf.add(tf.mul(second, beta2), tf.mul(tf.square(gradient), 1 - beta2));
    const root = tf.add(tf.div(tf.sqrt(square), Math.sqrt(1 - beta2 ** step)), epsilon);
    const shrunk = tf.mul(parameter, 1 - learningRate * weightDecay);
    return [tf.sub(shrunk, tf.div(tf.mul(mean, learningRate / (1 - beta1 ** step)), root)), mean, square];
  },
  withMomentum: (options, momentum) => ({ ...options, beta1: momentum }),
};
