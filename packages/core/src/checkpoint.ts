import { ConfigError } from './errors.ts';
import type { Module } from './module.ts';
import type { Sequential } from './sequential.ts';

/**
 * Makes `part` keep only its input while it trains: the backward pass runs it a second time for the rest. That is
 * one more forward pass of it, for the memory of everything inside it. Values, gradients, masks of dropout and running
 * statistics are those of the plain part; inference is not touched.
 *
 * @returns `part` itself, changed.
 * @throws ConfigError for a part that `module` did not make.
 * @see Chen et al. 2016, https://arxiv.org/abs/1604.06174
 */
export function checkpoint<M extends Module>(part: M): M {
  if (part.recomputed === undefined)
    throw new ConfigError(
      `checkpoint: '${part.kind}' cannot run itself again. Put it into module('${part.kind}', { part }, (m, x, mode) => m.part.forward(x, mode)).`,
    );
  part.recomputed = true;
  return part;
}

/**
 * Makes a sequence keep only what enters every `every`-th step while it trains. About the root of the number of steps
 * keeps the least: as many inputs as there are steps in a run.
 *
 * @returns `sequence` itself, changed.
 * @throws ConfigError if `every` is not a whole number from 1.
 */
export function checkpointSteps(sequence: Sequential, every: number): Sequential {
  if (!Number.isInteger(every) || every < 1)
    throw new ConfigError(`checkpointSteps: 'every' must be a whole number of steps from 1 but is ${every}.`);
  sequence.keptEvery = every;
  return sequence;
}
