/** What one epoch came to. Plain JSON. */
export interface EpochSummary {
  /** From 0. */
  readonly epoch: number;
  /** Optimizer steps taken by its end, since the very first. */
  readonly step: number;
  readonly learningRate: number;
  /** Over the epoch's training batches as they were learned from: augmented, and by weights that were still changing. */
  readonly train: Scores;
  /** Over the validation images, by the weights at its end; averaged weights where training keeps an average. */
  readonly validation?: Scores;
}

/** Means over images. */
export interface Scores {
  readonly loss: number;
  /** Share of images whose most probable class was right, 0 to 1; of soft targets, the likeliest class. */
  readonly accuracy: number;
}

/** What a run is judged by, and which way is better. */
export interface Metric {
  /** Names it in events and files. */
  readonly name: string;
  readonly better: 'lower' | 'higher';
  of(epoch: EpochSummary): number;
}

/** The validation loss, or the training loss where nothing is validated on. */
export const lowestLoss: Metric = { name: 'loss', better: 'lower', of: ({ train, validation }) => (validation ?? train).loss };

/** The validation accuracy, or the training accuracy where nothing is validated on. */
export const highestAccuracy: Metric = {
  name: 'accuracy',
  better: 'higher',
  of: ({ train, validation }) => (validation ?? train).accuracy,
};

/** The place of the best epoch in a history, the first of equals; -1 in an empty one. */
export function bestEpoch(history: readonly EpochSummary[], { better, of }: Metric): number {
  let best = -1;
  for (const [i, epoch] of history.entries()) {
    const held = history[best];
    if (!held || (better === 'lower' ? of(epoch) < of(held) : of(epoch) > of(held))) best = i;
  }
  return best;
}
