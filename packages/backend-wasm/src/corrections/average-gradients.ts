import { expectFloat, expectRank, expectShape, required } from '../ops/expect.ts';
import type { KernelImplementation } from '../registration.ts';
import { floatsOf } from './floats-of.ts';
import { eachWindow, type PoolAttributes, type PoolAttributes3D, resultShape, type Windows, windows2d, windows3d } from './windows.ts';

/**
 * The gradient of average pooling. An average is of the pixels that a window covers, without padding; tfjs' kernels, on every backend, divide
 * the gradient by the size of the window, padding and all, and so disagree with it at the border.
 */
const averageGradient =
  (windowsOf: (shape: readonly number[], attrs: object) => Windows, sizes: string): KernelImplementation =>
  ({ inputs, attrs, runtime }) => {
    const { dy, input } = required(inputs, 'dy', 'input');
    expectFloat({ dy });
    expectRank({ input }, sizes);
    const windows = windowsOf(input.shape, attrs);
    expectShape({ dy }, resultShape(windows, input.shape.length));
    const dx = runtime.output(input.shape);
    const [from, to] = [floatsOf(runtime, dy), floatsOf(runtime, dx)];
    to.fill(0);
    eachWindow(windows, (result, pixels) => {
      for (const pixel of pixels)
        for (let c = 0; c < windows.channels; c++) to[pixel + c] = (to[pixel + c] as number) + (from[result + c] as number) / pixels.length;
    });
    return dx;
  };

export const avgPoolGrad = averageGradient((shape, attrs) => windows2d(shape, attrs as PoolAttributes), '[N,H,W,C]');

export const avgPool3dGrad = averageGradient((shape, attrs) => windows3d(shape, attrs as PoolAttributes3D), '[N,D,H,W,C]');
