import { type ImageBatch, type Module, optimizeForInference } from '@resnetjs/core';
import * as tf from '@tensorflow/tfjs-core';
import { ExplainError } from '../explain-error.ts';
import type { Explainable } from '../explainable.ts';
import type { Layer } from '../pass/layer.ts';
import { type RunOptions, run, type WrittenPass } from '../pass/written-pass.ts';
import type { ExplainOptions } from './explanation.ts';
import type { Grid } from './grid.ts';
import type { PerturbedImage } from './perturbation.ts';
import type { Completeness } from './pixel-gradients.ts';
import { bestOf, type Classes, classesOf, type Target, targetIndex } from './target.ts';

/** What one call of `explain` knows. */
export interface Question extends RunOptions {
  readonly network: Explainable;
  readonly pass: WrittenPass;
  /** `[N,H,W,C]` */
  readonly images: ImageBatch;
  readonly options: ExplainOptions;
  /** Before each batch: lets others have their turn, and throws where nobody wants more. @param share of the work that is done, 0 to 1 */
  readonly turn: (share: number) => Promise<void>;
}

/** The turns of one of several parts of equal size. */
export const partOf =
  (turn: Question['turn'], part: number, parts: number): Question['turn'] =>
  (share) =>
    turn((part + share) / parts);

/** A map before it is laid onto a photo. */
export interface Found {
  readonly grid: Grid;
  readonly completeness?: Completeness;
}

/** What a method finds: for each image a list, of all targets. */
export interface Maps {
  readonly found: readonly (readonly Found[])[];
  readonly logits: readonly Float32Array[];
  readonly targets: readonly (readonly number[])[];
  readonly classes: Classes;
  readonly layer?: Layer;
}

/** The classes of an image list that are asked about, as places in the output. */
export function targetsOf(
  { network, options: { target } }: Question,
  logits: readonly Float32Array[],
): { targets: number[][]; classes: Classes } {
  const classes = classesOf(network, (logits[0] as Float32Array).length);
  if (target === undefined) return { targets: logits.map((outputs) => [bestOf(outputs, classes)]), classes };
  const list = (Array.isArray(target) ? target : [target]) as readonly Target[];
  if (list.length === 0) throw new ExplainError('explain: the list of targets is empty.');
  const places = list.map((one) => targetIndex(one, classes));
  return { targets: logits.map(() => places), classes };
}

/** The n rows of a tensor `[n, …]`, which is freed. */
export async function rowsOf(x: tf.Tensor): Promise<Float32Array[]> {
  try {
    const values = (await x.data()) as Float32Array;
    const [count = 1] = x.shape;
    const size = values.length / count;
    return Array.from({ length: count }, (_, i) => values.slice(i * size, (i + 1) * size));
  } finally {
    x.dispose();
  }
}

/** Each image's outputs. */
export const logitsOf = ({ pass, images, values }: Pick<Question, 'pass' | 'images' | 'values'>): Promise<Float32Array[]> =>
  rowsOf(
    tf.tidy(
      () =>
        run(new Map([[pass.input, tf.tensor(images.data, [...images.shape])]]), [pass.output], values ? { values } : {})[0] as tf.Tensor,
    ),
  );

/** Many forward passes: through the folded network, which is made for them and freed. */
export function forwardMany(
  { pass, options: { batch = 16 }, values }: Pick<Question, 'pass' | 'options' | 'values'>,
  shape: readonly number[],
): { outputs(turn: Question['turn']): PerturbedImage['outputs']; dispose(): void } {
  const predictor = values ? undefined : optimizeForInference(pass.model, shape);
  const model: Pick<Module, 'forward'> = predictor ?? {
    forward: (x) => run(new Map([[pass.input, x]]), [pass.output], values ? { values } : {})[0] as tf.Tensor,
  };
  const size = shape.reduce((product, d) => product * d, 1);
  return {
    outputs: (turn) => async (count, write) => {
      const results: Float32Array[] = [];
      for (let start = 0; start < count; start += batch) {
        await turn(start / count);
        const n = Math.min(batch, count - start);
        const pixels = new Float32Array(n * size);
        for (let i = 0; i < n; i++) write(start + i, pixels.subarray(i * size, (i + 1) * size));
        results.push(...(await rowsOf(tf.tidy(() => model.forward(tf.tensor(pixels, [n, ...shape.slice(1)]), 'eval')))));
      }
      return results;
    },
    dispose: () => predictor?.dispose(),
  };
}
