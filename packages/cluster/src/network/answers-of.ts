import { type Answer, embeddingsOf, type ImageOutcomesOptions, type Network, predictionsOf } from '@resnetjs/network';
import type { Wanted } from '../jobs/job.ts';

/** How a network answers what is wanted of prepared images. */
export const answersOf = (network: Network, { top = 5, embeddings }: Wanted): ImageOutcomesOptions<Answer>['answers'] =>
  embeddings ? embeddingsOf(network.embedder()) : predictionsOf(network.predictor, network.labels, top);
