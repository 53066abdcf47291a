import { useWasm } from '@resnetjs/backend-wasm';
import { expose } from 'comlink';
import { type Digits, decodeDigits } from '../digits/digits.ts';
import { type ComparisonOptions, type ComparisonStep, compare } from './comparison.ts';

let digits: Digits | undefined;
let running = 0;

const comparison = {
  /** @param sprite of digits @returns the number of digits and of the threads that compute. */
  async load(sprite: Blob): Promise<{ readonly digits: number; readonly threads: number }> {
    const [decoded, { threads }] = await Promise.all([decodeDigits(sprite), useWasm({ everyOp: false })]);
    digits = decoded;
    return { digits: decoded.count, threads };
  },

  /**
   * Trains, and waits for the page after each step: so it hears when it is to stop, and never runs ahead of what is drawn.
   *
   * @returns whether it came to its end.
   */
  async run(options: ComparisonOptions, onStep: (step: ComparisonStep) => Promise<void>): Promise<boolean> {
    if (!digits) throw new Error('The digits are not loaded yet.');
    const mine = ++running;
    for await (const step of compare(digits, options)) {
      await onStep(step);
      if (mine !== running) return false;
    }
    return true;
  },

  /** Ends the run that is going on after its step. */
  stop(): void {
    running++;
  },
};

export type ComparisonWorker = typeof comparison;

expose(comparison);
