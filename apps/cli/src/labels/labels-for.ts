import { CIFAR10_CLASSES } from '@resnetjs/data';
import imagenet from './imagenet-1k.json' with { type: 'json' };

/** Names of a network's outputs, and other names that folders of images may go by. */
export interface Labels {
  readonly names: readonly string[];
  /** WordNet identifiers of ImageNet's classes, in the same order. */
  readonly identifiers?: readonly string[];
}

const IMAGENET: Labels = { names: imagenet.map(([, name]) => name as string), identifiers: imagenet.map(([wnid]) => wnid as string) };

/** The names that a network of so many outputs and such an input was most likely published with; `undefined` if none. */
export function labelsFor({ classes, inputSize }: { readonly classes: number; readonly inputSize: number }): Labels | undefined {
  if (classes === 1000) return IMAGENET;
  if (classes === 10 && inputSize === 32) return { names: CIFAR10_CLASSES };
  return undefined;
}

/** The same list with identifiers, where it is ImageNet's. */
export const withIdentifiers = (names: readonly string[]): Labels =>
  names.length === IMAGENET.names.length && names.every((name, i) => name === IMAGENET.names[i]) ? IMAGENET : { names };
