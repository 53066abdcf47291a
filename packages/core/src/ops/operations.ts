import { geluOperation, reluOperation, sigmoidOperation, siluOperation } from './activations.ts';
import { blur } from './blur.ts';
import { channelConvolution } from './convolution/channel-convolution.ts';
import { conv2d, standardizedConv2d } from './convolution/conv2d.ts';
import { addOperation, addReluOperation, concatOperation, highwayOperation, scaleOperation, weightedSumOperation } from './joining.ts';
import { linear } from './linear.ts';
import { batchNorm, groupNorm } from './norm.ts';
import { averagePool, globalAveragePoolOperation, maxPool } from './pool.ts';
import { paddedShortcut, reshapeOperation, takeChannels, upsampleOperation, zeroPadOperation } from './shaping.ts';

/**
 * Every operation that a trace can hold, by the name that it has there: for whoever translates traces. A name alone is no
 * proof, for anyone may call an operation `relu`; `operations.relu.made(node)` is.
 */
export const operations = {
  conv2d,
  standardizedConv2d,
  channelConvolution,
  linear,
  batchNorm,
  groupNorm,
  relu: reluOperation,
  sigmoid: sigmoidOperation,
  silu: siluOperation,
  gelu: geluOperation,
  add: addOperation,
  addRelu: addReluOperation,
  concat: concatOperation,
  highway: highwayOperation,
  scaleChannels: scaleOperation,
  weightedSum: weightedSumOperation,
  maxPool,
  averagePool,
  globalAveragePool: globalAveragePoolOperation,
  blur,
  reshape: reshapeOperation,
  takeChannels,
  zeroPad: zeroPadOperation,
  paddedShortcut,
  upsampleNearest: upsampleOperation,
} as const;
