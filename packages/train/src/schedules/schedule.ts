import type { EpochSummary } from '../fit/history.ts';

/**
 * The learning rate of each step: a pure function, so that a run which is resumed has the same one.
 *
 * @param step of the optimizer, from 0
 * @param history what the epochs so far came to, for schedules that look back
 */
export type Schedule = (step: number, history: readonly EpochSummary[]) => number;

export const constantRate =
  (rate: number): Schedule =>
  () =>
    rate;

/** Lets a schedule count epochs rather than steps, as torch's are mostly used. @param stepsPerEpoch optimizer steps */
export const byEpoch =
  (schedule: Schedule, stepsPerEpoch: number): Schedule =>
  (step, history) =>
    schedule(Math.floor(step / stepsPerEpoch), history);

/** Schedules times one another, as torch's `ChainedScheduler`: a rate, and factors such as {@link warmUp}. */
export const chained =
  (...schedules: readonly Schedule[]): Schedule =>
  (step, history) =>
    schedules.reduce((rate, schedule) => rate * schedule(step, history), 1);

/** A schedule and how many steps it lasts; the last one's number is not looked at. */
export type Stretch = readonly [schedule: Schedule, steps: number];

/** Schedules one after another, each counting from 0, as torch's `SequentialLR`. */
export const sequenced =
  (...stretches: readonly Stretch[]): Schedule =>
  (step, history) => {
    let from = 0;
    for (const [i, [schedule, steps]] of stretches.entries()) {
      if (i === stretches.length - 1 || step < from + steps) return schedule(step - from, history);
      from += steps;
    }
    return 0;
  };
