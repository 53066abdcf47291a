export { basicBlock } from './blocks/basic.ts';
export { BOTTLENECK_EXPANSION, type BottleneckOptions, bottleneck } from './blocks/bottleneck.ts';
export { type DenseBlock, type DenseBlockOptions, type DenseLayerOptions, denseBlock, denseLayer } from './blocks/dense.ts';
export { type DenseResidualOptions, denseResidualBlock } from './blocks/dense-residual.ts';
export { type HighwayOptions, highwayBlock } from './blocks/highway.ts';
export type { AntiAlias, BlockOptions, ChannelAttention } from './blocks/options.ts';
export {
  type PreactivationOptions,
  type PreactivationSize,
  preactivationBasic,
  preactivationBottleneck,
} from './blocks/preactivation.ts';
export { isRemovable, removeBlocks, removedBlocks } from './blocks/remove-blocks.ts';
export { type BlockShortcut, idleParameters, type ResidualBlock, residualBlocks, skipBlocks } from './blocks/residual-block.ts';
export { selectiveBasicBlock, selectiveBottleneck } from './blocks/selective.ts';
export { identity, type ShortcutOption, type ShortcutSize } from './blocks/shortcut.ts';
export { checkpoint, checkpointSteps } from './checkpoint.ts';
export { checkpointBlocks } from './checkpoint-blocks.ts';
export { classify, type ImageBatch, type Pixels, type Prediction } from './classify.ts';
export { dispose } from './dispose.ts';
export { asFloats } from './dtype.ts';
export { ConfigError, DtypeError, formatShape, SeedError, ShapeError, StateDictError } from './errors.ts';
export { freeze, unfreeze } from './freeze.ts';
export { gradientsOf, type ValueAndGradients } from './gradients/gradients-of.ts';
export { registerGradients } from './gradients/register.ts';
export {
  type FoldedArray,
  type FoldedConvStep,
  type FoldedNormStep,
  type FoldedOperationStep,
  type FoldedPass,
  type FoldedStep,
  foldedPass,
} from './inference/folded.ts';
export { runOperation } from './inference/operations.ts';
export { isPredictor, optimizeForInference, type Predictor } from './inference/optimize.ts';
export { initialize } from './initialize.ts';
export { constant, type Initializer, kaimingNormal, linearUniform } from './initializer.ts';
export { type LayerGroup, layerGroups } from './layer-groups.ts';
export { activatedNorm, type BatchNorm2D, type BatchNorm2DOptions, batchNorm2d } from './layers/batch-norm2d.ts';
export { type Conv2D, type Conv2DOptions, conv2d } from './layers/conv2d.ts';
export { type DepthUnit, type Dropout, dropout, type StochasticDepth, stochasticDepth } from './layers/dropout.ts';
export { efficientChannelAttention } from './layers/efficient-channel-attention.ts';
export { type GroupNormOptions, groupNorm } from './layers/group-norm.ts';
export { type Linear, linear } from './layers/linear.ts';
export type { Normalize, NormLayer } from './layers/norm-layer.ts';
export { type AveragePoolOptions, averagePool2d, blurPool2d, maxPool2d, type PoolOptions } from './layers/pool.ts';
export { type SelectiveConvOptions, type SelectiveKernelOptions, selectiveKernel } from './layers/selective-kernel.ts';
export { squeezeExcite } from './layers/squeeze-excite.ts';
export { type Layout, storedShape, toStored, toTorch } from './layout.ts';
export type { Mode, Replay, TrainingStep } from './mode.ts';
export { type Module, module, type Parts, scoped } from './module.ts';
export { type ModuleList, moduleList } from './module-list.ts';
export { matches as matchesName, type NamePattern } from './name-pattern.ts';
export { namedModules, parameters } from './named-modules.ts';
export { type DifferentiableOperation, fastKernel, type Operand, type Operation, type OperationCall, operation } from './op.ts';
export { type Activation, activation, gelu, relu, sigmoid, silu } from './ops/activations.ts';
export { imageHint } from './ops/image-shape.ts';
export { add, addRelu, concat, highway, rectifies } from './ops/joining.ts';
export { operations } from './ops/operations.ts';
export { globalAveragePool } from './ops/pool.ts';
export { asPixel, flatten, upsampleNearest, zeroPad } from './ops/shaping.ts';
export { Parameter, type ParameterOptions, type Role } from './parameter.ts';
export { type GroupedParameters, type ParameterGroupOptions, parameterGroups } from './parameter-groups.ts';
export { mix32, normal, seedFor, uniform } from './random.ts';
export { type Recomputation, recompute } from './recompute.ts';
export { type Layer, runSteps, type Sequential, type Step, sequential } from './sequential.ts';
export {
  compareStateDict,
  formatDifferences,
  type LoadReport,
  loadStateDict,
  type MisshapenTensor,
  type StateDict,
  type StateDictDifferences,
  type StoredTensor,
  stateDict,
} from './state-dict.ts';
export { type Summary, type SummaryRow, summarize } from './summarize.ts';
export { type Trace, type TraceCall, type TraceNode, trace } from './trace.ts';
