import type { TraceNode } from '@resnetjs/core';
import * as tf from '@tensorflow/tfjs-core';
import { run } from '../pass/written-pass.ts';
import type { BlocksInPass } from './blocks-of.ts';

/** Something small that is computed of values within a pass. */
export interface Probe {
  readonly reads: readonly TraceNode[];
  /** Called inside of `tf.tidy`. */
  readonly of: (values: readonly tf.Tensor[]) => tf.Tensor;
}

/**
 * Runs one pass block by block, so that no more than a block's values are held at once, and asks each probe on the way.
 *
 * @param x `[N,H,W,C]`; stays the caller's.
 * @returns what each probe made, in their order; the caller's.
 */
export function probe({ pass, blocks }: BlocksInPass, x: tf.Tensor, probes: readonly Probe[]): tf.Tensor[] {
  const made = new Map<Probe, tf.Tensor>();
  let [place, value] = [pass.input, x];
  try {
    for (const boundary of new Set([...blocks.map(({ output }) => output), pass.output])) {
      const within = probes.filter((one) => !made.has(one) && one.reads.every(({ id }) => id <= boundary.id));
      const wanted = [...new Set([boundary, ...within.flatMap(({ reads }) => reads)])];
      const [next, ...results] = tf.tidy(() => {
        const given = new Map([
          [pass.input, x],
          [place, value],
        ]);
        const values = new Map(run(given, wanted).map((found, i) => [wanted[i] as TraceNode, found]));
        const read = (node: TraceNode) => values.get(node) as tf.Tensor;
        return [tf.clone(read(boundary)), ...within.map((one) => one.of(one.reads.map(read)))];
      }) as [tf.Tensor, ...tf.Tensor[]];
      if (value !== x) value.dispose();
      [place, value] = [boundary, next];
      for (const [i, one] of within.entries()) made.set(one, results[i] as tf.Tensor);
    }
    return probes.map((one) => made.get(one) as tf.Tensor);
  } catch (error) {
    tf.dispose([...made.values()]);
    throw error;
  } finally {
    if (value !== x) value.dispose();
  }
}
