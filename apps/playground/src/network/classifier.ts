import { classify, type Prediction } from '@resnetjs/core';
import { decodeImage, preprocess, type RgbImage, resizeAndCrop } from '@resnetjs/data';
import { type Network, networkOf, type Recognized } from '@resnetjs/network';
import type { Manifest } from '@resnetjs/weights';
import { modelInfo } from '@resnetjs/zoo';

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
  /** What was assumed, for the user to check. */
  readonly notes: readonly string[];
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

/** What is told of a network; plain data, to be posted. */
export const infoOf = ({ architecture, classes, labels, inputSize, params, accuracy, notes }: ClassifierInfo): ClassifierInfo => ({
  architecture,
  classes,
  labels,
  inputSize,
  params,
  accuracy,
  notes,
});

/** The same, as it is read off a network. */
export const infoOfNetwork = ({ architecture, classes, labels = [], preprocessing, accuracy, notes }: Network): ClassifierInfo => ({
  architecture: architecture.name,
  classes,
  labels,
  inputSize: preprocessing.crop,
  params: modelInfo(architecture.name).params,
  accuracy: accuracy ?? null,
  notes,
});

/** The names that classes are shown by: numbers, where nothing says them. */
export const shownLabels = ({ labels, classes }: Pick<ClassifierInfo, 'labels' | 'classes'>): readonly string[] =>
  labels.length > 0 || classes === 1 ? labels : Array.from({ length: classes }, (_, i) => `class ${i}`);

/**
 * Makes a network that tells how long each stage takes, on tfjs' current backend.
 *
 * @throws NetworkError if it has no head, or its manifest says what cannot be done here.
 */
export async function classifierOf(recognized: Recognized, manifest: Manifest | undefined): Promise<Classifier> {
  const network = await networkOf(recognized, manifest);
  const { preprocessing: spec } = network;
  try {
    const { predictor } = network;
    const info = infoOfNetwork(network);
    const names = shownLabels(info);
    return {
      ...info,
      async classify(file, name, top = Number.POSITIVE_INFINITY) {
        const start = performance.now();
        const image = await decodeImage(file, { name, orient: true });
        const decoded = performance.now();
        const pixels = preprocess(image, spec);
        const prepared = performance.now();
        const [predictions = []] = await classify(predictor, pixels, names, top);
        const times = { decodeMs: decoded - start, prepareMs: prepared - decoded, networkMs: performance.now() - prepared };
        return { predictions, times, seen: resizeAndCrop(image, spec) };
      },
      dispose: network.dispose,
    };
  } catch (error) {
    network.dispose();
    throw error;
  }
}
