import * as tf from '@tensorflow/tfjs-core';
import { isFloat } from '../ops/chunks.ts';
import { expectFloat, expectRank, expectShape, required } from '../ops/expect.ts';
import type { KernelImplementation } from '../registration.ts';
import { floatsOf } from './floats-of.ts';
import { eachWindow, type PoolAttributes, type PoolAttributes3D, resultShape, type Windows, windows2d, windows3d } from './windows.ts';

/** Calls `visit` with each result and where its window's first largest value is, or -1 where it covers nothing; NaN is largest. */
function eachLargest(x: Float32Array, windows: Windows, visit: (result: number, at: number) => void): void {
  eachWindow(windows, (result, pixels) => {
    for (let c = 0; c < windows.channels; c++) {
      let best = -1;
      for (const pixel of pixels) {
        const value = x[pixel + c] as number;
        const most = x[best] as number;
        if (best < 0 || value > most || (Number.isNaN(value) && !Number.isNaN(most))) best = pixel + c;
      }
      visit(result + c, best);
    }
  });
}

/** tfjs-backend-wasm's never goes below the smallest positive float, and tfjs' cpu kernel loses NaN. */
export const maxPool3d: KernelImplementation = ({ inputs, attrs, runtime, stock }) => {
  const { x } = required(inputs, 'x');
  if (!isFloat(x)) return stock();
  expectRank({ x }, '[N,D,H,W,C]');
  const windows = windows3d(x.shape, attrs as PoolAttributes3D);
  const y = runtime.output(resultShape(windows, 5));
  const [from, to] = [floatsOf(runtime, x), floatsOf(runtime, y)];
  eachLargest(from, windows, (result, at) => {
    to[result] = at < 0 ? Number.NEGATIVE_INFINITY : (from[at] as number);
  });
  return y;
};

/**
 * The gradient goes to a window's first largest value, as PyTorch's does. tfjs' cpu kernel gives it to the last, and elsewhere where windows
 * are not as wide as high.
 */
export const maxPool3dGrad: KernelImplementation = ({ inputs, attrs, runtime }) => {
  const { dy, input } = required(inputs, 'dy', 'input');
  expectFloat({ dy, input });
  expectRank({ input }, '[N,D,H,W,C]');
  const windows = windows3d(input.shape, attrs as PoolAttributes3D);
  expectShape({ dy }, resultShape(windows, 5));
  const dx = runtime.output(input.shape);
  const [gradient, x, to] = [floatsOf(runtime, dy), floatsOf(runtime, input), floatsOf(runtime, dx)];
  to.fill(0);
  eachLargest(x, windows, (result, at) => {
    if (at >= 0) to[at] = (to[at] as number) + (gradient[result] as number);
  });
  return dx;
};

/** Largest values, and where they are in the flattened image or batch. */
export const maxPoolWithArgmax: KernelImplementation = ({ inputs, attrs, runtime, stock }) => {
  const { x } = required(inputs, 'x');
  if (!isFloat(x)) return stock();
  expectRank({ x }, '[N,H,W,C]');
  const { includeBatchInIndex, ...attributes } = attrs as PoolAttributes & { includeBatchInIndex: boolean };
  const windows = windows2d(x.shape, attributes);
  const [y, positions] = [runtime.output(resultShape(windows, 4)), runtime.output(resultShape(windows, 4), 'int32')];
  const [from, to] = [floatsOf(runtime, x), floatsOf(runtime, y)];
  const places = runtime.backend.typedArrayFromHeap(positions);
  const imageSize = tf.util.sizeFromShape(x.shape.slice(1));
  eachLargest(from, windows, (result, at) => {
    to[result] = at < 0 ? Number.NEGATIVE_INFINITY : (from[at] as number);
    places[result] = includeBatchInIndex || at < 0 ? at : at % imageSize;
  });
  return [y, positions];
};
