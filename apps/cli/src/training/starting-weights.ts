import {
  compareStateDict,
  dispose,
  formatDifferences,
  initialize,
  layerGroups,
  loadStateDict,
  type Module,
  parameters,
} from '@resnetjs/core';
import type { PreprocessingSpec } from '@resnetjs/data';
import type { Architecture } from '@resnetjs/network';
import { CheckpointError } from '@resnetjs/weights';
import { createModel, type ModelOptions, modelInfo } from '@resnetjs/zoo';
import { CommandError } from '../command-error.ts';
import { likelyPreset, PRESETS, specOf } from '../network/presets.ts';
import { assertFloat, type NetworkCheckpoint, readCheckpoint } from '../network/read-checkpoint.ts';
import { SHIPPED_ARCHITECTURE } from '../network/shipped.ts';
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

/** How images are prepared where the network is to see them at another size: another crop of them. */
export const specAt = (spec: PreprocessingSpec, size: number): PreprocessingSpec => ({
  ...spec,
  crop: size,
  resize: Math.round((spec.resize * size) / spec.crop),
});

/**
 * Builds the network that a checkpoint is of, with all its weights.
 *
 * @param training options of the network that matter only while it trains
 * @throws CommandError if its outputs are other classes than these.
 */
export async function continueFrom(
  path: string,
  { classes, model: name, training }: { classes: readonly string[]; model?: string | undefined; training: ModelOptions },
  terminal: Terminal,
): Promise<StartedNetwork> {
  const checkpoint = await readCheckpoint(path, { model: name }, terminal);
  assertFloat(checkpoint, path);
  const { architecture, manifest, stateDict, notes } = checkpoint;
  const outputs = architecture.options.classes ?? modelInfo(architecture.name).classes;
  const { labels } = manifest ?? {};
  if (outputs !== classes.length || (labels && labels.join('\n') !== classes.join('\n')))
    throw new CommandError(
      `${path}: its ${labels ? `classes are ${some(labels)}` : `outputs are ${outputs}`}, but the images' classes are ${some(classes)}. ` +
        '`resnet finetune` gives it a new head for them.',
    );
  const model = createModel(architecture.name, { ...architecture.options, ...training });
  try {
    loadStateDict(model, stateDict);
    return { architecture, model, spec: specFor(path, architecture, manifest), notes };
  } catch (error) {
    dispose(model);
    throw error;
  }
}

const some = (names: readonly string[]): string =>
  `${names.slice(0, 5).join(', ')}${names.length > 5 ? ` and ${names.length - 5} more` : ''}`;

const specFor = (path: string, { name }: Architecture, manifest: NetworkCheckpoint['manifest']): PreprocessingSpec =>
  manifest?.preprocessing ? specOf(path, manifest.preprocessing) : PRESETS[likelyPreset(modelInfo(name).inputSize)];

/**
 * Builds a network for so many classes and gives it a checkpoint's weights, all but the head's.
 *
 * @param file weights of any source; by default ImageNet's, or for small images those that come with this package
 * @throws CommandError if anything but the head differs.
 */
export async function startFrom(
  file: string | undefined,
  { classes, seed, model: name, offline, side }: { classes: number; seed: number } & Start,
  terminal: Terminal,
): Promise<StartedNetwork> {
  const { checkpoint, path, fallback } = await startingCheckpoint(file, { model: name, offline, side }, terminal);
  assertFloat(checkpoint, path);
  const { manifest, stateDict } = checkpoint;
  const architecture = { ...checkpoint.architecture, options: { ...checkpoint.architecture.options, classes } };
  const model = createModel(architecture.name, architecture.options);
  initialize(model, { seed });
  const head = new Set(layerGroups(model).at(-1)?.names);
  const { missing, misshapen } = compareStateDict(parameters(model), stateDict);
  const wrong = formatDifferences(
    {
      missing: missing.filter((name) => !head.has(name)),
      unexpected: [],
      misshapen: misshapen.filter(({ name }) => !head.has(name)),
    },
    { most: 5 },
  );
  if (wrong) {
    dispose(model);
    throw new CommandError(
      `${path}: more than the head differs from ${architecture.name}: ${wrong}. Say which network it is with --model.`,
    );
  }
  loadStateDict(model, new Map([...stateDict].filter(([name]) => !head.has(name))), { strict: false });
  return { architecture, model, spec: specFor(path, architecture, manifest), notes: [...checkpoint.notes, ...fallback] };
}

interface Start {
  readonly model?: string | undefined;
  readonly offline?: boolean | undefined;
  readonly side?: number | undefined;
}

/** Small, quick to train, and knows photos. */
const PHOTO_NETWORK = 'resnet18';

/** Images no larger than this are what the shipped network is for. */
const SMALL_SIDE = 64;

/** The weights to start from: those that are named, else ImageNet's for photos where they can be had, else the shipped ones. */
async function startingCheckpoint(
  file: string | undefined,
  { model, offline, side = Number.POSITIVE_INFINITY }: Start,
  terminal: Terminal,
): Promise<{ checkpoint: NetworkCheckpoint; path: string; fallback: string[] }> {
  const read = (source: string | undefined) => readCheckpoint(source, { model, offline, backbone: true }, terminal);
  if (file !== undefined) return { checkpoint: await read(file), path: file, fallback: [] };
  const wanted = model ?? (side <= SMALL_SIDE ? SHIPPED_ARCHITECTURE : PHOTO_NETWORK);
  try {
    const checkpoint = await read(wanted);
    return {
      checkpoint,
      path: wanted,
      fallback: [`Starting from ${wanted}${wanted === SHIPPED_ARCHITECTURE ? '' : ", with ImageNet's weights"}.`],
    };
  } catch (error) {
    if (model !== undefined || wanted === SHIPPED_ARCHITECTURE || !(error instanceof CheckpointError)) throw error;
    const fallback =
      `ImageNet's weights of ${wanted} cannot be had: ${error.message}\nStarting from the ${SHIPPED_ARCHITECTURE} that comes with this instead. It sees 32x32 ` +
      'pixels and knows ten things: on photos expect much less of it than of a network for ImageNet, given by --weights.';
    return { checkpoint: await read(undefined), path: SHIPPED_ARCHITECTURE, fallback: [fallback] };
  }
}
