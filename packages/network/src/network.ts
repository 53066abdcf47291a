import {
  classify,
  dispose,
  type ImageBatch,
  loadStateDict,
  type Module,
  optimizeForInference,
  type Prediction,
  type Predictor,
} from '@resnetjs/core';
import { type CropView, cropView, type PreprocessingSpec, preprocess } from '@resnetjs/data';
import { type QuantizedPlan, quantizedPredictor } from '@resnetjs/quantize';
import type { Accuracy, Manifest } from '@resnetjs/weights';
import { type Backbone, createModel, describeFeatures, embedding, features, modelInfo } from '@resnetjs/zoo';
import * as tf from '@tensorflow/tfjs-core';
import { greyInput } from './images/grey-input.ts';
import { type ImageInput, readImage } from './images/image-input.ts';
import { type Labels, labelsFor, withIdentifiers } from './labels/labels-for.ts';
import { NetworkError } from './network-error.ts';
import { rows } from './outcomes/answers.ts';
import { likelyPreset, PRESETS, type PresetName, presetOf, specOf } from './preprocessing.ts';
import { type Architecture, describeArchitecture, type Recognized } from './recognize/recognize.ts';

export interface ClassifyOptions {
  /** So many of the most probable classes. Default 5. */
  readonly top?: number;
  readonly signal?: AbortSignal;
}

/** What one stage of a network makes of an image. */
export interface FeatureMap {
  /** The stage's name: `layer3`. */
  readonly name: string;
  /** `[height, width, channels]`; of a network of feature vectors `[channels]`. */
  readonly shape: readonly number[];
  readonly data: Float32Array;
}

/** Images as a network's `model` takes them, `[N,H,W,C]`, and which part of each photo they are. */
export interface PreparedImages extends ImageBatch {
  readonly photos: readonly CropView[];
}

/** What is known of a network. */
export interface NetworkFacts {
  /** `resnet20_cifar (shortcut B)` */
  readonly name: string;
  readonly architecture: Architecture;
  readonly classes: number;
  /** Names of the classes, in the order of the outputs; `undefined` if nothing says them. */
  readonly labels: readonly string[] | undefined;
  /** Other names of the same: WordNet's identifiers of ImageNet's classes. */
  readonly identifiers: readonly string[] | undefined;
  /** How images are prepared for it. */
  readonly preprocessing: PreprocessingSpec;
  /** As its manifest states it. */
  readonly accuracy: Accuracy | undefined;
  /** What it computes in. Of a network in `'int8'` the model has no values: it can be summarized, and `classify` is all that it does. */
  readonly precision: 'float32' | 'int8';
  /** Whether it can tell classes. */
  readonly hasHead: boolean;
  /** What was assumed, for the user to check. */
  readonly notes: readonly string[];
}

/** A network with its weights, ready for images. */
export interface Network extends NetworkFacts {
  /** The model itself, in PyTorch's names, for whoever goes on by hand. Freed by `dispose`. */
  readonly model: Backbone;
  /**
   * The same, folded for inference: from `[N,H,W,3]`, prepared as `preprocessing` says, to logits.
   *
   * @throws NetworkError if the network has no head.
   */
  readonly predictor: Module;
  /**
   * The same to embeddings, `[N,features]`: what `embed` computes of images that are prepared.
   *
   * @throws NetworkError if the network is in 8 bits.
   */
  embedder(): Module;
  /**
   * The most probable classes of an image, or of each of many, best first.
   *
   * @throws NetworkError, or ImageError for what is no image.
   */
  classify(image: ImageInput, options?: ClassifyOptions): Promise<Prediction[]>;
  classify(images: readonly ImageInput[], options?: ClassifyOptions): Promise<Prediction[][]>;
  /** The image's embedding: what the head would classify, the last stage pooled over all pixels. */
  embed(image: ImageInput, options?: { readonly signal?: AbortSignal }): Promise<Float32Array>;
  embed(images: readonly ImageInput[], options?: { readonly signal?: AbortSignal }): Promise<Float32Array[]>;
  /** What each stage makes of an image, finest first. */
  features(image: ImageInput, options?: { readonly signal?: AbortSignal }): Promise<FeatureMap[]>;
  /** Images as {@link Network.model} takes them: resized, cropped, normalized, and grey where it takes grey ones. */
  prepare(images: readonly ImageInput[], options?: { readonly signal?: AbortSignal | undefined }): Promise<PreparedImages>;
  /** Frees its memory. */
  dispose(): void;
}

