import { createRandom, type IndexedDataset, permutation, subset } from '@resnetjs/data';

/**
 * Puts a fifth of each class aside, at random but at least one sample, to measure on what was not learned from.
 *
 * @param seed the same divides the same way.
 */
export function holdOut(dataset: IndexedDataset, seed: number): { train: ReturnType<typeof subset>; heldOut: ReturnType<typeof subset> } {
  const byClass = new Map<number, number[]>();
  for (const index of permutation(dataset.length, createRandom(seed))) {
    const label = dataset.label(index);
    byClass.set(label, [...(byClass.get(label) ?? []), index]);
  }
  const groups = [...byClass.values()];
  const share = (group: readonly number[]) => Math.max(1, Math.round(group.length / 5));
  return {
    heldOut: subset(
      dataset,
      groups.flatMap((group) => group.slice(0, share(group))).sort((a, b) => a - b),
    ),
    train: subset(
      dataset,
      groups.flatMap((group) => group.slice(share(group))).sort((a, b) => a - b),
    ),
  };
}
