import { dispose, formatShape, initialize, loadStateDict, type Module, parameters } from '@resnetjs/core';
import type { PreprocessingSpec } from '@resnetjs/data';
import type { Architecture } from '@resnetjs/network';
import { layerGroups } from '@resnetjs/train';
import { createModel, modelInfo } from '@resnetjs/zoo';
import { CommandError } from '../command-error.ts';
import { likelyPreset, PRESETS, specOf } from '../network/presets.ts';
import { readCheckpoint } from '../network/read-checkpoint.ts';
import { shippedCheckpoint } from '../network/shipped.ts';
import type { Terminal } from '../terminal.ts';

/** A network that has learned something, with a new head. */
export interface StartedNetwork {
  readonly architecture: Architecture;
  /** The caller's to dispose. */
  readonly model: Module;
  /** How images were prepared for it. */
  readonly spec: PreprocessingSpec;
  readonly notes: readonly string[];
}

/**
 * Builds a network for so many classes and gives it a checkpoint's weights, all but the head's.
 *
 * @param file by default the checkpoint that comes with this package
 * @throws CommandError if anything but the head differs.
 */
export async function startFrom(
  file: string | undefined,
  { classes, seed, model: name }: { classes: number; seed: number; model?: string | undefined },
  terminal: Terminal,
): Promise<StartedNetwork> {
  const path = file ?? shippedCheckpoint();
  const checkpoint = await readCheckpoint(path, { model: name, backbone: true }, terminal);
  const { manifest, stateDict } = checkpoint;
  const architecture = { ...checkpoint.architecture, options: { ...checkpoint.architecture.options, classes } };
  const model = createModel(architecture.name, architecture.options);
  initialize(model, { seed });
  const head = new Set(layerGroups(model).at(-1)?.names);
  const wanted = parameters(model);
  const differs = (key: string) => formatShape(wanted.get(key)?.shape ?? []) !== formatShape(stateDict.get(key)?.shape ?? []);
  const wrong = [...wanted.keys()].filter((key) => differs(key) && !head.has(key));
  if (wrong.length) {
    dispose(model);
    throw new CommandError(
      `${path}: more than the head differs from ${architecture.name} (${wrong.slice(0, 5).join(', ')}). Say which network it is with --model.`,
    );
  }
  loadStateDict(model, new Map([...stateDict].filter(([key]) => wanted.has(key) && !differs(key) && !head.has(key))), { strict: false });
  const spec = manifest?.preprocessing
    ? specOf(path, manifest.preprocessing)
    : PRESETS[likelyPreset(modelInfo(architecture.name).inputSize)];
  return { architecture, model, spec, notes: checkpoint.notes };
}
