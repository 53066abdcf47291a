import { ConfigError, fastKernel, type Module } from '@resnetjs/core';
import * as tf from '@tensorflow/tfjs-core';
import { type Optimizer, optimizer, type WithGroups } from './optimizer.ts';
import type { Update, UpdateRule } from './update-rule.ts';

/** What torch's `SGD` takes, but for the learning rate, which each step brings. */
export interface SgdOptions {
  readonly momentum?: number;
  readonly dampening?: number;
  readonly nesterov?: boolean;
  readonly weightDecay?: number;
}

/**
 * Stochastic gradient descent, step by step as `torch.optim.SGD`: weight decay is part of the gradient, the velocity is
 * `momentum · v + (1 − dampening) · g`, and the first velocity is the gradient itself.
 *
 * @throws ConfigError for Nesterov's momentum without momentum or with dampening, or groups that do not fit the model.
 */
export function sgd(model: Module, options: WithGroups<SgdOptions> = {}): Optimizer {
  for (const { nesterov, momentum = 0, dampening = 0 } of [options, ...(options.groups ?? []).map((own) => ({ ...options, ...own }))])
    if (nesterov && (momentum <= 0 || dampening !== 0))
      throw new ConfigError(
        `sgd: Nesterov's momentum needs a momentum above 0 and no dampening, but they are ${momentum} and ${dampening}.`,
      );
  return optimizer(rule, model, options);
}

const rule: UpdateRule<SgdOptions> = {
  name: 'sgd',
  slots: ({ momentum = 0 }) => (momentum ? ['momentum_buffer'] : []),
  update: (update, { weightDecay = 0, ...options }) => descend(update, { ...options, weightDecay }),
  withMomentum: (options, momentum) => ({ ...options, momentum }),
};

/** One step of momentum down a gradient; also how LARS and RMSprop end. */
export function descend(
  { parameter, gradient, slots: [velocity], step, learningRate }: Update,
  { momentum = 0, dampening = 0, nesterov = false, weightDecay = 0 }: SgdOptions,
): tf.Tensor[] {
  const inputs = { parameter, gradient, ...(velocity && { velocity }) };
  const attributes = { learningRate, weightDecay, momentum, dampening, nesterov, first: step === 1 };
  const fast = fastKernel('ResNetSGD', inputs, attributes);
  if (fast) return fast;
  const slope = weightDecay ? tf.add(gradient, tf.mul(parameter, weightDecay)) : gradient;
  if (!velocity) return [tf.sub(parameter, tf.mul(slope, learningRate))];
  const moved = step === 1 ? tf.clone(slope) : tf.add(tf.mul(velocity, momentum), dampening ? tf.mul(slope, 1 - dampening) : slope);
  const direction = nesterov ? tf.add(slope, tf.mul(moved, momentum)) : moved;
  return [tf.sub(parameter, tf.mul(direction, learningRate)), moved];
}
