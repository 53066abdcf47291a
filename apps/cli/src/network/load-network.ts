import { useWasm } from '@resnetjs/backend-wasm';
import { dispose, loadStateDict, type Module, optimizeForInference, type Predictor } from '@resnetjs/core';
import type { PreprocessingSpec } from '@resnetjs/data';
import type { Accuracy } from '@resnetjs/weights';
import { createModel, modelInfo } from '@resnetjs/zoo';
import { CommandError } from '../command-error.ts';
import { type Labels, labelsFor, withIdentifiers } from '../labels/labels-for.ts';
import { readLabels } from '../labels/read-labels.ts';
import type { Terminal } from '../terminal.ts';
import { UsageError } from '../usage-error.ts';
import { describeArchitecture } from './architecture.ts';
import { likelyPreset, PRESETS, type PresetName, specOf } from './presets.ts';
import { type NetworkCheckpoint, type ReadCheckpointOptions, readCheckpoint } from './read-checkpoint.ts';
import { SHIPPED_ARCHITECTURE, shippedCheckpoint } from './shipped.ts';

/** What a command that runs a network is told about it. */
export interface NetworkOptions extends ReadCheckpointOptions {
  /** Checkpoint file; by default the one that comes with this package. */
  readonly weights?: string | undefined;
  /** How images are prepared, if not as the manifest says. */
  readonly preset?: PresetName | undefined;
  /** File of class names. */
  readonly labels?: string | undefined;
}

/** A network with its weights, and everything needed to show it an image. */
export interface Network {
  /** `resnet20_cifar (shortcut B)` */
  readonly name: string;
  readonly model: Predictor;
  readonly classes: number;
  readonly labels: Labels | undefined;
  readonly preprocessing: PreprocessingSpec;
  /** As its manifest states it. */
  readonly accuracy: Accuracy | undefined;
  /** What was assumed, for the user to check. */
  readonly notes: readonly string[];
  /** Frees its memory. */
  dispose(): void;
}

/**
 * Loads a network ready to predict, on the WebAssembly backend.
 *
 * @returns the caller disposes it.
 * @throws UsageError, CommandError or the packages' own errors; nothing stays in memory then.
 */
export async function loadNetwork(options: NetworkOptions, terminal: Terminal): Promise<Network> {
  const file = options.weights ?? shipped(options.model);
  const checkpoint = await readCheckpoint(file, options, terminal);
  const { architecture, stateDict } = checkpoint;
  const { inputSize, classes: ownClasses } = modelInfo(architecture.name);
  const classes = architecture.options.classes ?? ownClasses;
  const { preprocessing, assumed } = choosePreprocessing(file, checkpoint, { preset: options.preset, inputSize });
  const labels = await chooseLabels(checkpoint, { file: options.labels, classes, inputSize });
  const { channels = 3 } = architecture.options;
  if (channels !== 3)
    throw new CommandError(`${file}: ${architecture.name} takes images of ${channels} channel(s), but images are read as 3 (RGB).`);

  await useWasm();
  const network: Module = createModel(architecture.name, architecture.options);
  try {
    loadStateDict(network, stateDict);
    const predictor = optimizeForInference(network, [1, preprocessing.crop, preprocessing.crop, channels]);
    return {
      name: describeArchitecture(architecture),
      model: predictor,
      classes,
      labels,
      preprocessing,
      notes: [...checkpoint.notes, ...assumed],
      accuracy: checkpoint.manifest?.accuracy ?? undefined,
      dispose: () => {
        predictor.dispose();
        dispose(network);
      },
    };
  } catch (error) {
    dispose(network);
    throw error;
  }
}

function shipped(model: string | undefined): string {
  if (model === undefined || model === SHIPPED_ARCHITECTURE) return shippedCheckpoint();
  throw new UsageError(
    `--model ${model} needs --weights FILE: the only weights that come with this package are those of ${SHIPPED_ARCHITECTURE}.`,
  );
}

function choosePreprocessing(
  file: string,
  { manifest }: NetworkCheckpoint,
  { preset, inputSize }: { preset: PresetName | undefined; inputSize: number },
): { preprocessing: PreprocessingSpec; assumed: readonly string[] } {
  if (preset) return { preprocessing: PRESETS[preset], assumed: [] };
  if (manifest?.preprocessing) return { preprocessing: specOf(file, manifest.preprocessing), assumed: [] };
  const likely = likelyPreset(inputSize);
  return { preprocessing: PRESETS[likely], assumed: [`Nothing says how images were prepared: taking --preset ${likely}.`] };
}

async function chooseLabels(
  { manifest }: NetworkCheckpoint,
  { file, classes, inputSize }: { file: string | undefined; classes: number; inputSize: number },
): Promise<Labels | undefined> {
  const labels = file !== undefined ? await readLabels(file) : manifest?.labels && withIdentifiers(manifest.labels);
  if (!labels) return labelsFor({ classes, inputSize });
  if (labels.names.length !== classes)
    throw new CommandError(`${file ?? 'the manifest'}: ${labels.names.length} class names, but the network has ${classes} outputs.`);
  return labels;
}
