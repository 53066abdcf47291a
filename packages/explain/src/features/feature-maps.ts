import * as tf from '@tensorflow/tfjs-core';
import { prepare } from '../attribution/prepare.ts';
import { type Explained, explainable, type PreparedImages } from '../explainable.ts';
import { namedLayer } from '../pass/layer.ts';
import { run, type WrittenPass, writtenPass } from '../pass/written-pass.ts';

/** What a module makes of an image. */
export interface LayerOutput {
  /** Its dotted name. */
  readonly layer: string;
  /** `[h,w,C]`, or `[C]` behind the pooling. */
  readonly shape: readonly number[];
  /** Row-major, channels last. */
  readonly data: Float32Array;
}

/**
 * What any named module of a network makes of images; of several modules in one pass.
 *
 * @param layers dotted names: `conv1`, `layer2.0.bn1`
 * @returns for each image a list, in the order of `layers`
 * @throws ExplainError with the nearest names for a module that is not there.
 */
export async function featureMaps<Image>(
  network: Explained<Image>,
  images: readonly Image[] | PreparedImages,
  layers: readonly string[],
  { signal }: { readonly signal?: AbortSignal | undefined } = {},
): Promise<LayerOutput[][]> {
  const asked = explainable(network);
  const prepared = await prepare(asked, images as PreparedImages, signal);
  const [count = 0] = prepared.shape;
  const pass = writtenPass(asked.model, [1, ...prepared.shape.slice(1)]);
  const named = layers.map((name) => namedLayer(pass, name));
  const outputs = outputsOf(pass, prepared, layers);
  try {
    const values = await Promise.all(outputs.map(async (output) => (await output.data()) as Float32Array));
    return Array.from({ length: count }, (_, i) =>
      named.map(({ name }, l): LayerOutput => {
        const data = values[l] as Float32Array;
        const size = data.length / count;
        return { layer: name, shape: (outputs[l] as tf.Tensor).shape.slice(1), data: data.slice(i * size, (i + 1) * size) };
      }),
    );
  } finally {
    tf.dispose(outputs);
  }
}

/** The outputs `[N,…]` of named modules; the caller's. */
export const outputsOf = (pass: WrittenPass, { data, shape }: PreparedImages, layers: readonly string[]): tf.Tensor[] => {
  const nodes = layers.map((name) => namedLayer(pass, name).node);
  return tf.tidy(() => run(new Map([[pass.input, tf.tensor(data, [...shape])]]), nodes));
};

/** Names of the modules that a network runs on images of this shape, with what each gives; for whoever lets a person choose one. */
export function listLayers(
  network: Explained,
  inputShape: readonly number[],
): { readonly name: string; readonly kind: string; readonly shape: readonly number[] }[] {
  const { model } = explainable(network);
  const pass = writtenPass(model, inputShape, { toRun: false });
  return [...pass.layers].map(([name, { shape }]) => ({ name, kind: pass.kinds.get(name) ?? '', shape }));
}
