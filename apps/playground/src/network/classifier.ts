import { classify, dispose, loadStateDict, type Module, optimizeForInference, type Prediction, type StateDict } from '@resnetjs/core';
import { CIFAR10_CLASSES, decodeImage, type PreprocessingSpec, preprocess, type RgbImage, resizeAndCrop } from '@resnetjs/data';
import type { Checkpoint, Manifest } from '@resnetjs/weights';
import { createModel, type ModelOptions, modelInfo } from '@resnetjs/zoo';
import { classesOf } from './fitting-architectures.ts';
import { preprocessingOf, usualPreprocessing } from './preprocessing.ts';

/** What a network makes of one photo. */
export interface Classification {
  /** The most probable classes, best first. */
  readonly predictions: readonly Prediction[];
  /** The pixels the network got, before their colours were normalized. */
  readonly seen: RgbImage;
  readonly times: StageTimes;
}

/** How long each stage took, in milliseconds. */
export interface StageTimes {
  /** From the file's bytes to pixels. */
  readonly decodeMs: number;
  /** Resized, cropped, normalized. */
  readonly prepareMs: number;
  /** The forward pass, and its result read back. */
  readonly networkMs: number;
}

/** A network as it is told about. */
export interface ClassifierInfo {
  readonly architecture: string;
  readonly classes: number;
  /** Names of the classes; empty if nothing says them. */
  readonly labels: readonly string[];
  /** Side of the square that it sees, in pixels. */
  readonly inputSize: number;
  readonly params: number;
  /** As its manifest states it. */
  readonly accuracy: Manifest['accuracy'];
}

/** A network with its weights, ready for photos. */
export interface Classifier extends ClassifierInfo {
  /**
   * @param top so many of the most probable classes
   * @throws ImageError if the file is no image that can be read here.
   */
  classify(file: Blob, name: string, top?: number): Promise<Classification>;
  /** Frees its memory. */
  dispose(): void;
}

/** Which network weights are of, where they have no manifest. */
export interface ChosenArchitecture {
  readonly architecture: string;
  readonly options?: ModelOptions;
}

/**
 * Makes a network of a checkpoint, on tfjs' current backend.
 *
 * @param chosen wins over the checkpoint's manifest.
 * @throws Error if nothing says which network it is or how to prepare photos; StateDictError if the weights are another's.
 */
export async function classifierOf({ manifest, stateDict }: Checkpoint, chosen?: ChosenArchitecture): Promise<Classifier> {
  const named = chosen ?? (manifest && { architecture: manifest.architecture, options: manifest.config as ModelOptions });
  if (!named) throw new Error('The weights have no manifest, so nothing says what network they are of.');
  const { architecture } = named;
  const options = named.options ?? { ...sizedFor(architecture, stateDict) };
  const { inputSize: usualSize, classes: ownClasses, params } = modelInfo(architecture);
  const spec = manifest?.preprocessing ? preprocessingOf(manifest.preprocessing) : usualPreprocessing(usualSize);
  const classes = options.classes ?? ownClasses;
  const labels = manifest?.labels ?? (await usualLabels(classes, usualSize));
  if (labels.length > 0 && labels.length !== classes)
    throw new Error(`The manifest names ${labels.length} classes, but the network has ${classes}.`);

  const shownLabels = labels.length > 0 ? labels : Array.from({ length: classes }, (_, i) => `class ${i}`);

  const model = createModel(architecture, options);
  const predictor = loaded(model, stateDict, spec);
  return {
    architecture,
    classes,
    labels,
    inputSize: spec.crop,
    params,
    accuracy: manifest?.accuracy ?? null,
    async classify(file, name, top = Number.POSITIVE_INFINITY) {
      const start = performance.now();
      const image = await decodeImage(file, { name, orient: true });
      const decoded = performance.now();
      const pixels = preprocess(image, spec);
      const prepared = performance.now();
      const [predictions = []] = await classify(predictor, pixels, shownLabels, top);
      const times = { decodeMs: decoded - start, prepareMs: prepared - decoded, networkMs: performance.now() - prepared };
      return { predictions, times, seen: resizeAndCrop(image, spec) };
    },
    dispose() {
      predictor.dispose();
      dispose(model);
    },
  };
}

/** Ready to predict; nothing stays in memory if that fails. */
function loaded(model: Module, stateDict: StateDict, { crop }: PreprocessingSpec) {
  try {
    loadStateDict(model, stateDict);
    return optimizeForInference(model, [1, crop, crop, 3]);
  } catch (error) {
    dispose(model);
    throw error;
  }
}

function sizedFor(architecture: string, stateDict: StateDict): ModelOptions {
  const classes = classesOf(stateDict.values());
  return classes === undefined || classes === modelInfo(architecture).classes ? {} : { classes };
}

/** The names that a network of so many outputs and such an input was most likely published with; none if it is not known. */
async function usualLabels(classes: number, inputSize: number): Promise<readonly string[]> {
  if (classes === 10 && inputSize === 32) return CIFAR10_CLASSES;
  if (classes !== 1000) return [];
  const { default: imagenet } = await import('resnetjs/labels/imagenet-1k.json');
  return imagenet.map(([, name]) => name as string);
}
