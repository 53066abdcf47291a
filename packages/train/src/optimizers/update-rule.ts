import type * as tf from '@tensorflow/tfjs-core';

/** What changes from step to step. */
export interface StepRates {
  readonly learningRate: number;
  /** Instead of the optimizer's own momentum, where a schedule moves it (as a one-cycle may). */
  readonly momentum?: number;
}

/** One parameter at one step. */
export interface Update {
  readonly parameter: tf.Tensor;
  readonly gradient: tf.Tensor;
  /** What the rule keeps of this parameter, in the order of its slots: zeros before its first step. */
  readonly slots: readonly tf.Tensor[];
  /** Which step of this parameter it is, from 1. */
  readonly step: number;
  readonly learningRate: number;
}

/** How an optimizer changes one parameter. */
export interface UpdateRule<O> {
  /** `sgd`, `adamw`. */
  readonly name: string;
  /** What is kept of each parameter, by torch's names. */
  slots(options: O): readonly string[];
  /** @returns the parameter's new value and the new slots, in their order: new tensors. */
  update(update: Update, options: O): readonly tf.Tensor[];
  /** The options with another momentum. */
  withMomentum(options: O, momentum: number): O;
}
