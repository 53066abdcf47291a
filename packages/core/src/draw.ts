import { SeedError } from './errors.ts';
import { isReplay, type Mode } from './mode.ts';
import type { Module } from './module.ts';
import { nameOf } from './place.ts';
import { seedFor } from './random.ts';

/**
 * The seed from which `part` draws in this training step: of the step's seed and the part's own name, so that a step
 * repeats exactly and no two parts draw alike.
 *
 * @throws SeedError if the mode is `'train'`, which has no seed.
 */
export function drawSeed(part: Module, mode: Exclude<Mode, 'eval'>): number {
  const step = isReplay(mode) ? mode.replay : mode;
  if (step === 'train')
    throw new SeedError(
      `${part.kind} '${nameOf(part)}' draws at random but the mode 'train' has no seed. Pass { seed } as the mode, another one each step.`,
    );
  return seedFor(step.seed, nameOf(part));
}
