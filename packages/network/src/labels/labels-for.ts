import { CIFAR10_CLASSES } from '@resnetjs/data';

/** Names of a network's outputs, and other names that folders of images may go by. */
export interface Labels {
  readonly names: readonly string[];
  /** WordNet identifiers of ImageNet's classes, in the same order. */
  readonly identifiers?: readonly string[];
}

/** Loaded when a network of a thousand classes asks for it: 40 kB that a page may never need. */
const imagenet = async (): Promise<Required<Labels>> => (await import('./imagenet-labels.ts')).IMAGENET;

/** The names that a network of so many outputs and such an input was most likely published with; `undefined` if none. */
export async function labelsFor({
  classes,
  inputSize,
}: {
  readonly classes: number;
  readonly inputSize: number;
}): Promise<Labels | undefined> {
  if (classes === 1000) return imagenet();
  if (classes === 10 && inputSize === 32) return { names: CIFAR10_CLASSES };
  return undefined;
}

/** The same list with identifiers, where it is ImageNet's. */
export async function withIdentifiers(names: readonly string[]): Promise<Labels> {
  if (names.length !== 1000) return { names };
  const known = await imagenet();
  return names.every((name, i) => name === known.names[i]) ? known : { names };
}
