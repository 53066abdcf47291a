/** How well a model does on labelled images. Plain JSON. */
export interface Evaluation {
  readonly images: number;
  /** The mean over the images. */
  readonly loss: number;
  /** Share of images whose class is among the k most probable, 0 to 1, by k. */
  readonly topK: Readonly<Record<number, number>>;
  readonly classes: readonly ClassScore[];
  /** Images by actual class (row) and predicted class (column). */
  readonly confusion: readonly (readonly number[])[];
  /** The pairs of classes that are mixed up most often, most often first. */
  readonly mostConfused: readonly Confusion[];
  readonly calibration: Calibration;
  /** The images of highest loss, highest first. */
  readonly worst: readonly Mistake[];
}

export interface ClassScore {
  readonly name: string;
  readonly images: number;
  /** True positives / images of the class; 0 where it has none. */
  readonly recall: number;
  /** True positives / predicted positives; 0 where it was never predicted. */
  readonly precision: number;
}

export interface Confusion {
  readonly actual: number;
  readonly predicted: number;
  readonly images: number;
}

/** Whether probabilities mean what they say. @see Guo et al. 2017, https://arxiv.org/abs/1706.04599 */
export interface Calibration {
  /** Expected calibration error: the mean distance of confidence and accuracy over images, 0 to 1. */
  readonly ece: number;
  /** Bins of equal width, by the probability of the predicted class. */
  readonly bins: readonly { readonly images: number; readonly confidence: number; readonly accuracy: number }[];
}

export interface Mistake {
  /** Its place in the dataset, or among the images seen where batches do not tell. */
  readonly index: number;
  readonly label: number;
  readonly predicted: number;
  /** What the model gave the right class. */
  readonly probability: number;
  readonly loss: number;
}
