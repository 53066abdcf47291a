import type { ConvGeometry } from '../ops/conv-geometry.ts';
import type { Conv, Value } from './plan.ts';

/** How a convolution's weights lie in memory: panels of a few columns, `[panel][step][column][2]`, a step two terms of a sum. */
export interface WeightLayout {
  readonly panelWidth: 4 | 8;
  readonly panels: number;
  /** Of a whole sum. */
  readonly steps: number;
  /** A segment is so many neighbouring taps, all channels of them, and is rounded up to whole steps. */
  readonly segmentTaps: number;
  readonly segmentSteps: number;
  readonly isWinograd: boolean;
  /** A bound on what a sum is once it is scaled. */
  readonly largest: number;
}

/** Rows and tiles are computed in fours. */
const inFours = (count: number) => Math.ceil(count / 4) * 4;
/** What transforming a filter takes, in products of rows: 15 instructions for each pair of channels, where four rows take 1.4. */
const FILTER_TRANSFORM_ROWS = 42;
const LEAST_CHANNELS = 8;

/**
 * Whether Winograd's algorithm is exact and worth its while.
 *
 * Its results are right modulo 2^26: so no sum may be 2^25 or more, whatever the input.
 *
 * @param images of the smallest batch; of more, it is worth more
 */
function suitsWinograd(g: ConvGeometry, sums: readonly number[]): boolean {
  if (g.kernelHeight !== 3 || g.kernelWidth !== 3 || g.groups !== 1) return false;
  if (Math.max(g.strideHeight, g.strideWidth, g.dilationHeight, g.dilationWidth) > 1) return false;
  if (g.inChannels < LEAST_CHANNELS || g.outChannels < LEAST_CHANNELS) return false;
  const tiles = inFours(Math.ceil(g.outHeight / 4) * Math.ceil(g.outWidth / 4));
  if (36 * tiles + FILTER_TRANSFORM_ROWS >= 9 * inFours(g.outHeight * g.outWidth)) return false;
  return sums.every((sum) => sum < 2 ** 25);
}

/** Bounds on what each channel's sum of products can be, either sign. */
function largestSums({ weights }: Conv, { type }: Value, outChannels: number): number[] {
  const [positive, negative] = [new Float64Array(outChannels), new Float64Array(outChannels)];
  for (let i = 0, o = 0; i < weights.length; i++) {
    const w = weights[i] as number;
    if (w > 0) positive[o] = (positive[o] as number) + w;
    else negative[o] = (negative[o] as number) - w;
    if (++o === outChannels) o = 0;
  }
  return Array.from(positive, (plus, o) => {
    const minus = negative[o] as number;
    return type === 'u8' ? 255 * Math.max(plus, minus) : 128 * (plus + minus);
  });
}

export function weightLayout(step: Conv, input: Value, g: ConvGeometry): WeightLayout {
  const groupOut = g.outChannels / g.groups;
  const groupIn = g.inChannels / g.groups;
  const panelWidth = g.groups > 1 && groupOut <= 4 ? 4 : 8;
  const sums = largestSums(step, input, g.outChannels);
  const isWinograd = suitsWinograd(g, sums);
  const largest = sums.reduce(
    (most, sum, o) => Math.max(most, (sum + Math.abs(step.bias[o] as number)) * Math.abs(step.multipliers[o] as number)),
    0,
  );
  // Neighbouring taps of a filter row are neighbours in memory, too; but a group's channels are apart, and Winograd's taps are.
  const segmentTaps = g.groups === 1 && g.dilationWidth === 1 && !isWinograd ? g.kernelWidth : 1;
  const segmentSteps = Math.ceil((segmentTaps * groupIn) / 2);
  const segments = (g.kernelHeight * g.kernelWidth) / segmentTaps;
  return {
    panelWidth,
    panels: g.groups * Math.ceil(groupOut / panelWidth),
    steps: segments * segmentSteps,
    segmentTaps,
    segmentSteps,
    isWinograd,
    largest,
  };
}

export const weightBytes = ({ panels, steps, panelWidth }: WeightLayout): number => panels * steps * panelWidth * 2;

/** Numbers of a vector that has one for each column of whole panels. */
export const columnsOf = ({ panels, panelWidth }: WeightLayout): number => panels * panelWidth;

/** Writes weights in their layout. */
export function packWeights(step: Conv, g: ConvGeometry, layout: WeightLayout, to: Int8Array): void {
  const { panelWidth, segmentTaps, segmentSteps } = layout;
  const { weights } = step;
  const outC = g.outChannels;
  const groupOut = outC / g.groups;
  const groupIn = g.inChannels / g.groups;
  const taps = g.kernelHeight * g.kernelWidth;
  const terms = segmentTaps * groupIn;
  const stepBytes = 2 * panelWidth;
  to.fill(0);
  let panel = 0;
  for (let group = 0; group < g.groups; group++)
    for (let first = 0; first < groupOut; first += panelWidth) {
      const columns = Math.min(panelWidth, groupOut - first);
      for (let tap = 0; tap < taps; tap += segmentTaps) {
        // Taps of a segment follow each other in the filter as they do in a row.
        let from = tap * groupIn * outC + group * groupOut + first;
        for (let k = 0; k < terms; k++, from += outC) {
          const at = panel + (k >> 1) * stepBytes + (k & 1);
          for (let j = 0; j < columns; j++) to[at + 2 * j] = weights[from + j] as number;
        }
        panel += segmentSteps * stepBytes;
      }
    }
}

/** Writes one number for each output channel where its column is. */
export function packColumns(
  numbers: ArrayLike<number>,
  groups: number,
  { panelWidth, panels }: WeightLayout,
  to: { [i: number]: number },
): void {
  const groupOut = numbers.length / groups;
  const perGroup = (panels / groups) * panelWidth;
  for (let i = 0; i < panels * panelWidth; i++) {
    const inGroup = i % perGroup;
    to[i] = inGroup < groupOut ? (numbers[Math.floor(i / perGroup) * groupOut + inGroup] as number) : 0;
  }
}
