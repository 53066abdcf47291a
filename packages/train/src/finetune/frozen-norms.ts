import { type Module, namedModules, Parameter } from '@resnetjs/core';

/** A part that normalizes by statistics it keeps. */
const isBatchNorm = (part: Module): boolean => (part as { running_mean?: unknown }).running_mean instanceof Parameter;

/**
 * Makes the batch norms of a model train as they infer: they normalize by their running statistics and leave those alone, as
 * small batches and small datasets want it.
 *
 * @param which of them, by dotted name; all by default
 * @returns what undoes it.
 */
export function freezeBatchNorms(model: Module, which: (name: string) => boolean = () => true): () => void {
  const frozen: (() => void)[] = [];
  for (const [name, part] of namedModules(model)) {
    if (!isBatchNorm(part) || !which(name)) continue;
    const { forward } = part;
    part.forward = (x) => forward(x, 'eval');
    frozen.push(() => {
      part.forward = forward;
    });
  }
  return () => {
    for (const undo of frozen.splice(0)) undo();
  };
}
