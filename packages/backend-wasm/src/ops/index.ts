import type { KernelImplementation } from '../registration.ts';
import { batchNormRelu, batchNormTrain, batchNormTrainGrad, fusedBatchNorm } from './batch-norm.ts';
import { concat } from './concat.ts';
import { conv2d, fusedConv2d, resnetConv2d } from './conv2d.ts';
import { conv2dBackpropFilter, conv2dBackpropInput, resnetConv2dBackpropFilter, resnetConv2dBackpropInput } from './conv2d-gradients.ts';
import { depthwiseBackpropFilter, depthwiseBackpropInput } from './depthwise.ts';
import { add, addRelu, mean, relu, reluGrad, scaleChannels, sigmoid } from './elementwise.ts';
import { cast, identity, padChannels, stridedSlice, tile } from './layout.ts';
import { adamWUpdate, sgdUpdate } from './optimizer-updates.ts';
import { avgPool, maxPool, maxPoolGrad, resnetMaxPool, resnetMaxPoolGrad } from './pool.ts';
import { quantizedPass } from './quantized-pass.ts';
import { recordedPass } from './recorded-pass.ts';
import { softmaxCrossEntropy } from './softmax-cross-entropy.ts';
import { storedFilter } from './stored-filter.ts';

/** Every kernel of this package by the name under which tfjs, or `@resnetjs/core` and `train`, ask for it. */
export const KERNELS: Readonly<Record<string, KernelImplementation>> = {
  Add: add,
  AvgPool: avgPool,
  Cast: cast,
  Concat: concat,
  Conv2D: conv2d,
  Conv2DBackpropFilter: conv2dBackpropFilter,
  Conv2DBackpropInput: conv2dBackpropInput,
  DepthwiseConv2dNativeBackpropFilter: depthwiseBackpropFilter,
  DepthwiseConv2dNativeBackpropInput: depthwiseBackpropInput,
  FusedBatchNorm: fusedBatchNorm,
  FusedConv2D: fusedConv2d,
  Identity: identity,
  MaxPool: maxPool,
  MaxPoolGrad: maxPoolGrad,
  Mean: mean,
  Multiply: scaleChannels,
  PadV2: padChannels,
  Relu: relu,
  ResNetAdamW: adamWUpdate,
  ResNetAddRelu: addRelu,
  ResNetBatchNormRelu: batchNormRelu,
  ResNetBatchNormTrain: batchNormTrain,
  ResNetBatchNormTrainGrad: batchNormTrainGrad,
  ResNetConv2D: resnetConv2d,
  ResNetConv2DBackpropFilter: resnetConv2dBackpropFilter,
  ResNetConv2DBackpropInput: resnetConv2dBackpropInput,
  ResNetMaxPool: resnetMaxPool,
  ResNetMaxPoolGrad: resnetMaxPoolGrad,
  ResNetQuantizedPass: quantizedPass,
  ResNetRecordedPass: recordedPass,
  ResNetReluGrad: reluGrad,
  ResNetSGD: sgdUpdate,
  ResNetSoftmaxCrossEntropy: softmaxCrossEntropy,
  ResNetStoredFilter: storedFilter,
  Sigmoid: sigmoid,
  StridedSlice: stridedSlice,
  Tile: tile,
};
