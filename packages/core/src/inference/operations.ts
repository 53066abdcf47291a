import type { Tensor } from '@tensorflow/tfjs-core';
import { ConfigError } from '../errors.ts';
import { gelu, reluOperation, sigmoid, silu } from '../ops/activations.ts';
import { blur } from '../ops/blur.ts';
import { channelConvolution } from '../ops/convolution/channel-convolution.ts';
import { conv2d, standardizedConv2d } from '../ops/convolution/conv2d.ts';
import { addOperation, addReluOperation, concatOperation, highwayOperation, scaleOperation, weightedSumOperation } from '../ops/joining.ts';
import { linear } from '../ops/linear.ts';
import { batchNorm, groupNorm } from '../ops/norm.ts';
import { averagePool, globalAveragePoolOperation, maxPool } from '../ops/pool.ts';
import { paddedShortcut, reshapeOperation, takeChannels, upsampleOperation, zeroPadOperation } from '../ops/shaping.ts';

type Call = (inputs: readonly Tensor[], attributes: never) => Tensor;
const ofOne =
  (f: (x: Tensor) => Tensor): Call =>
  ([x]) =>
    f(x as Tensor);

/** What a forward pass in eval mode is made of, by the names that traces give. */
const OPERATIONS = {
  add: addOperation,
  addRelu: addReluOperation,
  averagePool,
  batchNorm,
  blur,
  channelConvolution,
  concat: concatOperation,
  conv2d,
  gelu: ofOne(gelu),
  globalAveragePool: globalAveragePoolOperation,
  groupNorm,
  highway: highwayOperation,
  linear,
  maxPool,
  paddedShortcut,
  relu: reluOperation,
  reshape: reshapeOperation,
  scaleChannels: scaleOperation,
  sigmoid: ofOne(sigmoid),
  silu: ofOne(silu),
  standardizedConv2d,
  takeChannels,
  upsampleNearest: upsampleOperation,
  weightedSum: weightedSumOperation,
  zeroPad: zeroPadOperation,
} as const satisfies Record<string, Call>;

/**
 * Runs an operation by the name that a trace gives it: how a pass that was written down as data is computed.
 *
 * @param inputs in the operation's order, parameters among them, as tfjs stores them.
 * @param attributes as the trace has them; plain JSON.
 * @returns the caller's.
 * @throws ConfigError for an unknown name, ShapeError where inputs do not fit.
 */
export function runOperation(name: string, inputs: readonly Tensor[], attributes: object = {}): Tensor {
  const call = Object.hasOwn(OPERATIONS, name) ? OPERATIONS[name as keyof typeof OPERATIONS] : undefined;
  if (!call) throw new ConfigError(`There is no operation '${name}'; there are ${Object.keys(OPERATIONS).join(', ')}.`);
  return (call as (inputs: readonly Tensor[], attributes: object) => Tensor)(inputs, attributes);
}
