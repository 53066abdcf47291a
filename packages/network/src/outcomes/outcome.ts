import type { Prediction } from '@resnetjs/core';

/** What a network says of an image. */
export type Answer = { readonly predictions: readonly Prediction[] } | { readonly embedding: Float32Array };

/** What became of one image. */
export type Outcome<A extends Answer = Answer> = { readonly image: string } & (A | { readonly error: Error });

/** As programs get it: an item of `resnet predict --json`, a line of a `.jsonl`. */
export function plainOutcome(outcome: Outcome): object {
  const { image } = outcome;
  if ('error' in outcome) return { image, error: outcome.error.message };
  return 'predictions' in outcome ? { image, predictions: outcome.predictions } : { image, embedding: shortest(outcome.embedding) };
}

/** An outcome as a line of JSON. */
export const outcomeLine = (outcome: Outcome): string => `${JSON.stringify(plainOutcome(outcome))}\n`;

// Nine digits are enough for any float32 to be read back as it was; JSON would write the 17 of a double.
const shortest = (values: Float32Array): number[] => Array.from(values, (value) => Number(value.toPrecision(9)));
