import type { FoldedPass } from '@resnetjs/core';
import * as tf from '@tensorflow/tfjs-core';
import type { Observed } from './calibrate/calibrate.ts';
import { floatPass } from './calibrate/float-pass.ts';
import { shareBeyond } from './calibrate/thresholds.ts';
import type { Lowered } from './lower/builder.ts';
import type { QuantizedPlan, ValueId } from './plan.ts';
import { portablePass } from './portable/portable-pass.ts';
import { LEVELS } from './rounding.ts';

/** What 8 bits do to a layer. */
export interface LayerReport {
  /** The layer's name in the model. */
  readonly name: string;
  readonly computedIn: 'int8' | 'float32';
  /**
   * 10 * log10 of the power of what the layer gives in float by that of the difference to what it gives in 8 bits, everything before it
   * in 8 bits, too. Infinity where there is none.
   */
  readonly signalToNoiseDb: number;
  /** Which share of the calibration's values is clamped, 0 to 1. */
  readonly saturated: number;
}

/** Of the layers of a plan, in their order, measured on images. */
export async function reportOn(
  pass: FoldedPass,
  { plan, sources }: Lowered,
  { observed, images }: { readonly observed: Observed; readonly images: tf.Tensor },
): Promise<LayerReport[]> {
  const layers = pass.steps.filter((step) => step.kind !== 'operation');
  const made = new Map(layers.map(({ output }) => [output, sources.indexOf(output)]));
  const inEight = await valuesIn(plan, images, new Set(made.values()));
  const noise = new Map<number, number>();
  const float = floatPass(pass);
  try {
    const result = await float.run(images, async (value, tensor) => {
      const id = made.get(value);
      const quantized = id === undefined ? undefined : inEight.get(id);
      if (quantized && id !== undefined)
        noise.set(value, decibels((await tensor.data()) as Float32Array, quantized, plan.values[id]?.scale ?? 1));
    });
    result.dispose();
  } finally {
    float.dispose();
  }
  const onIntegers = new Set(plan.steps.flatMap((step) => (step.kind === 'conv' || step.kind === 'affine' ? [step.output] : [])));
  return layers.map(({ name, output }) => {
    const id = made.get(output) as ValueId;
    const { type, scale } = plan.values[id] as QuantizedPlan['values'][number];
    const histogram = observed.values.get(output);
    return {
      name,
      computedIn: onIntegers.has(id) ? 'int8' : 'float32',
      signalToNoiseDb: noise.get(output) ?? Number.POSITIVE_INFINITY,
      saturated: type === 'f32' || !histogram ? 0 : shareBeyond(histogram, scale * (LEVELS[type] + 0.5)),
    };
  });
}

/** Some values that a plan makes of images, as they are in it. */
async function valuesIn(plan: QuantizedPlan, images: tf.Tensor, wanted: ReadonlySet<ValueId>): Promise<Map<ValueId, Float32Array>> {
  const portable = portablePass(plan);
  const kept = new Map<ValueId, tf.Tensor>();
  const values = new Map<ValueId, Float32Array>();
  try {
    portable
      .run(images, (id, tensor) => {
        if (wanted.has(id)) kept.set(id, tf.clone(tensor));
      })
      .dispose();
    for (const [id, tensor] of kept) values.set(id, (await tensor.data()) as Float32Array);
  } finally {
    tf.dispose([...kept.values()]);
    portable.dispose();
  }
  return values;
}

function decibels(float: Float32Array, quantized: Float32Array, scale: number): number {
  let signal = 0;
  let noise = 0;
  for (const [i, x] of float.entries()) {
    signal += x ** 2;
    noise += (x - (quantized[i] as number) * scale) ** 2;
  }
  return noise === 0 ? Number.POSITIVE_INFINITY : 10 * Math.log10(signal / noise);
}
