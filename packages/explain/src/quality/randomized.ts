import { type Module, normal, type Parameter, parameters, seedFor } from '@resnetjs/core';
import * as tf from '@tensorflow/tfjs-core';
import { explainPrepared } from '../attribution/explain.ts';
import type { ExplainOptions, Explanation } from '../attribution/explanation.ts';
import { prepare } from '../attribution/prepare.ts';
import { type Explained, explainable, type PreparedImages } from '../explainable.ts';
import { rankCorrelation } from './rank-correlation.ts';

/** What becomes of maps when a network forgets what it learned, layer by layer from the head down. */
export interface Randomization {
  /** The module whose parameters were made random, and all those behind it. */
  readonly module: string;
  /** Spearman's rank correlation of the map with that of the network itself, the mean over the images: 1 is the same map. */
  readonly correlation: number;
}

export interface RandomizationOptions extends Omit<ExplainOptions, 'target'> {
  readonly target?: Exclude<ExplainOptions['target'], readonly unknown[]>;
  /** So many steps from the head to the stem. Default: each module that has parameters of its own, or 8 steps if there are more. */
  readonly steps?: number;
}

/**
 * A map should be about the network: where its weights are random, it must be another. A method whose maps stay shows the image, not the network.
 * The model itself is not changed.
 *
 * @see Adebayo et al. 2018, section 3.1, https://arxiv.org/abs/1810.03292
 */
export async function randomizationTest<Image>(
  network: Explained<Image>,
  images: readonly Image[] | PreparedImages,
  { steps = 8, seed = 0, ...options }: RandomizationOptions = {},
): Promise<Randomization[]> {
  const asked = explainable(network);
  const prepared = await prepare(asked, images as PreparedImages, options.signal);
  const layers = learnedLayers(asked.model);
  const own = await firstOf(explainPrepared(asked, prepared, options));
  // The same class is asked about, whatever the forgetful network takes the image for.
  const ends = Array.from({ length: Math.min(steps, layers.length) }, (_, i) =>
    Math.round(((i + 1) * layers.length) / Math.min(steps, layers.length)),
  );
  const values = new Map<Parameter, tf.Tensor>();
  try {
    const results: Randomization[] = [];
    let done = 0;
    for (const end of ends) {
      for (; done < end; done++) {
        const [name, own] = layers[done] as (typeof layers)[number];
        for (const [key, parameter] of own) values.set(parameter, await drawn(parameter, seedFor(seed, `${name}.${key}`)));
      }
      let sum = 0;
      for (const [i, before] of own.entries()) {
        const one = sliced(prepared, i);
        const [after] = await firstOf(explainPrepared(asked, one, { ...options, seed, target: before.target }, { values }));
        sum += rankCorrelation(before.coarse.data, (after as Explanation).coarse.data);
      }
      results.push({ module: (layers[end - 1] as (typeof layers)[number])[0], correlation: sum / own.length });
    }
    return results;
  } finally {
    tf.dispose([...values.values()]);
  }
}

const firstOf = async (found: Promise<Explanation[][]>): Promise<Explanation[]> => (await found).map(([only]) => only as Explanation);

function sliced({ data, shape, photos }: PreparedImages, i: number): PreparedImages {
  const size = data.length / (shape[0] as number);
  const photo = photos?.[i];
  return { data: data.slice(i * size, (i + 1) * size), shape: [1, ...shape.slice(1)], ...(photo && { photos: [photo] }) };
}

/** Modules with parameters of their own, the last first. */
function learnedLayers(model: Module): (readonly [name: string, own: readonly (readonly [key: string, Parameter])[]])[] {
  const layers = new Map<string, [string, Parameter][]>();
  for (const [name, parameter] of parameters(model)) {
    const at = name.lastIndexOf('.');
    const layer = name.slice(0, Math.max(at, 0));
    layers.set(layer, [...(layers.get(layer) ?? []), [name.slice(at + 1), parameter]]);
  }
  return [...layers].reverse();
}

/** Normal numbers with the mean and the deviation of the parameter's own; of a variance what is positive of them. */
async function drawn(parameter: Parameter, seed: number): Promise<tf.Tensor> {
  const own = (await parameter.variable.data()) as Float32Array;
  const mean = own.reduce((sum, value) => sum + value, 0) / own.length;
  const deviation = Math.sqrt(own.reduce((sum, value) => sum + (value - mean) ** 2, 0) / own.length);
  const draw = normal(seed);
  const isVariance = parameter.role === 'buffer' && own.every((value) => value >= 0);
  const values = Float32Array.from(own, () => {
    const value = mean + deviation * draw();
    return isVariance ? Math.abs(value) : value;
  });
  return tf.tensor(values, parameter.storedShape);
}
