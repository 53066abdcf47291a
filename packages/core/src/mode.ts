/** What is random in one training step is drawn from its seed, so that the step repeats exactly. */
export interface TrainingStep {
  /** Any 32-bit integer; a training loop passes a new one each step. */
  readonly seed: number;
}

/**
 * A training pass run a second time, for the gradients of what the first did not keep: it draws what the first drew
 * and leaves the running statistics alone. Made by `checkpoint` and its kin; nobody else needs one.
 */
export interface Replay {
  readonly replay: 'train' | TrainingStep;
}

/**
 * How a forward pass runs. `'eval'` uses running statistics and drops nothing; `'train'` uses the batch's
 * statistics and moves the running ones. A {@link TrainingStep} is `'train'` with a seed, which layers that
 * draw (dropout, stochastic depth) need.
 */
export type Mode = 'eval' | 'train' | TrainingStep | Replay;

export const isReplay = (mode: Mode): mode is Replay => typeof mode === 'object' && 'replay' in mode;

/**
 * A forgotten mode would train, and move running statistics, without a word.
 *
 * @throws TypeError for what is no mode.
 */
export function checkMode(mode: Mode): void {
  if (mode === 'eval' || mode === 'train' || (typeof mode === 'object' && mode !== null && ('seed' in mode || 'replay' in mode))) return;
  throw new TypeError(
    `forward: the mode must be 'eval', which predicts, or 'train' or { seed }, which move running statistics, but is ${JSON.stringify(mode)}.`,
  );
}
