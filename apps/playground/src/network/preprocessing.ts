import { cifarImagenetColours, imagenet, type PerChannel, type PreprocessingSpec } from '@resnetjs/data';
import type { Preprocessing } from '@resnetjs/weights';

/**
 * A manifest's preprocessing, as the data package takes it.
 *
 * @throws Error for what it cannot do.
 */
export function preprocessingOf({ resize, crop, interpolation, mean, std }: Preprocessing): PreprocessingSpec {
  const [shorter, side] = [square(resize), square(crop)];
  if (shorter === undefined || side === undefined || interpolation === 'nearest' || !isRgb(mean) || !isRgb(std))
    throw new Error(
      'The manifest of the weights does not say how to prepare a photo here: expected resize and crop as one number each, ' +
        'bilinear, bicubic or lanczos interpolation, and three means and deviations.',
    );
  return { resize: shorter, crop: side, interpolation, mean, std };
}

/** What most published checkpoints of networks for such images were trained with. */
export const usualPreprocessing = (inputSize: number): PreprocessingSpec => (inputSize === 32 ? cifarImagenetColours : imagenet);

function square(extent: Preprocessing['resize']): number | undefined {
  if (typeof extent === 'number') return extent;
  return extent && extent[0] === extent[1] ? extent[0] : undefined;
}

const isRgb = (values: readonly number[]): values is PerChannel & number[] => values.length === 3;
