import type { Prediction } from '@resnetjs/core';

/** What became of one image. */
export type Outcome = { readonly image: string } & ({ readonly predictions: readonly Prediction[] } | { readonly error: Error });

/** As programs get it. */
export const plainOutcome = (outcome: Outcome): object =>
  'error' in outcome ? { image: outcome.image, error: outcome.error.message } : { image: outcome.image, predictions: outcome.predictions };
