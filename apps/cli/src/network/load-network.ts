import { useWasm } from '@resnetjs/backend-wasm';
import type { Module } from '@resnetjs/core';
import type { PreprocessingSpec, RgbImage } from '@resnetjs/data';
import type { Explainable } from '@resnetjs/explain';
import { type Labels, NetworkError, type NetworkFacts, networkOf } from '@resnetjs/network';
import type { Manifest } from '@resnetjs/weights';
import { type Backbone, publishedWeights } from '@resnetjs/zoo';
import { CommandError } from '../command-error.ts';
import { readLabels } from '../labels/read-labels.ts';
import type { Terminal } from '../terminal.ts';
import { UsageError } from '../usage-error.ts';
import type { PresetName } from './presets.ts';
import { type ReadCheckpointOptions, readCheckpoint } from './read-checkpoint.ts';
import { SHIPPED_ARCHITECTURE, shippedCheckpoint } from './shipped.ts';
import { inCommandWords } from './words.ts';

/** What a command that runs a network is told about it. */
export interface NetworkOptions extends ReadCheckpointOptions {
  /** Where the weights are; by default those that come with this package. */
  readonly weights?: string | undefined;
  /** How images are prepared, if not as the manifest says. */
  readonly preset?: PresetName | undefined;
  /** File of class names. */
  readonly labels?: string | undefined;
}

/** A network with its weights, and everything needed to show it an image. */
export interface Network extends Omit<NetworkFacts, 'labels' | 'identifiers'> {
  /** From prepared images to logits. */
  readonly model: Module;
  /** The same, unfolded: its parts, and how photos are prepared, for what looks inside. */
  readonly inside: Explainable<RgbImage>;
  /** The same, its parts whole, for what looks into it or changes it; of grey images it takes grey. Freed by `dispose`. */
  readonly whole: Backbone;
  /** What its file says of it. */
  readonly manifest: Manifest | undefined;
  readonly labels: Labels | undefined;
  readonly preprocessing: PreprocessingSpec;
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
  if (options.weights === undefined) assertShipped(options.model);
  const file = options.weights ?? shippedCheckpoint();
  const started = useWasm({ everyOp: false });
  started.catch(() => undefined); // waited for below, where reading has not failed first
  const checkpoint = await readCheckpoint(options.weights, options, terminal);
  const { name } = checkpoint.architecture;
  if (!checkpoint.hasHead)
    throw new CommandError(`${file}: ${name} has no head here, so it tells no classes. \`resnet finetune\` gives it one.`);
  const labels = options.labels === undefined ? undefined : (await readLabels(options.labels)).names;
  await started;
  const network = await networkOf(checkpoint, checkpoint.manifest, { preprocessing: options.preset, labels }).catch((cause) => {
    if (!(cause instanceof NetworkError)) throw cause;
    throw new CommandError(`${labels ? options.labels : file}: ${cause.message}`, { cause });
  });
  return {
    ...network,
    model: network.predictor,
    inside: network,
    whole: network.model,
    manifest: checkpoint.manifest,
    labels: network.labels && { names: network.labels, ...(network.identifiers && { identifiers: network.identifiers }) },
    notes: network.notes.map(inCommandWords),
  };
}

function assertShipped(model: string | undefined): void {
  if (model === undefined || model === SHIPPED_ARCHITECTURE) return;
  const published = publishedWeights(model) ? `, or --weights ${model} for those that are published` : '';
  throw new UsageError(
    `--model ${model} needs --weights FILE${published}: the only weights that come with this package are those of ${SHIPPED_ARCHITECTURE}.`,
  );
}
