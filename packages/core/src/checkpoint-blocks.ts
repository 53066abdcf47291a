import type { DenseBlock } from './blocks/dense.ts';
import { checkpointSteps } from './checkpoint.ts';
import { ConfigError } from './errors.ts';
import type { Module } from './module.ts';
import { isModule } from './named-modules.ts';
import type { Sequential } from './sequential.ts';

/**
 * Makes every stage of a network keep only what enters every `every`-th of its blocks while it trains, and run the
 * blocks again in the backward pass; in a dense block, only what each layer adds. Nothing else changes: see `checkpoint`.
 *
 * @returns the model itself, changed.
 * @throws ConfigError if it has no sequence of blocks, or `every` is not a whole number from 1.
 */
export function checkpointBlocks<M extends Module>(model: M, { every = 1 }: { every?: number } = {}): M {
  let found = false;
  const visit = (part: Module): void => {
    if (isSequenceOfBlocks(part)) checkpointSteps(part, every);
    else if (isDenseBlock(part)) part.checkpointing = true;
    else {
      for (const child of Object.values(part)) if (isModule(child)) visit(child);
      return;
    }
    found = true;
  };
  visit(model);
  if (!found)
    throw new ConfigError(`checkpointBlocks: ${model.kind} has no sequence of blocks. Use checkpoint(part) on the parts that are large.`);
  return model;
}

/** Not a stem of layers, whose input, the image, nobody wants the gradient of. */
const isSequenceOfBlocks = (part: Module): part is Sequential =>
  'steps' in part && (part as Sequential).steps.some((step) => typeof step !== 'function' && Object.values(step).some(isModule));

const isDenseBlock = (part: Module): part is DenseBlock => 'checkpointing' in part;
