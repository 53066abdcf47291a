import { lowestLoss, type Metric } from '../fit/history.ts';
import type { Schedule } from './schedule.ts';

export interface PlateauOptions {
  readonly metric?: Metric;
  readonly factor?: number;
  /** Epochs without a better value that are borne; one more, and the rate falls. */
  readonly patience?: number;
  /** How much better counts: a share of the best value, or a difference where `absolute`. */
  readonly threshold?: number;
  readonly absolute?: boolean;
  /** Epochs after a fall in which nothing is counted. */
  readonly cooldown?: number;
  readonly floor?: number;
}

/** A rate that falls when the epochs get no better, torch's `ReduceLROnPlateau` stepped at the end of each epoch. */
export const plateau =
  (
    rate: number,
    { metric = lowestLoss, factor = 0.1, patience = 10, threshold = 1e-4, absolute = false, cooldown = 0, floor = 0 }: PlateauOptions = {},
  ): Schedule =>
  (_, history) => {
    const sign = metric.better === 'lower' ? 1 : -1;
    let now = rate;
    let best = Number.POSITIVE_INFINITY * sign;
    let bad = 0;
    let cooling = 0;
    for (const epoch of history) {
      const value = metric.of(epoch);
      const bar = absolute ? best - sign * threshold : best * (1 - sign * threshold);
      if (sign * value < sign * bar) {
        best = value;
        bad = 0;
      } else bad++;
      if (cooling > 0) {
        cooling--;
        bad = 0;
      }
      if (bad > patience) {
        const next = Math.max(now * factor, floor);
        if (now - next > 1e-8) now = next; // torch leaves out falls that are too small to matter
        cooling = cooldown;
        bad = 0;
      }
    }
    return now;
  };
