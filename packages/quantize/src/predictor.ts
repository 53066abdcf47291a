import { asFloats, fastKernel, formatShape, type Mode, type Predictor, ShapeError } from '@resnetjs/core';
import * as tf from '@tensorflow/tfjs-core';
import type { QuantizedPlan } from './plan.ts';
import { type PortablePass, portablePass } from './portable/portable-pass.ts';

/** A network in 8 bits. It can be used wherever a predictor can, for images of the one size that it was made for. */
export interface QuantizedPredictor extends Predictor {
  /** What it computes, as data. */
  readonly plan: QuantizedPlan;
}

/**
 * What runs a plan: the backend's kernel `ResNetQuantizedPass` where it has one, else the portable form. Both give the same bits.
 *
 * @param kind for summaries.
 * @returns the caller disposes it.
 */
export function quantizedPredictor(plan: QuantizedPlan, kind: string): QuantizedPredictor {
  const owner = tf.keep(tf.scalar(0));
  const { shape } = plan.values[plan.input] as { readonly shape: readonly number[] };
  let portable: PortablePass | undefined;
  return {
    kind: `${kind}, in 8 bits`,
    plan,
    forward(x: tf.Tensor, mode: Mode): tf.Tensor {
      if (mode !== 'eval')
        throw new TypeError('A network in 8 bits cannot train. Train the model it was made from, and quantize it again.');
      if (owner.isDisposed) throw new TypeError('This quantized network was disposed. Make or load it again.');
      if (!(x instanceof tf.Tensor))
        throw new TypeError('A network in 8 bits is a plan already. Trace or summarize the model it was made from.');
      if (x.shape.length !== shape.length + 1 || x.shape[0] === 0 || shape.some((size, i) => size !== x.shape[i + 1]))
        throw new ShapeError(
          `This network was quantized for ${formatShape(['N', ...shape])} but received ${formatShape(x.shape)}. ` +
            'Prepare images in that size, or quantize the model again with images of this one.',
        );
      return tf.tidy(() => {
        const images = asFloats('quantized predictor', x);
        const fast = fastKernel('ResNetQuantizedPass', { x: images, owner }, { plan })?.[0];
        if (fast) return fast;
        portable ??= portablePass(plan);
        return portable.run(images);
      });
    },
    dispose() {
      owner.dispose();
      portable?.dispose();
      portable = undefined;
      for (const step of plan.steps) if (step.kind === 'float') step.release();
    },
  };
}
