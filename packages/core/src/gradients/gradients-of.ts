import * as tf from '@tensorflow/tfjs-core';
import { registerGradients } from './register.ts';

/** A value, and its gradient by each tensor it was asked for; all the caller's to dispose. */
export interface ValueAndGradients<T extends tf.Tensor> {
  readonly value: T;
  /** In the order of the tensors; undefined for one that the value does not depend on. */
  readonly gradients: readonly (tf.Tensor | undefined)[];
}

/**
 * Computes `f` and the gradient of its sum by each of `xs`: any tensors that it reads, variables among them. What only others need
 * is not computed. A computation that fails leaves nothing behind.
 */
export function gradientsOf<T extends tf.Tensor>(f: () => T, xs: readonly tf.Tensor[]): ValueAndGradients<T> {
  registerGradients();
  try {
    // The engine's own, for tf.variableGrads leaves out variables that were made while their part was frozen.
    const { value, grads } = tf.engine().gradients(f, [...xs], undefined, true);
    return { value, gradients: grads.map((gradient) => gradient ?? undefined) };
  } catch (error) {
    clearTape();
    throw error;
  }
}

/** tfjs clears its tape after a backward pass; what a forward pass that failed had saved for one would stay. */
function clearTape(): void {
  const { state } = tf.engine();
  for (const { saved } of state.activeTape ?? []) tf.dispose(saved ?? []);
  state.activeTape = [];
}
