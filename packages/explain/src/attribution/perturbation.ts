import { uniform } from '@resnetjs/core';
import { ExplainError } from '../explain-error.ts';
import { type Grid, resample } from './grid.ts';
import { rangeOf } from './pixel-gradients.ts';

/** Methods that change the image and look at what comes of it, by name: they need no gradient, but many forward passes. */
export const PERTURBATION_METHODS = ['score-cam', 'occlusion', 'rise'] as const;
export type PerturbationMethod = (typeof PERTURBATION_METHODS)[number];

export interface PerturbationOptions {
  /** `occlusion`: side of the square that is hidden, in prepared pixels. Default a seventh of the image's side. */
  readonly patch?: number;
  /** `occlusion`: how far the square moves. Default half of it. */
  readonly stride?: number;
  /** What stands in a hidden pixel's place: a value of prepared pixels. Default 0, the mean colour. */
  readonly baseline?: number;
  /** `rise`: so many masks. Default 1000. */
  readonly masks?: number;
  /** `rise`: cells of a mask in each direction. Default 7. */
  readonly cells?: number;
  /** `rise`: the share of cells that stay. Default 0.5. */
  readonly keep?: number;
  /** `rise`: what the masks are drawn from. Default 0. */
  readonly seed?: number;
}

/** One image, and a way to run many changed copies of it. */
export interface PerturbedImage {
  /** `[H,W,C]` flat */
  readonly image: Float32Array;
  /** `[1,H,W,C]` */
  readonly shape: readonly number[];
  /** Runs images in batches. @param write puts the i-th into `pixels` @returns each one's outputs */
  readonly outputs: (count: number, write: (i: number, pixels: Float32Array) => void) => Promise<Float32Array[]>;
}

/** What a target makes of an image's outputs. */
export interface Scorer {
  readonly score: (outputs: Float32Array) => number;
  readonly probability: (outputs: Float32Array) => number;
}

/**
 * How much lower the score is for what is hidden, averaged over all squares that hide a pixel.
 *
 * @see Zeiler & Fergus 2013, section 4.2, https://arxiv.org/abs/1311.2901
 */
export async function occlusion(
  { image, shape, outputs }: PerturbedImage,
  scorers: readonly Scorer[],
  options: PerturbationOptions,
): Promise<Grid[]> {
  const [, height = 1, width = 1, channels = 1] = shape;
  const { patch = Math.max(1, Math.ceil(Math.min(width, height) / 7)), baseline = 0 } = options;
  const { stride = Math.max(1, Math.floor(patch / 2)) } = options;
  for (const [name, value] of Object.entries({ patch, stride }))
    if (!Number.isInteger(value) || value < 1 || value > Math.min(width, height))
      throw new ExplainError(`occlusion: '${name}' must be a whole number of pixels from 1 to ${Math.min(width, height)} but is ${value}.`);
  const places = startsOf(height, patch, stride).flatMap((top) => startsOf(width, patch, stride).map((left) => ({ top, left })));
  const hide = (i: number, pixels: Float32Array) => {
    pixels.set(image);
    if (i === 0) return; // the image itself
    const { top, left } = places[i - 1] as (typeof places)[number];
    for (let y = top; y < top + patch; y++) pixels.fill(baseline, (y * width + left) * channels, (y * width + left + patch) * channels);
  };
  const [whole, ...hidden] = (await outputs(places.length + 1, hide)) as [Float32Array, ...Float32Array[]];
  return scorers.map(({ score }) => {
    const data = new Float32Array(height * width);
    const times = new Float32Array(height * width);
    for (const [i, { top, left }] of places.entries()) {
      const drop = score(whole) - score(hidden[i] as Float32Array);
      for (let y = top; y < top + patch; y++)
        for (let p = y * width + left; p < y * width + left + patch; p++) {
          data[p] = (data[p] as number) + drop;
          times[p] = (times[p] as number) + 1;
        }
    }
    return { width, height, data: data.map((sum, p) => sum / (times[p] as number)) };
  });
}

/** Where squares start along an axis: every `stride`, and the last at its end. */
function startsOf(length: number, patch: number, stride: number): number[] {
  const last = length - patch;
  const starts = Array.from({ length: Math.floor(last / stride) + 1 }, (_, i) => i * stride);
  if (starts.at(-1) !== last) starts.push(last);
  return starts;
}

