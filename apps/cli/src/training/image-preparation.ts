import {
  autoAugment,
  compose,
  evaluationCrop,
  type PreprocessingSpec,
  randAugment,
  randomCrop,
  randomHorizontalFlip,
  randomResizedCrop,
  resizeTo,
  type Transform,
  trivialAugmentWide,
} from '@resnetjs/data';
import { type Recipe, SMALL_SIDE } from './recipe.ts';
import type { TrainingData } from './training-data.ts';

/** How images are prepared to be classified once the network is trained: torchvision's way, 7/8 of the shorter side for photos. */
export function preprocessingOf({ size }: Pick<Recipe, 'size'>, { colours }: Pick<TrainingData, 'colours'>): PreprocessingSpec {
  const { mean, std } = colours;
  return { resize: size <= SMALL_SIDE ? size : Math.round((size * 8) / 7), crop: size, interpolation: 'bilinear', mean, std };
}

export const evaluationTransform = (spec: PreprocessingSpec): Transform => evaluationCrop(spec);

/**
 * How images are changed while training: small ones shifted by an eighth of their side, photos cropped at random sizes.
 *
 * @param spec brings them to `size`
 * @param size that the network gets, where it is not the recipe's
 */
export function trainingTransform(recipe: Recipe, spec: PreprocessingSpec, size = recipe.size): Transform {
  const { augment, flip } = recipe;
  if (augment === 'none') return evaluationTransform(spec);
  const small = recipe.size <= SMALL_SIDE;
  // Images of that size already are left as they are.
  const crop = small
    ? [resizeTo({ width: size, height: size }), randomCrop(size, { padding: Math.round(size / 8) })]
    : [randomResizedCrop(size)];
  const more = {
    standard: [],
    randaugment: [randAugment()],
    trivialaugment: [trivialAugmentWide()],
    autoaugment: [autoAugment(small ? 'cifar10' : 'imagenet')],
  }[augment];
  return compose(...crop, ...(flip ? [randomHorizontalFlip()] : []), ...more);
}
