import * as tf from '@tensorflow/tfjs-core';

/** A gradient by kernel name: what it needs kept, and the gradient of each input as a thunk that runs only if it is wanted. */
export interface Rule {
  readonly kernelName: string;
  /** Inputs to keep for the backward pass, by the kernel's own names, in the order in which `saved` has them. */
  readonly inputsToSave?: string[];
  /** For kernels whose inputs are a plain list. */
  readonly saveAllInputs?: boolean;
  /** Whether the result is kept too, after the inputs. */
  readonly outputsToSave?: boolean[];
  readonly gradFunc: (dy: tf.Tensor, saved: tf.Tensor[], attributes: tf.NamedAttrMap) => Record<string, () => tf.Tensor>;
}

/** `dy` summed over the axes along which an operand of `shape` was broadcast. */
export function unbroadcast(dy: tf.Tensor, shape: readonly number[]): tf.Tensor {
  const extra = dy.rank - shape.length;
  const axes = dy.shape.flatMap((d, i) => (i < extra || (shape[i - extra] === 1 && d !== 1) ? [i] : []));
  return tf.reshape(axes.length ? tf.sum(dy, axes) : dy, [...shape]);
}
