import { type Module, optimizeForInference, type Predictor } from '@resnetjs/core';
import * as tf from '@tensorflow/tfjs-core';
import { breathe } from '../breathe.ts';

export interface TimeOptions {
  /** `[1,H,W,C]` */
  readonly shape: readonly number[];
  /** Passes of each way. Default: as many as fit into a second or two, and no fewer than 15. */
  readonly repeats?: number | undefined;
  /** Each puts the model into the state that is timed. */
  readonly ways: readonly [() => void, () => void];
}

/** Passes before those that count: the second is recorded by backends that repeat passes. */
const WARM_UP = 3;
const LEAST_REPEATS = 15;
/** Of a pass that takes a few milliseconds, fifteen would be over before whatever else the machine does is. */
const LEAST_MS = 1500;

/**
 * Times two ways of a model, folded for inference, pass by pass in turn, so that whatever else the machine does weighs on both.
 *
 * @returns the median time of each in ms
 */
export async function timeBeside(model: Module, { shape, repeats, ways }: TimeOptions): Promise<readonly [number, number]> {
  const predictors: Predictor[] = [];
  const x = tf.zeros([...shape]);
  try {
    for (const way of ways) {
      way();
      predictors.push(optimizeForInference(model, shape));
    }
    const times: readonly [number[], number[]] = [[], []];
    const begin = performance.now();
    const isEnough = (passes: number): boolean =>
      repeats === undefined ? passes >= LEAST_REPEATS && performance.now() - begin >= LEAST_MS : passes >= repeats;
    for (let i = 0; i < WARM_UP || !isEnough(i - WARM_UP); i++)
      // Which of them comes first changes, too: what is scheduled just then hits the first.
      for (const which of i % 2 ? [1, 0] : [0, 1]) {
        const predictor = predictors[which] as Predictor;
        const start = performance.now();
        const y = predictor.forward(x, 'eval');
        await y.data();
        const tookMs = performance.now() - start;
        y.dispose();
        if (i >= WARM_UP) times[which]?.push(tookMs);
        await breathe();
      }
    return [median(times[0]), median(times[1])];
  } finally {
    for (const predictor of predictors) predictor.dispose();
    x.dispose();
  }
}

function median(values: readonly number[]): number {
  const sorted = values.toSorted((a, b) => a - b);
  const middle = sorted.length >> 1;
  return sorted.length % 2 ? (sorted[middle] as number) : ((sorted[middle - 1] as number) + (sorted[middle] as number)) / 2;
}
