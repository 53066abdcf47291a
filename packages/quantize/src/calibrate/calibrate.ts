import type { FoldedPass } from '@resnetjs/core';
import type * as tf from '@tensorflow/tfjs-core';
import type { Scales } from '../lower/builder.ts';
import { QuantizeError } from '../quantize-error.ts';
import { LEVELS } from '../rounding.ts';
import { floatPass } from './float-pass.ts';
import { type Histogram, histogram } from './histogram.ts';
import { shareBeyond, type ThresholdOptions, threshold } from './thresholds.ts';

/** What images made of every value of a pass. */
export interface Observed {
  readonly values: ReadonlyMap<number, Histogram>;
  /** Of convolutions' results before the addition, by the convolution's output. */
  readonly branches: ReadonlyMap<number, Histogram>;
  /** How many images came. */
  readonly images: number;
}

/**
 * Runs images through the pass in float, and counts what comes.
 *
 * @throws QuantizeError if a value is NaN or infinite, naming the layer.
 */
export async function observe(
  pass: FoldedPass,
  batches: AsyncIterable<tf.Tensor>,
  onProgress?: (images: number) => void,
): Promise<Observed> {
  const values = new Map<number, Histogram>();
  const branches = new Map<number, Histogram>();
  const float = floatPass(pass);
  let images = 0;
  const count = async (into: Map<number, Histogram>, value: number, tensor: tf.Tensor): Promise<void> => {
    const counted = into.get(value) ?? histogram();
    into.set(value, counted);
    counted.add((await tensor.data()) as Float32Array);
    if (counted.nonFinite > 0)
      throw new QuantizeError(`${nameOf(pass, value)}: NaN or infinite where images were run through it.${BAD_VALUES}`);
  };
  try {
    for await (const batch of batches) {
      const logits = await float.run(batch, async (value, tensor, branch) => {
        await count(values, value, tensor);
        if (branch) await count(branches, value, branch);
      });
      logits.dispose();
      images += batch.shape[0] ?? 0;
      onProgress?.(images);
    }
  } finally {
    float.dispose();
  }
  return { values, branches, images };
}

const BAD_VALUES = ' Look at the weights, at how images are prepared, and at the images themselves.';

/** What made a value, for messages. */
function nameOf({ steps, input }: FoldedPass, value: number): string {
  if (value === input) return 'the images';
  const step = steps.find(({ output }) => output === value);
  return step?.name || 'the network';
}

/** The scales that observed values ask for. */
export function scalesOf({ values, branches }: Pick<Observed, 'values' | 'branches'>, options: ThresholdOptions): Scales {
  const known = new Map<string, number>();
  const scale = (from: ReadonlyMap<number, Histogram>, which: string) => (value: number, type: 'u8' | 'i8') => {
    const key = `${which} ${value} ${type}`;
    const found = known.get(key) ?? scaleFor(from.get(value) as Histogram, LEVELS[type], options);
    known.set(key, found);
    return found;
  };
  return { of: scale(values, 'value'), ofBranch: scale(branches, 'branch') };
}

/** Below float32's normal numbers a scale would lose its bits. */
const LEAST_SCALE = 2 ** -126;

/** A value that was 0 in every image, a dead layer's, has no scale of its own: 1 does, for 0 stays 0. */
function scaleFor(observed: Histogram, levels: number, options: ThresholdOptions): number {
  const scale = Math.fround(threshold(observed, levels, options) / levels);
  return scale < LEAST_SCALE ? 1 : scale;
}

/** Which share of what was observed is clamped. */
export const saturation = (observed: Histogram, scale: number, levels: number): number => shareBeyond(observed, scale * levels);
