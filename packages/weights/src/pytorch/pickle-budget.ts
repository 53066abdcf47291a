import { CheckpointError } from '../checkpoint-error.ts';

/** Most steps of one pickle, weighed by what they take. A ResNet-1202 with Adam's moments and a second copy of itself needs a quarter. */
export const MAX_PICKLE_STEPS = 2 ** 24;
/** How many steps a list or tuple counts for; a dict counts twice, a call four times, as they take memory and time. */
export const CONTAINER_STEPS = 8;
/** How much a pickle may copy of what it recalls, beside twice its own length. */
const MAX_COPIED_BYTES = 16 * 2 ** 20;

/** What a pickle may still do: a few bytes can ask for the same list or text to be copied a million times. */
export class PickleBudget {
  #steps = MAX_PICKLE_STEPS;
  #bytes: number;

  constructor(pickleBytes: number) {
    this.#bytes = 2 * pickleBytes + MAX_COPIED_BYTES;
  }

  steps(count: number): void {
    this.#steps -= count;
    if (this.#steps < 0)
      throw new CheckpointError(
        `the pickle takes more than ${MAX_PICKLE_STEPS} steps, far more than a checkpoint of tensors needs. It is damaged or forged.`,
      );
  }

  copies(bytes: number): void {
    this.#bytes -= bytes;
    if (this.#bytes < 0)
      throw new CheckpointError('the pickle copies its texts and bytes over and over into more than twice its own length. It is forged.');
  }
}
