import { type BatchNorm2D, ConfigError, type Module, namedModules, Parameter } from '@resnetjs/core';

/** A part that normalizes by statistics it keeps. */
const keepsStatistics = (part: Module): part is Module & Partial<BatchNorm2D> =>
  (part as { running_mean?: unknown }).running_mean instanceof Parameter;

/**
 * Makes the batch norms of a model train as they infer: they normalize by their running statistics and leave those alone, as
 * small batches and small datasets want it.
 *
 * @param which of them, by dotted name; all by default
 * @returns what undoes it.
 * @throws ConfigError for a norm with running statistics that has no `frozen`, as `batchNorm2d` makes it.
 */
export function freezeBatchNorms(model: Module, which: (name: string) => boolean = () => true): () => void {
  const norms = [...namedModules(model)].flatMap(([name, part]) => (keepsStatistics(part) && which(name) ? [[name, part] as const] : []));
  const other = norms.find(([, { frozen }]) => frozen === undefined);
  if (other)
    throw new ConfigError(
      `freezeBatchNorms: '${other[0]}' keeps running statistics but has no 'frozen' to say that they stay. Give it one, or use batchNorm2d.`,
    );
  const thawed = norms.filter(([, { frozen }]) => !frozen).map(([, norm]) => norm);
  for (const norm of thawed) norm.frozen = true;
  return () => {
    for (const norm of thawed.splice(0)) norm.frozen = false;
  };
}
