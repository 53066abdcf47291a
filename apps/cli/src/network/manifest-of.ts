import { readFile } from 'node:fs/promises';
import { createManifest, type Manifest } from '@resnetjs/weights';
import { modelInfo } from '@resnetjs/zoo';
import { CommandError } from '../command-error.ts';
import { fileFault } from '../file-fault.ts';
import { labelsFor } from '../labels/labels-for.ts';
import { readLabels } from '../labels/read-labels.ts';
import { likelyPreset, PRESETS, type PresetName, toManifest } from './presets.ts';
import type { NetworkCheckpoint } from './read-checkpoint.ts';

/** What is said of a network beside what its file says. */
export interface ManifestOptions {
  readonly preset?: PresetName | undefined;
  /** File of class names. */
  readonly labels?: string | undefined;
}

/** What was given wins over what the file's own manifest says, and that over what is usual. */
export async function manifestOf(
  { architecture, manifest }: Pick<NetworkCheckpoint, 'architecture' | 'manifest'>,
  facts: Partial<Manifest>,
  options: ManifestOptions,
): Promise<Manifest> {
  const { inputSize, classes } = modelInfo(architecture.name);
  const labels = options.labels === undefined ? undefined : [...(await readLabels(options.labels)).names];
  const usual = {
    preprocessing: toManifest(PRESETS[likelyPreset(inputSize)]),
    labels: [...((await labelsFor({ classes: architecture.options.classes ?? classes, inputSize }))?.names ?? [])],
  };
  return createManifest({
    preprocessing: manifest?.preprocessing ?? usual.preprocessing,
    labels: manifest?.labels ?? (usual.labels.length > 0 ? usual.labels : null),
    licence: manifest?.licence ?? null,
    source: manifest?.source ?? null,
    accuracy: manifest?.accuracy ?? null,
    ...facts,
    ...(options.preset && { preprocessing: toManifest(PRESETS[options.preset]) }),
    ...(labels && { labels }),
    architecture: architecture.name,
    config: { ...architecture.options },
  });
}

/** Fields of a manifest, as they are: `saveCheckpoint` checks them with the rest. */
export async function readFacts(path: string): Promise<Partial<Manifest>> {
  const text = await readFile(path, 'utf8').catch((error: NodeJS.ErrnoException) => {
    throw new CommandError(`${path}: ${fileFault(error)}.`, { cause: error });
  });
  try {
    return JSON.parse(text);
  } catch (cause) {
    throw new CommandError(`${path}: not JSON (${(cause as Error).message}).`, { cause });
  }
}
