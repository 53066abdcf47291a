import { useWasm } from '@resnetjs/backend-wasm';
import { classify, dispose, loadStateDict, type Prediction } from '@resnetjs/core';
import { decodeImage, type PerChannel, type PreprocessingSpec, preprocess, type RgbImage, resizeAndCrop } from '@resnetjs/data';
import { type CheckpointSource, loadCheckpoint, type Manifest } from '@resnetjs/weights';
import { createModel } from '@resnetjs/zoo';

/** What a network makes of one photo. */
export interface Classification {
  /** Every class, most probable first. */
  readonly predictions: readonly Prediction[];
  /** The pixels the network got, before their colours were normalized. */
  readonly seen: RgbImage;
}

/** A network with its weights, ready for photos. */
export interface Classifier {
  readonly manifest: Manifest;
  readonly labels: readonly string[];
  /** @throws ImageError if the file is no image that can be read here. */
  classify(file: Blob, name: string): Promise<Classification>;
  /** Frees its memory. */
  dispose(): void;
}

/**
 * Loads a checkpoint with a manifest on the WebAssembly backend. Afterwards nothing more is fetched.
 *
 * @throws CheckpointError or BackendError saying what is missing.
 */
export async function loadClassifier(source: CheckpointSource): Promise<Classifier> {
  const [{ manifest, stateDict }] = await Promise.all([loadCheckpoint(source), useWasm()]);
  if (!manifest) throw new Error('The weights have no manifest, so nothing says what network they are of.');
  const spec = specOf(manifest);
  const model = createModel(manifest.architecture, manifest.config);
  loadStateDict(model, stateDict);
  const labels = manifest.labels ?? [];
  return {
    manifest,
    labels,
    async classify(file, name) {
      const image = await decodeImage(file, { name, orient: true });
      const [predictions = []] = await classify(model, preprocess(image, spec), labels, Number.POSITIVE_INFINITY);
      return { predictions, seen: resizeAndCrop(image, spec) };
    },
    dispose: () => dispose(model),
  };
}

function specOf({ preprocessing }: Manifest): PreprocessingSpec {
  const { resize, crop, interpolation = 'nearest', mean = [], std = [] } = preprocessing ?? {};
  if (typeof resize !== 'number' || typeof crop !== 'number' || interpolation === 'nearest' || !isRgb(mean) || !isRgb(std))
    throw new Error('The manifest of the weights does not say how to prepare a photo.');
  return { resize, crop, interpolation, mean, std };
}

const isRgb = (values: readonly number[]): values is PerChannel & number[] => values.length === 3;