export interface NetworkOptions {
  /** How images are prepared, if not as the manifest says. */
  readonly preprocessing?: PresetName | PreprocessingSpec | undefined;
  /** Names of the classes, if not the manifest's. */
  readonly labels?: readonly string[] | undefined;
}

/** Images computed at once: enough to fill the kernels, few enough for a ResNet-50's activations. */
const BATCH = 16;

/**
 * Makes a network of weights whose architecture is known, on tfjs' current backend.
 *
 * @returns the caller disposes it.
 * @throws NetworkError if labels or preprocessing are not the network's; nothing stays in memory then.
 */
export async function networkOf(
  { architecture, stateDict, plan, hasHead, notes: recognized }: Recognized,
  manifest: Manifest | undefined,
  options: NetworkOptions = {},
): Promise<Network> {
  const { inputSize, classes: ownClasses } = modelInfo(architecture.name);
  const { classes = ownClasses, channels = 3 } = architecture.options;
  if (channels !== 3 && channels !== 1)
    throw new NetworkError(`${architecture.name} takes images of ${channels} channels here, but images are read as 3 (RGB) or 1 (grey).`);
  const { preprocessing, assumed } = choosePreprocessing(manifest, options.preprocessing, { inputSize, channels });
  if (plan) checkSize(plan, preprocessing, architecture.name);
  const labels = hasHead ? await chooseLabels(options.labels ?? manifest?.labels ?? undefined, { classes, inputSize }) : undefined;

  const model = createModel(architecture.name, architecture.options);
  const folded: Predictor[] = [];
  const fold = (part: Module): Module => {
    const predictor = plan
      ? quantizedPredictor(plan, part.kind)
      : optimizeForInference(part, [1, preprocessing.crop, preprocessing.crop, channels]);
    folded.push(predictor);
    return channels === 1 ? greyInput(predictor, preprocessing) : predictor;
  };
  let predictor: Module | undefined;
  try {
    if (!plan) loadStateDict(model, stateDict, { strict: hasHead, adopt: true });
    if (hasHead) predictor = fold(model);
    else if (channels === 1) greyInput(model, preprocessing); // says at once if it cannot be
  } catch (error) {
    for (const part of folded) part.dispose();
    dispose(model);
    throw error;
  }

  let isDisposed = false;
  let embedder: Module | undefined;
  const live = (): void => {
    if (isDisposed) throw new NetworkError(`${architecture.name} was disposed.`, { advice: 'Load it again.' });
  };
  const asFloat = (what: string): void => {
    live();
    if (plan)
      throw new NetworkError(`${architecture.name} is in 8 bits here, which gives classes and no ${what}.`, {
        advice: 'Load the weights that it was quantized from.',
      });
  };
  const embedderOf = (): Module => {
    asFloat('embeddings');
    embedder ??= fold({ kind: `embedding of ${model.kind}`, forward: (x, mode) => embedding(model, x, mode) });
    return embedder;
  };
  const classifier = (): Module => {
    live();
    if (predictor) return predictor;
    throw new NetworkError(`${architecture.name} has no head here, so it tells no classes.`, {
      advice: 'embed() and features() work, and fine-tuning gives it a head.',
    });
  };

  const prepare = async (images: readonly ImageInput[], signal: AbortSignal | undefined): Promise<PreparedImages> => {
    signal?.throwIfAborted();
    const photos = await Promise.all(images.map((image) => readImage(image, { signal })));
    const pixels = preprocess(photos, preprocessing);
    signal?.throwIfAborted();
    live();
    return { ...pixels, photos: photos.map((photo) => cropView(photo, preprocessing)) };
  };
  /** Batch after batch, so that many images take no more memory than a few. */
  const inBatches = async <T>(
    images: ImageInput | readonly ImageInput[],
    signal: AbortSignal | undefined,
    run: (pixels: ImageBatch) => Promise<T[]>,
  ): Promise<T | T[]> => {
    if (!Array.isArray(images)) return (await run(await prepare([images as ImageInput], signal)))[0] as T;
    const results: T[] = [];
    for (let start = 0; start < images.length; start += BATCH)
      results.push(...(await run(await prepare(images.slice(start, start + BATCH) as ImageInput[], signal))));
    return results;
  };

  return {
    name: describeArchitecture(architecture),
    architecture,
    model,
    get predictor() {
      return classifier();
    },
    embedder: embedderOf,
    classes,
    labels: labels?.names,
    identifiers: labels?.identifiers,
    preprocessing,
    accuracy: manifest?.accuracy ?? undefined,
    precision: plan ? 'int8' : 'float32',
    hasHead,
    notes: [...recognized, ...assumed],
    classify: (async (images: ImageInput | readonly ImageInput[], { top = 5, signal }: ClassifyOptions = {}) => {
      const network = classifier();
      return inBatches(images, signal, (pixels) => classify(network, pixels, labels?.names, top));
    }) as Network['classify'],
    embed: (async (images: ImageInput | readonly ImageInput[], { signal }: { signal?: AbortSignal } = {}) => {
      const network = embedderOf();
      return inBatches(images, signal, (pixels) => rows(network, pixels));
    }) as Network['embed'],
    async features(image, { signal } = {}) {
      asFloat('features');
      const pixels = await prepare([image], signal);
      return featureMaps(model, pixels, channels === 1 ? preprocessing : undefined);
    },
    async prepare(images, { signal } = {}) {
      live();
      const prepared = await prepare(images, signal);
      return channels === 1 ? { ...(await greyPixels(prepared, preprocessing)), photos: prepared.photos } : prepared;
    },
    dispose() {
      if (isDisposed) return;
      isDisposed = true;
      for (const part of folded) part.dispose();
      dispose(model);
    },
  };
}

