import type { NamedTensorInfoMap } from '@tensorflow/tfjs-core';

/** Which calls of a kernel with floats tfjs-backend-wasm answers wrongly. */
export interface Route {
  /** Why they go to the cpu kernel, for whoever reads the table. */
  readonly because: string;
  /** All of them unless it says otherwise. */
  takes?(inputs: NamedTensorInfoMap, attrs: object): boolean;
}

/** XNNPACK's convolutions. */
const CONVOLUTION = 'channels first; filters larger than the image, of which it writes beyond the result';
const NEGATIVE = 'negative values';
const NAN: Route = { because: 'NaN is lost' };
const ROUNDS: Route = { because: 'off by more than rounding' };

export const ROUTES: Readonly<Record<string, Route>> = {
  Cast: {
    because: 'to booleans and complex numbers',
    takes: (_, attrs) => ['bool', 'complex64'].includes((attrs as { dtype: string }).dtype),
  },
  ClipByValue: NAN,
  Conv2D: { because: CONVOLUTION },
  Conv2DBackpropInput: { because: CONVOLUTION },
  Conv3D: { because: 'zeros, or what the memory held' },
  Conv3DBackpropFilterV2: { because: 'with Conv3D' },
  Conv3DBackpropInputV2: { because: 'with Conv3D' },
  Cos: ROUNDS,
  CropAndResize: { because: 'the nearest pixel', takes: (_, attrs) => (attrs as { method: string }).method === 'nearest' },
  Dilation2D: { because: NEGATIVE },
  Dilation2DBackpropFilter: { because: 'with Dilation2D' },
  Dilation2DBackpropInput: { because: 'with Dilation2D' },
  Elu: ROUNDS,
  FloorDiv: { because: 'the dtype of the result' },
  GatherV2: { because: 'of batches', takes: (_, attrs) => (attrs as { batchDims?: number }).batchDims !== 0 },
  LinSpace: ROUNDS,
  Log1p: ROUNDS,
  Maximum: NAN,
  Minimum: NAN,
  MaxPool3D: { because: NEGATIVE },
  MaxPool3DGrad: { because: NEGATIVE },
  MaxPoolGrad: { because: NEGATIVE },
  MaxPoolWithArgmax: { because: NEGATIVE },
  Mod: ROUNDS,
  Multinomial: { because: 'other samples for the same seed' },
  DepthwiseConv2dNative: { because: 'strides of filters of one row or column; filters larger than the image' },
  FusedConv2D: { because: CONVOLUTION },
  FusedDepthwiseConv2D: { because: 'with DepthwiseConv2dNative' },
  Prelu: { because: 'slopes that are not a vector' },
  Relu6: NAN,
  RotateWithOffset: ROUNDS,
  Selu: ROUNDS,
  Sign: { because: 'small numbers are taken for zero' },
  Sin: ROUNDS,
  Tan: ROUNDS,
  TopK: { because: 'NaN is put anywhere' },
  _FusedMatMul: { because: 'a bias that is not a vector' },
  Transform: { because: 'pixels beyond the border, reflected' },
};

const all = 'integers and booleans';

/** Kernels of tfjs-backend-wasm that are right for more than floats. What is not here, tfjs' cpu kernel computes for integers and booleans. */
export const NOT_FOR_FLOATS_ALONE: Readonly<Record<string, { readonly for: string; takes?(inputs: NamedTensorInfoMap): boolean }>> = {
  BatchToSpaceND: { for: all },
  Cast: { for: all },
  Concat: { for: all },
  CropAndResize: { for: all },
  DepthToSpace: { for: all },
  Equal: { for: all },
  ExpandDims: { for: all },
  GatherV2: { for: all },
  Greater: { for: all },
  GreaterEqual: { for: all },
  Identity: { for: all },
  Less: { for: all },
  LessEqual: { for: all },
  LogicalAnd: { for: all },
  LogicalNot: { for: all },
  LogicalOr: { for: all },
  MirrorPad: { for: all },
  NonMaxSuppressionV3: { for: all },
  NonMaxSuppressionV4: { for: all },
  NonMaxSuppressionV5: { for: all },
  NotEqual: { for: all },
  OnesLike: { for: all },
  Pack: { for: all },
  PadV2: { for: all },
  Reshape: { for: all },
  Reverse: { for: 'integers', takes: ({ x }) => x?.dtype !== 'bool' },
  Select: { for: 'integers', takes: ({ t, e }) => t?.dtype !== 'bool' && t?.dtype === e?.dtype },
  Slice: { for: all },
  SpaceToBatchND: { for: all },
  SplitV: { for: all },
  Tile: { for: all },
  Transpose: { for: all },
  Unpack: { for: all },
  ZerosLike: { for: all },
};
