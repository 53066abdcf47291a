import type { Schedule } from './schedule.ts';

export interface StepDecayOptions {
  /** The rate falls after this many steps, again and again. */
  readonly every: number;
  readonly factor?: number;
}

/** `rate · factor^⌊step / every⌋`, torch's `StepLR`. */
export const stepDecay =
  (rate: number, { every, factor = 0.1 }: StepDecayOptions): Schedule =>
  (step) =>
    rate * factor ** Math.floor(step / every);

export interface MultiStepOptions {
  /** The steps at which the rate falls. */
  readonly milestones: readonly number[];
  readonly factor?: number;
}

/** The rate times `factor` at each milestone, torch's `MultiStepLR`: the ResNet paper's schedule. */
export const multiStep =
  (rate: number, { milestones, factor = 0.1 }: MultiStepOptions): Schedule =>
  (step) =>
    rate * factor ** milestones.filter((milestone) => step >= milestone).length;

export interface AnnealingOptions {
  /** When it ends; the rate stays at its end from there. */
  readonly steps: number;
  /** The rate at the end, 0 by default. */
  readonly floor?: number;
}

/** Half a cosine from the rate to the floor, torch's `CosineAnnealingLR`. @see Loshchilov & Hutter 2016, https://arxiv.org/abs/1608.03983 */
export const cosine =
  (rate: number, { steps, floor = 0 }: AnnealingOptions): Schedule =>
  (step) =>
    floor + ((rate - floor) * (1 + Math.cos((Math.PI * Math.min(step, steps)) / steps))) / 2;

export interface PolynomialOptions extends AnnealingOptions {
  /** 1, the default, is a straight line. */
  readonly power?: number;
}

/** `(1 − step / steps)^power` of the way from the floor up to the rate, torch's `PolynomialLR`. */
export const polynomial =
  (rate: number, { steps, floor = 0, power = 1 }: PolynomialOptions): Schedule =>
  (step) =>
    floor + (rate - floor) * (1 - Math.min(step, steps) / steps) ** power;

export interface WarmUpOptions {
  readonly steps: number;
  /** The factor at step 0. */
  readonly from?: number;
}

/** A factor that rises in a straight line to 1 and stays, torch's `LinearLR`: `chained(cosine(…), warmUp({ steps: 500 }))`. */
export const warmUp =
  ({ steps, from = 1 / 3 }: WarmUpOptions): Schedule =>
  (step) =>
    from + (1 - from) * Math.min(1, step / steps);
