import { gradientsOf, normal } from '@resnetjs/core';
import * as tf from '@tensorflow/tfjs-core';
import { type RunOptions, run, type WrittenPass } from '../pass/written-pass.ts';
import type { Question } from './question.ts';

/** Methods that ask how the score changes with each pixel, by name. */
export const PIXEL_METHODS = ['saliency', 'input-x-gradient', 'smooth-grad', 'integrated-gradients', 'guided-backprop'] as const;
export type PixelMethod = (typeof PIXEL_METHODS)[number];

export interface PixelOptions {
  /** `smooth-grad`: so many noisy copies; `integrated-gradients`: so many steps from the baseline. Default 50. */
  readonly samples?: number;
  /** `smooth-grad`: the noise's standard deviation, as a share of the image's own range of values. Default 0.15. */
  readonly noise?: number;
  /** `smooth-grad`: what the noise is drawn from. Default 0. */
  readonly seed?: number;
  /** `integrated-gradients`: where it starts: a value of every prepared pixel. Default 0, the mean colour. */
  readonly baseline?: number;
  /** Images run at once. Default 8. */
  readonly batch?: number;
}

/** A score of one image as a function of its pixels. */
export interface PixelQuestion extends PixelOptions {
  readonly pass: WrittenPass;
  /** `[H,W,C]` flat */
  readonly image: Float32Array;
  /** `[1,H,W,C]` */
  readonly shape: readonly number[];
  /** The weight of each output in the score. */
  readonly weights: Float32Array;
  readonly values?: RunOptions['values'];
  readonly turn: Question['turn'];
}

/** How far the sum of all attributions is from what it has to be: the score's change from the baseline to the image. */
export interface Completeness {
  readonly sum: number;
  readonly change: number;
  /** |sum − change| / |change| */
  readonly relativeError: number;
}

/** @returns `[H,W]`: for `input-x-gradient` and `integrated-gradients` signed, for the others how much it matters. */
export async function pixelMap(
  method: PixelMethod,
  question: PixelQuestion,
): Promise<{ readonly data: Float32Array; readonly completeness?: Completeness }> {
  if (method === 'integrated-gradients') return integratedGradients(question);
  const { image, shape } = question;
  const channels = shape[3] as number;
  if (method === 'smooth-grad') return { data: largest(await smoothed(question), channels) };
  const gradient = await gradientOf(question, 1, () => image, { guided: method === 'guided-backprop' });
  return {
    data: method === 'input-x-gradient' ? summed(gradient, channels, image) : largest(gradient.map(Math.abs), channels),
  };
}

/** Of each pixel the largest of its channels. @see Simonyan et al. 2013, section 3.1, https://arxiv.org/abs/1312.6034 */
const largest = (values: Float32Array, channels: number): Float32Array =>
  Float32Array.from({ length: values.length / channels }, (_, i) => Math.max(...values.subarray(i * channels, (i + 1) * channels)));

/** Of each pixel its channels' values times `by`, summed. */
function summed(values: Float32Array, channels: number, by: ArrayLike<number>): Float32Array {
  const sums = new Float32Array(values.length / channels);
  for (let i = 0; i < values.length; i++) {
    const pixel = Math.floor(i / channels);
    sums[pixel] = (sums[pixel] as number) + (values[i] as number) * (by[i] as number);
  }
  return sums;
}

interface GradientOptions extends RunOptions {
  /** What becomes of the gradients `[n,H,W,C]` of a batch, before they are summed. */
  readonly each?: (gradients: tf.Tensor) => tf.Tensor;
}

/** The sum over `count` images of the score's gradient. @param at the i-th of them, used at once */
async function gradientOf(
  { pass, shape, weights, batch = 8, values, turn }: PixelQuestion,
  count: number,
  at: (i: number) => Float32Array,
  { each = (x) => x, guided = false }: GradientOptions = {},
): Promise<Float32Array> {
  const size = shape.reduce((product, d) => product * d, 1);
  const total = new Float64Array(size);
  for (let start = 0; start < count; start += batch) {
    await turn(start / count);
    const n = Math.min(batch, count - start);
    const data = new Float32Array(n * size);
    for (let i = 0; i < n; i++) data.set(at(start + i), i * size);
    const sum = tf.tidy(() => {
      const x = tf.tensor(data, [n, ...shape.slice(1)]);
      const asked = tf.tensor2d(weights, [1, weights.length]);
      const { gradients } = gradientsOf(() => {
        const [logits] = run(new Map([[pass.input, x]]), [pass.output], { guided, ...(values && { values }) }) as [tf.Tensor];
        return tf.sum(tf.mul(logits, asked));
      }, [x]);
      return tf.sum(each(gradients[0] ?? tf.zerosLike(x)), 0);
    });
    const sums = (await sum.data()) as Float32Array;
    sum.dispose();
    for (let i = 0; i < size; i++) total[i] = (total[i] as number) + (sums[i] as number);
  }
  return Float32Array.from(total);
}

/** @see Smilkov et al. 2017, https://arxiv.org/abs/1706.03825 */
async function smoothed(question: PixelQuestion): Promise<Float32Array> {
  const { image, samples = 50, noise = 0.15, seed = 0 } = question;
  const { min, max } = rangeOf(image);
  const deviation = noise * (max - min);
  const draw = normal(seed);
  const sum = await gradientOf(question, samples, () => image.map((value) => value + deviation * draw()), { each: tf.abs });
  return sum.map((value) => value / samples);
}

export function rangeOf(values: Float32Array): { min: number; max: number } {
  let [min, max] = [Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY];
  for (const value of values) {
    if (value < min) min = value;
    if (value > max) max = value;
  }
  return { min, max };
}

/** By the midpoint rule. @see Sundararajan et al. 2017, equation 3, https://arxiv.org/abs/1703.01365 */
async function integratedGradients(question: PixelQuestion): Promise<{ data: Float32Array; completeness: Completeness }> {
  const { pass, image, shape, weights, samples: steps = 50, baseline = 0, values } = question;
  const gradient = await gradientOf(question, steps, (i) => image.map((value) => baseline + ((i + 0.5) / steps) * (value - baseline)));
  const way = image.map((value) => (value - baseline) / steps);
  const data = summed(gradient, shape[3] as number, way);
  const ends = tf.tidy(() => {
    const both = tf.concat([tf.tensor(image, [...shape]), tf.fill([...shape], baseline)]);
    const [logits] = run(new Map([[pass.input, both]]), [pass.output], values ? { values } : {}) as [tf.Tensor];
    return tf.sum(tf.mul(logits, tf.tensor2d(weights, [1, weights.length])), 1);
  });
  const [end = 0, start = 0] = await ends.data();
  ends.dispose();
  const sum = data.reduce((total, value) => total + value, 0);
  const change = end - start;
  return { data, completeness: { sum, change, relativeError: Math.abs(sum - change) / Math.abs(change) } };
}
