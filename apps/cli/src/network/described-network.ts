import { type Architecture, describeArchitecture } from '@resnetjs/network';
import type { QuantizedPlan } from '@resnetjs/quantize';
import { listModels } from '@resnetjs/zoo';
import type { Terminal } from '../terminal.ts';
import { modelName } from './options.ts';
import { type ReadCheckpointOptions, readCheckpoint } from './read-checkpoint.ts';

/** A network that is to be built, and what to call it. */
export interface DescribedNetwork extends Architecture {
  readonly title: string;
  /** What weights in 8 bits compute. */
  readonly plan?: QuantizedPlan | undefined;
  readonly notes: readonly string[];
}

/** An argument that names a network: a word must be one of the zoo's. @throws InvalidArgumentError with the nearest name. */
export const networkArgument = (text: string): string => (/^[\w-]+$/.test(text) ? modelName(text) : text);

/**
 * Which network is meant by a name of the zoo, which loads nothing, or by weights of any source.
 *
 * @throws CheckpointError or CommandError if they are not to be had, or of no network.
 */
export async function describedNetwork(source: string, options: ReadCheckpointOptions, terminal: Terminal): Promise<DescribedNetwork> {
  if (listModels().includes(source)) return { name: source, options: {}, title: source, notes: [] };
  const { architecture, plan, notes } = await readCheckpoint(source, { ...options, backbone: true }, terminal);
  return { ...architecture, title: `${describeArchitecture(architecture)}${plan ? ' in 8 bits' : ''}`, plan, notes };
}
