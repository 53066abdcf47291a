import { ConfigError } from '@resnetjs/core';
import type { Schedule } from './schedule.ts';

interface CycleShape {
  /** How many steps the cycle takes. */
  readonly steps: number;
  /** Share of the steps after which the rate is at its peak. */
  readonly peakAt?: number;
  readonly anneal?: 'cosine' | 'linear';
  /** Falls back to where it began as it rose, and only then to the end. */
  readonly threePhase?: boolean;
}

export interface OneCycleOptions extends CycleShape {
  /** The rate begins at the peak over this. */
  readonly div?: number;
  /** It ends at its beginning over this. */
  readonly finalDiv?: number;
}

/**
 * Up to a peak and down to almost nothing, once, in a whole training: torch's `OneCycleLR`, step for step.
 *
 * @throws ConfigError if the cycle has less than two steps or its peak lies outside.
 * @see Smith & Topin 2017, https://arxiv.org/abs/1708.07120
 */
export function oneCycle(peak: number, { div = 25, finalDiv = 1e4, ...shape }: OneCycleOptions): Schedule {
  const first = peak / div;
  return cycle([first, peak, first / finalDiv], shape);
}

export interface OneCycleMomentumOptions extends CycleShape {
  /** Where the rate is highest. */
  readonly low?: number;
  /** Where the rate is lowest. */
  readonly high?: number;
}

/** The momentum that torch's `OneCycleLR` moves against the rate, as `momentum` of `fit`; give it the rate's shape. */
export const oneCycleMomentum = ({ low = 0.85, high = 0.95, ...shape }: OneCycleMomentumOptions): Schedule =>
  cycle([high, low, high], shape);

const curves = {
  cosine: (from: number, to: number, share: number) => to + ((from - to) / 2) * (1 + Math.cos(Math.PI * share)),
  linear: (from: number, to: number, share: number) => from + (to - from) * share,
};

function cycle(
  [first, peak, last]: readonly [number, number, number],
  { steps, peakAt = 0.3, anneal = 'cosine', threePhase = false }: CycleShape,
): Schedule {
  if (!(steps >= 2)) throw new ConfigError(`oneCycle: 'steps' must be at least 2 but is ${steps}.`);
  if (!(peakAt > 0 && peakAt < (threePhase ? 0.5 : 1)))
    throw new ConfigError(`oneCycle: 'peakAt' must be a share of the steps above 0 and below ${threePhase ? 0.5 : 1} but is ${peakAt}.`);
  const top = peakAt * steps - 1; // as torch counts: the peak is the last step of its phase, not the first after it
  const ends = threePhase ? [top, 2 * top, steps - 1] : [top, steps - 1];
  const values = threePhase ? [first, peak, first, last] : [first, peak, last];
  return (step) => {
    const phase = Math.min(
      ends.findIndex((end) => step <= end),
      ends.length - 1,
    );
    if (phase < 0) return last;
    const begin = phase === 0 ? 0 : (ends[phase - 1] as number);
    return curves[anneal](values[phase] as number, values[phase + 1] as number, (step - begin) / ((ends[phase] as number) - begin));
  };
}
