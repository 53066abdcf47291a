import type { TensorInfo } from '@tensorflow/tfjs-core';
import { expectFloat, expectRank, expectShape, required } from '../ops/expect.ts';
import type { KernelImplementation } from '../registration.ts';
import type { Runtime } from '../runtime.ts';
import { floatsOf } from './floats-of.ts';

interface ResizeAttributes {
  readonly alignCorners: boolean;
  readonly halfPixelCenters?: boolean;
}

/** What one row or column of a result is made of: two of the image, and how much of the second. */
type Taps = readonly [first: number, second: number, share: number];

const scaleOf = (size: number, outSize: number, { alignCorners }: ResizeAttributes): number =>
  alignCorners && outSize > 1 ? (size - 1) / (outSize - 1) : size / outSize;

/** As tfjs' ResizeBilinear takes them. */
function bilinearTaps(size: number, outSize: number, attributes: ResizeAttributes): Taps[] {
  const scale = scaleOf(size, outSize, attributes);
  return Array.from({ length: outSize }, (_, at) => {
    const position = attributes.halfPixelCenters ? scale * (at + 0.5) - 0.5 : scale * at;
    const first = Math.max(0, Math.floor(position));
    return [Math.min(size - 1, first), Math.min(size - 1, Math.ceil(position)), position - first];
  });
}

/** As tfjs' ResizeNearestNeighbor takes them. */
function nearestTaps(size: number, outSize: number, attributes: ResizeAttributes): Taps[] {
  const scale = scaleOf(size, outSize, attributes);
  return Array.from({ length: outSize }, (_, at) => {
    const position = attributes.halfPixelCenters ? scale * (at + 0.5) : scale * at;
    const nearest = Math.max(0, Math.min(size - 1, attributes.alignCorners ? Math.round(position) : Math.floor(position)));
    return [nearest, nearest, 0];
  });
}

/** Gives each pixel of the image what pixels of the result took of it. */
function spread(runtime: Runtime, dy: TensorInfo, shape: readonly number[], rows: readonly Taps[], columns: readonly Taps[]): TensorInfo {
  const dx = runtime.output(shape);
  const [n = 0, height = 0, width = 0, channels = 0] = shape;
  const [from, to] = [floatsOf(runtime, dy), floatsOf(runtime, dx)];
  to.fill(0);
  const add = (row: number, column: number, source: number, share: number) => {
    if (share === 0) return;
    const at = (row * width + column) * channels;
    for (let c = 0; c < channels; c++) to[at + c] = (to[at + c] as number) + share * (from[source + c] as number);
  };
  let source = 0;
  for (let image = 0; image < n; image++)
    for (const [top, bottom, down] of rows)
      for (const [left, right, across] of columns) {
        add(image * height + top, left, source, (1 - down) * (1 - across));
        add(image * height + top, right, source, (1 - down) * across);
        add(image * height + bottom, left, source, down * (1 - across));
        add(image * height + bottom, right, source, down * across);
        source += channels;
      }
  return dx;
}

const gradient =
  (taps: (size: number, outSize: number, attributes: ResizeAttributes) => Taps[]): KernelImplementation =>
  ({ inputs, attrs, runtime }) => {
    const { images, dy } = required(inputs, 'images', 'dy');
    expectFloat({ dy });
    expectRank({ images, dy }, '[N,H,W,C]');
    const [n = 0, height = 0, width = 0, channels = 0] = images.shape;
    const [, outHeight = 0, outWidth = 0] = dy.shape;
    expectShape({ dy }, [n, outHeight, outWidth, channels]);
    const attributes = attrs as ResizeAttributes;
    return spread(runtime, dy, images.shape, taps(height, outHeight, attributes), taps(width, outWidth, attributes));
  };

/** tfjs-backend-wasm's knows nothing of half-pixel centers, and tfjs' cpu kernel swaps height and width. */
export const resizeBilinearGrad = gradient(bilinearTaps);

/** tfjs' kernels look for the results of a pixel in a window around where they may be, and miss some or count others. */
export const resizeNearestNeighborGrad = gradient(nearestTaps);
