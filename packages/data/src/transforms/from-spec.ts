import { DatasetError } from '../datasets/dataset-error.ts';
import { augMix } from './aug-mix.ts';
import { autoAugment } from './auto-augment.ts';
import { centerCropTo, evaluationCrop, resizeTo } from './fixed-transforms.ts';
import { randAugment, trivialAugmentWide } from './rand-augment.ts';
import {
  colourJitter,
  randomAffine,
  randomErasing,
  randomGaussianBlur,
  randomGreyscale,
  randomHorizontalFlip,
  randomVerticalFlip,
} from './random-changes.ts';
import { randomCrop, randomResizedCrop } from './random-crops.ts';
import { compose, type Transform, type TransformSpec } from './transform.ts';

const MAKERS: Record<string, (...args: never[]) => Transform> = {
  augMix,
  autoAugment,
  centerCropTo,
  colourJitter,
  evaluationCrop,
  randAugment,
  randomAffine,
  randomCrop,
  randomErasing,
  randomGaussianBlur,
  randomGreyscale,
  randomHorizontalFlip,
  randomResizedCrop,
  randomVerticalFlip,
  resizeTo,
  trivialAugmentWide,
};

/** Builds a transform again from its `spec`, in a worker or out of a JSON file. @throws DatasetError for a name this package does not have. */
export function transformFromSpec({ name, args }: TransformSpec): Transform {
  if (name === 'compose') return compose(...(args as readonly TransformSpec[]).map(transformFromSpec));
  const make = Object.hasOwn(MAKERS, name) ? MAKERS[name] : undefined;
  if (!make) throw new DatasetError(`there is no transform ${name}. Known are: compose, ${Object.keys(MAKERS).join(', ')}.`);
  return make(...(args as never[]));
}
