import {
  compareStateDict,
  formatDifferences,
  type Parameter,
  parameters,
  type StateDict,
  StateDictError,
  type StoredTensor,
} from '@resnetjs/core';
import type { Backbone } from './backbone.ts';

/** A state dict made to fit another number of classes or input channels. */
export interface AdaptedStateDict {
  readonly dict: StateDict;
  /** Names of tensors that were changed: the input convolution's filter. */
  readonly adapted: readonly string[];
  /** Names of tensors that were left out, and keep what the model has: those of the head. */
  readonly left: readonly string[];
}

/**
 * Makes pretrained weights fit a network of other `classes` or `channels`, keeping every tensor that matches.
 *
 * The input convolution is adapted as timm does: summed to one channel, or repeated and rescaled to n, so that an image
 * whose channels are equal gives what it gave. The head is left out where its classes differ. Load the result with
 * `loadStateDict(model, dict, { strict: false })` into a model that has values for the rest.
 *
 * @param dict in PyTorch's names and layout; not changed.
 * @throws StateDictError where anything else differs: then these are another network's weights.
 * @see `adapt_input_conv` in timm/models/_manipulate.py
 */
export function adaptStateDict(model: Backbone, dict: StateDict): AdaptedStateDict {
  const result: StateDict = new Map(dict);
  const [adapted, left]: [string[], string[]] = [[], []];
  const wanted = parameters(model);
  const input = [...wanted].find(([, { layout }]) => layout === 'OIHW')?.[0];
  /** Whether a parameter that differs is the head's, which goes. */
  const leaves = (name: string): boolean => {
    if (!name.startsWith(`${model.headName}.`)) return false;
    result.delete(name);
    left.push(name);
    return true;
  };
  /** Whether it is the input's filter for other channels, which is adapted. */
  const adapts = (name: string): boolean => {
    const [stored, parameter] = [dict.get(name) as StoredTensor, wanted.get(name) as Parameter];
    if (name !== input || !onlyChannelsDiffer(stored, parameter)) return false;
    result.set(name, adaptChannels(stored, parameter.shape[1] ?? 1));
    adapted.push(name);
    return true;
  };
  const differences = compareStateDict(wanted, dict);
  const faults = formatDifferences(
    {
      missing: differences.missing.filter((name) => !leaves(name)),
      unexpected: [],
      misshapen: differences.misshapen.filter(({ name }) => !leaves(name) && !adapts(name)),
    },
    { most: 5 },
  );
  if (faults)
    throw new StateDictError(`adaptStateDict: these are no weights of this network, whatever its classes and channels: ${faults}.`);
  return { dict: result, adapted, left };
}

const onlyChannelsDiffer = ({ shape }: StoredTensor, parameter: Parameter): boolean =>
  shape.length === 4 && [0, 2, 3].every((axis) => shape[axis] === parameter.shape[axis]);

/** @param filter `[O,I,h,w]` */
function adaptChannels({ shape, data }: StoredTensor, channels: number): StoredTensor {
  const [o = 1, i = 1, h = 1, w = 1] = shape;
  const pixels = h * w;
  const adapted = new Float32Array(o * channels * pixels);
  const scale = channels === 1 ? 1 : i / channels;
  for (let out = 0; out < o; out++)
    for (let c = 0; c < (channels === 1 ? i : channels); c++)
      for (let p = 0; p < pixels; p++) {
        const to = (out * channels + (channels === 1 ? 0 : c)) * pixels + p;
        adapted[to] = (adapted[to] as number) + scale * (data[(out * i + (c % i)) * pixels + p] as number);
      }
  return { shape: [o, channels, h, w], data: adapted };
}