/** What a network of grey images sees of colour images. */
async function greyPixels({ data, shape }: ImageBatch, preprocessing: PreprocessingSpec): Promise<ImageBatch> {
  const seen: Module = { kind: 'the images', forward: (x) => tf.clone(x) };
  const grey = tf.tidy(() => greyInput(seen, preprocessing).forward(tf.tensor(data, [...shape]), 'eval'));
  try {
    return { data: (await grey.data()) as Float32Array, shape: grey.shape };
  } finally {
    grey.dispose();
  }
}

async function featureMaps(model: Backbone, { data, shape }: ImageBatch, grey: PreprocessingSpec | undefined): Promise<FeatureMap[]> {
  let maps: tf.Tensor[] = [];
  tf.tidy(() => {
    const run = (x: tf.Tensor): tf.Tensor => {
      maps = features(model, x).map((map) => tf.keep(map));
      return x;
    };
    const x = tf.tensor(data, [...shape], 'float32');
    if (grey) greyInput({ kind: model.kind, forward: (y) => tf.clone(run(y)) }, grey).forward(x, 'eval');
    else run(x);
  });
  try {
    const [, height = 0, width = 0] = shape;
    const names = describeFeatures(model, [1, height, width, grey ? 1 : 3]).map(({ name }) => name);
    return await Promise.all(
      maps.map(async (map, i) => ({ name: names[i] ?? '', shape: map.shape.slice(1), data: (await map.data()) as Float32Array })),
    );
  } finally {
    tf.dispose(maps);
  }
}

function choosePreprocessing(
  manifest: Manifest | undefined,
  chosen: NetworkOptions['preprocessing'],
  { inputSize, channels }: { readonly inputSize: number; readonly channels: number },
): { preprocessing: PreprocessingSpec; assumed: readonly string[] } {
  if (typeof chosen === 'string') {
    if (!Object.hasOwn(PRESETS, chosen))
      throw new NetworkError(`there is no preset '${chosen}'; there are ${Object.keys(PRESETS).join(', ')}.`);
    return { preprocessing: presetOf(chosen, channels), assumed: [] };
  }
  if (chosen) return { preprocessing: chosen, assumed: [] };
  if (manifest?.preprocessing) return { preprocessing: specOf(manifest.preprocessing), assumed: [] };
  const likely = likelyPreset(inputSize);
  return {
    preprocessing: presetOf(likely, channels),
    assumed: [`Nothing says how images were prepared: taking { preprocessing } ${likely}.`],
  };
}

/** A plan is for images of one size. */
function checkSize({ values, input }: QuantizedPlan, { crop }: PreprocessingSpec, name: string): void {
  const [height, width] = values[input]?.shape ?? [];
  if (height !== crop || width !== crop)
    throw new NetworkError(`${name} was quantized for images of ${height}x${width}, but they are prepared in ${crop}x${crop}.`, {
      advice: 'Prepare them in its size, or quantize it for this one.',
    });
}

async function chooseLabels(
  names: readonly string[] | undefined,
  { classes, inputSize }: { readonly classes: number; readonly inputSize: number },
): Promise<Labels | undefined> {
  if (!names) return labelsFor({ classes, inputSize });
  // Of one output, which is yes or no, either the one or both may have a name.
  if (names.length !== classes && !(classes === 1 && names.length === 2))
    throw new NetworkError(`${names.length} class names, but the network has ${classes} outputs.`);
  return withIdentifiers(names);
}
