import type { KernelImplementation } from '../registration.ts';
import { avgPool3dGrad, avgPoolGrad } from './average-gradients.ts';
import { clipByValue, maximum, minimum, prelu, relu6 } from './bounds.ts';
import { cumprod, cumsum } from './cumulative.ts';
import { depthwiseConv2d } from './depthwise.ts';
import { erf } from './erf.ts';
import { fusedMatMul } from './fused-matmul.ts';
import { maxPool3d, maxPool3dGrad, maxPoolWithArgmax } from './largest-of-window.ts';
import { resizeBilinearGrad, resizeNearestNeighborGrad } from './resize-gradients.ts';
import { slice } from './slice.ts';

/** Kernels by tfjs' names, in place of tfjs' own that are wrong on more than this backend, or slow where they are right. */
export const CORRECTIONS: Readonly<Record<string, KernelImplementation>> = {
  AvgPool3DGrad: avgPool3dGrad,
  AvgPoolGrad: avgPoolGrad,
  ClipByValue: clipByValue,
  Cumprod: cumprod,
  Cumsum: cumsum,
  DepthwiseConv2dNative: depthwiseConv2d,
  Erf: erf,
  FusedDepthwiseConv2D: depthwiseConv2d,
  Maximum: maximum,
  MaxPool3D: maxPool3d,
  MaxPool3DGrad: maxPool3dGrad,
  MaxPoolWithArgmax: maxPoolWithArgmax,
  Minimum: minimum,
  Prelu: prelu,
  Relu6: relu6,
  ResizeBilinearGrad: resizeBilinearGrad,
  ResizeNearestNeighborGrad: resizeNearestNeighborGrad,
  Slice: slice,
  _FusedMatMul: fusedMatMul,
};