/**
 * The mean of random masks, weighed by the probability of the class for what each lets through.
 *
 * @see Petsiuk et al. 2018, https://arxiv.org/abs/1806.07421
 */
export async function rise(
  { image, shape, outputs }: PerturbedImage,
  scorers: readonly Scorer[],
  { masks: count = 1000, cells = 7, keep = 0.5, seed = 0, baseline = 0 }: PerturbationOptions,
): Promise<Grid[]> {
  if (!(keep > 0 && keep < 1)) throw new ExplainError(`rise: 'keep' must be a share between 0 and 1 but is ${keep}.`);
  for (const [name, value] of Object.entries({ masks: count, cells }))
    if (!Number.isInteger(value) || value < 1) throw new ExplainError(`rise: '${name}' must be a whole number from 1 but is ${value}.`);
  const [, height = 1, width = 1, channels = 1] = shape;
  const [cellWidth, cellHeight] = [Math.ceil(width / cells), Math.ceil(height / cells)];
  const side = cells + 1;
  // A mask is a pure function of its number, so that it is drawn again instead of kept.
  const mask = (i: number): Float32Array => {
    const draw = uniform(seed * 0x10000 + i * 0x100);
    const coarse = Float32Array.from({ length: side * side }, () => (draw() < keep ? 1 : 0));
    const [left, top] = [Math.floor(draw() * cellWidth), Math.floor(draw() * cellHeight)];
    const grid = { width: side, height: side, data: coarse };
    return resample(grid, width, height, {
      left: left / cellWidth,
      top: top / cellHeight,
      width: width / cellWidth,
      height: height / cellHeight,
    }).data;
  };
  const results = await outputs(count, (i, pixels) => {
    const kept = mask(i);
    for (let p = 0; p < pixels.length; p++)
      pixels[p] = baseline + (kept[Math.floor(p / channels)] as number) * ((image[p] as number) - baseline);
  });
  const sums = scorers.map(() => new Float64Array(width * height));
  for (const [i, result] of results.entries()) {
    const kept = mask(i);
    for (const [s, { probability }] of scorers.entries()) {
      const weight = probability(result) / (count * keep);
      const sum = sums[s] as Float64Array;
      for (let p = 0; p < kept.length; p++) sum[p] = (sum[p] as number) + weight * (kept[p] as number);
    }
  }
  return sums.map((sum) => ({ width, height, data: Float32Array.from(sum) }));
}

/**
 * A layer's channels, each weighed by the softmax over all of them of the score of the image that it lets through.
 *
 * @param activations `[h,w,K]` flat, of the layer
 * @see Wang et al. 2019, algorithm 1, https://arxiv.org/abs/1910.01279
 */
export async function scoreCam(
  { image, shape, outputs }: PerturbedImage,
  scorers: readonly Scorer[],
  activations: { readonly data: Float32Array; readonly width: number; readonly height: number },
): Promise<Grid[]> {
  const [, height = 1, width = 1, channels = 1] = shape;
  const pixels = activations.width * activations.height;
  const count = activations.data.length / pixels;
  const channel = (k: number): Grid => ({
    ...activations,
    data: Float32Array.from({ length: pixels }, (_, p) => activations.data[p * count + k] as number),
  });
  const results = await outputs(count, (k, masked) => {
    const { data } = resample(channel(k), width, height);
    const { min, max } = rangeOf(data);
    const scale = max > min ? 1 / (max - min) : 0; // a flat channel lets nothing through
    for (let p = 0; p < masked.length; p++) masked[p] = (image[p] as number) * ((data[Math.floor(p / channels)] as number) - min) * scale;
  });
  return scorers.map(({ score }) => {
    const scores = results.map(score);
    const most = Math.max(...scores);
    const weights = scores.map((value) => Math.exp(value - most));
    const sum = weights.reduce((a, b) => a + b, 0);
    const data = new Float32Array(pixels);
    for (let p = 0; p < pixels; p++) {
      let value = 0;
      for (let k = 0; k < count; k++) value += ((weights[k] as number) / sum) * (activations.data[p * count + k] as number);
      data[p] = Math.max(0, value);
    }
    return { ...activations, data };
  });
}
