import * as tf from '@tensorflow/tfjs-core';
import { arithmetic } from './arithmetic.ts';
import { reductions } from './reduction.ts';
import { shaping } from './shaping.ts';

/**
 * Registers the gradients of the stock tfjs operations that stand between ours: arithmetic, reductions, reshapes.
 * (Convolutions, norms and pools carry theirs with them.) tfjs-core alone has none in Node, and its own cannot be
 * imported there. Those that are registered already, by `@tensorflow/tfjs` say, stay; calling again does nothing.
 */
export function registerGradients(): void {
  for (const rule of [...arithmetic, ...reductions, ...shaping])
    if (!tf.getGradient(rule.kernelName)) tf.registerGradient(rule as unknown as tf.GradConfig);
}
