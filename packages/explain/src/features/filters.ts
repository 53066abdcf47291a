import { namedModules, Parameter } from '@resnetjs/core';
import { ExplainError } from '../explain-error.ts';
import { type Explained, explainable } from '../explainable.ts';
import { offer } from '../pass/layer.ts';
import { assertValues } from '../pass/written-pass.ts';

/** What a convolution looks for. */
export interface Filters {
  /** Its dotted name. */
  readonly layer: string;
  /** `[filters, height, width, channels]` */
  readonly shape: readonly [number, number, number, number];
  /** Row-major, channels last: those of a first layer can be looked at as pictures. */
  readonly data: Float32Array;
}

/**
 * The filters of a convolution.
 *
 * @throws ExplainError for a module that is none, with the nearest that are.
 */
export async function filters(network: Explained, layer: string): Promise<Filters> {
  const { model } = explainable(network);
  const all = new Map(
    [...namedModules(model)].flatMap(([name, module]) => {
      const { weight } = module as { readonly weight?: unknown };
      return weight instanceof Parameter && weight.shape.length === 4 ? [[name, weight] as const] : [];
    }),
  );
  const weight = all.get(layer);
  if (!weight) throw new ExplainError(`filters: '${layer}' is no convolution of ${model.kind}. ${offer(layer, [...all.keys()])}`);
  assertValues(model);
  const [count = 0, channels = 0, height = 0, width = 0] = weight.shape;
  const values = await weight.read();
  const area = height * width;
  const data = Float32Array.from(values, (_, i) => {
    const [channel, pixel, filter] = [i % channels, Math.floor(i / channels) % area, Math.floor(i / (channels * area))];
    return values[(filter * channels + channel) * area + pixel] as number;
  });
  return { layer, shape: [count, height, width, channels], data };
}
