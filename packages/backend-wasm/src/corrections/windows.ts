import * as tf from '@tensorflow/tfjs-core';

/** Along one axis: what a window covers. */
interface Axis {
  readonly size: number;
  readonly outSize: number;
  readonly stride: number;
  readonly before: number;
  readonly taps: number;
}

/** Windows over images of depth, height and width; flat ones have a depth of one. */
export interface Windows {
  readonly batch: number;
  readonly channels: number;
  readonly axes: readonly [depth: Axis, height: Axis, width: Axis];
}

const ALONE: Axis = { size: 1, outSize: 1, stride: 1, before: 0, taps: 1 };

type Rounding = 'floor' | 'round' | 'ceil';

/** tfjs' attributes of three-dimensional pooling. */
export interface PoolAttributes3D {
  readonly filterSize: number | [number, number, number];
  readonly strides: number | [number, number, number];
  readonly pad: 'valid' | 'same' | number;
  readonly dimRoundingMode?: Rounding;
}

/** tfjs' attributes of two-dimensional pooling. */
export interface PoolAttributes {
  readonly filterSize: number | [number, number];
  readonly strides: number | [number, number];
  readonly pad: 'valid' | 'same' | number | tf.backend_util.ExplicitPadding;
  readonly dimRoundingMode?: Rounding;
}

/** @param shape `[N,D,H,W,C]` */
export function windows3d(shape: readonly number[], { filterSize, strides, pad, dimRoundingMode }: PoolAttributes3D): Windows {
  const i = tf.backend_util.computePool3DInfo(
    shape as [number, number, number, number, number],
    filterSize,
    strides,
    1,
    pad,
    dimRoundingMode,
  );
  const { front, top, left } = i.padInfo;
  return {
    batch: i.batchSize,
    channels: i.inChannels,
    axes: [
      { size: i.inDepth, outSize: i.outDepth, stride: i.strideDepth, before: front, taps: i.filterDepth },
      { size: i.inHeight, outSize: i.outHeight, stride: i.strideHeight, before: top, taps: i.filterHeight },
      { size: i.inWidth, outSize: i.outWidth, stride: i.strideWidth, before: left, taps: i.filterWidth },
    ],
  };
}

/** @param shape `[N,H,W,C]` */
export function windows2d(shape: readonly number[], { filterSize, strides, pad, dimRoundingMode }: PoolAttributes): Windows {
  const i = tf.backend_util.computePool2DInfo(shape as [number, number, number, number], filterSize, strides, 1, pad, dimRoundingMode);
  return {
    batch: i.batchSize,
    channels: i.inChannels,
    axes: [
      ALONE,
      { size: i.inHeight, outSize: i.outHeight, stride: i.strideHeight, before: i.padInfo.top, taps: i.filterHeight },
      { size: i.inWidth, outSize: i.outWidth, stride: i.strideWidth, before: i.padInfo.left, taps: i.filterWidth },
    ],
  };
}

/** Of images that have `rank` sizes, batch and channels included. */
export const resultShape = ({ batch, channels, axes }: Windows, rank: number): number[] => [
  batch,
  ...axes.slice(5 - rank).map(({ outSize }) => outSize),
  channels,
];

/** The places of an axis that lie under a window. */
function covered({ size, stride, before, taps }: Axis, at: number): [from: number, to: number] {
  const first = at * stride - before;
  return [Math.max(0, first), Math.min(size, first + taps)];
}

/**
 * Calls `visit` with each window.
 *
 * @param visit is given the result's first channel, and the first channels of the pixels that its window covers
 */
export function eachWindow(
  { batch, channels, axes: [depth, height, width] }: Windows,
  visit: (result: number, pixels: readonly number[]) => void,
): void {
  let result = 0;
  const pixels: number[] = [];
  for (let image = 0; image < batch; image++)
    for (let i = 0; i < depth.outSize; i++)
      for (let j = 0; j < height.outSize; j++)
        for (let k = 0; k < width.outSize; k++, result += channels) {
          const [[front, back], [top, bottom], [left, right]] = [covered(depth, i), covered(height, j), covered(width, k)];
          pixels.length = 0;
          for (let z = front; z < back; z++)
            for (let row = top; row < bottom; row++)
              for (let column = left; column < right; column++)
                pixels.push((((image * depth.size + z) * height.size + row) * width.size + column) * channels);
          visit(result, pixels);
        }
}
