import type * as tf from '@tensorflow/tfjs-core';
import type { Targets } from './targets.ts';

/**
 * How far logits `[N,classes]` are from what they should be: a scalar, owned by the caller, with a gradient.
 * The labels may be checked against the logits; nothing else is thrown.
 */
export type Loss = (logits: tf.Tensor2D, targets: Targets) => tf.Scalar;
