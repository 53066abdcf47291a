import { draw } from './initializer.ts';
import type { Module } from './module.ts';
import { parameters } from './named-modules.ts';
import { seedFor } from './random.ts';

/**
 * Gives every parameter its first values: He-normal convolutions, PyTorch's uniform linear layers, batch norms
 * at scale 1 (or what the block asked for). The same seed and names give the same values, whatever else is in the model.
 */
export function initialize(model: Module, { seed = 0 }: { seed?: number } = {}): void {
  for (const [name, parameter] of parameters(model)) parameter.assign(draw(parameter.initializer, parameter.size, seedFor(seed, name)));
}
