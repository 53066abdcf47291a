import type { Histogram } from './histogram.ts';

/** How the magnitude is chosen that becomes the largest number; what is beyond is clamped to it. */
export type Calibration = 'minMax' | 'percentile' | 'meanSquaredError' | 'entropy';

export interface ThresholdOptions {
  readonly calibration: Calibration;
  /** Of `'percentile'`: this much of all values, in percent, is not clamped. */
  readonly percentile: number;
}

/**
 * The magnitude that becomes the largest number.
 *
 * @param levels how many steps lie between 0 and it.
 */
export function threshold(histogram: Histogram, levels: number, { calibration, percentile }: ThresholdOptions): number {
  if (calibration === 'percentile') return ofPercentile(histogram, percentile);
  if (calibration === 'meanSquaredError') return leastOf(histogram, candidates(histogram), (t) => squaredError(histogram, t, levels));
  if (calibration === 'entropy') return leastOf(histogram, candidates(histogram), (t) => divergence(histogram, t, levels));
  return histogram.largest;
}

/** Which share of the values is beyond a magnitude. */
export function shareBeyond({ counts, width, values }: Histogram, magnitude: number): number {
  let beyond = 0;
  for (let i = counts.length - 1; i >= 0 && i * width >= magnitude; i--) beyond += counts[i] as number;
  return values === 0 ? 0 : beyond / values;
}

function ofPercentile({ counts, width, values, largest }: Histogram, percentile: number): number {
  let beyond = values * (1 - percentile / 100);
  for (let i = counts.length - 1; i >= 0; i--) {
    beyond -= counts[i] as number;
    if (beyond < 0) return Math.min((i + 1) * width, largest);
  }
  return largest;
}

const CANDIDATES = 128;
/** Below this share of the largest magnitude nothing is looked for. */
const LEAST_SHARE = 0.05;

const candidates = ({ largest }: Histogram): number[] =>
  Array.from({ length: CANDIDATES }, (_, i) => largest * (1 - (i * (1 - LEAST_SHARE)) / CANDIDATES));

function leastOf({ largest }: Histogram, thresholds: readonly number[], cost: (threshold: number) => number): number {
  let best = largest;
  let least = Number.POSITIVE_INFINITY;
  for (const candidate of thresholds) {
    const value = cost(candidate);
    if (value < least) [best, least] = [candidate, value];
  }
  return best;
}

/** What rounding and clamping change, squared and summed. */
function squaredError({ counts, width }: Histogram, threshold: number, levels: number): number {
  const step = threshold / levels;
  const rounding = step ** 2 / 12; // of what is evenly spread over a step
  let sum = 0;
  for (let i = 0; i < counts.length; i++) {
    const magnitude = (i + 0.5) * width;
    const error = magnitude < step / 2 ? magnitude ** 2 : magnitude <= threshold ? rounding : (magnitude - threshold) ** 2;
    sum += (counts[i] as number) * error;
  }
  return sum;
}

/**
 * The Kullback-Leibler divergence of the clamped distribution from what rounding makes of it.
 *
 * @see Migacz 2017, 8-bit Inference with TensorRT
 */
function divergence({ counts, width }: Histogram, threshold: number, levels: number): number {
  const bins = Math.min(Math.max(Math.ceil(threshold / width), 1), counts.length);
  let beyond = 0;
  for (let i = bins; i < counts.length; i++) beyond += counts[i] as number;
  const clamped = (i: number): number => (counts[i] as number) + (i === bins - 1 ? beyond : 0);
  let total = 0;
  for (let i = 0; i < bins; i++) total += clamped(i);
  let sum = 0;
  for (let level = 0; level < levels; level++) {
    const begin = Math.floor((level * bins) / levels);
    const end = Math.floor(((level + 1) * bins) / levels);
    let mass = 0;
    let filled = 0;
    for (let i = begin; i < end; i++) {
      mass += counts[i] as number;
      if (clamped(i) > 0) filled++;
    }
    for (let i = begin; i < end; i++) {
      const p = clamped(i) / total;
      if (p === 0) continue;
      // Q knows nothing of what was clamped, which is what makes clamping dear. A level of nothing else is given the least there is.
      const q = Math.max(mass / filled / (total - beyond), 1e-12);
      sum += p * Math.log(p / q);
    }
  }
  return sum;
}
