import * as tf from '@tensorflow/tfjs-core';
import { operation } from '../op.ts';
import { checkWhole, imageShape } from './window.ts';

const zeroPadOperation = operation<{ readonly pixels: number }>({
  name: 'zeroPad',
  shape: ([x = []], { pixels }) => {
    const [n, h, w, c] = imageShape('zeroPad', x);
    checkWhole('zeroPad', { pixels }, 0);
    return [n, h + 2 * pixels, w + 2 * pixels, c];
  },
  run: ([x], { pixels }) => bordered(pixels)(x as tf.Tensor4D),
});

/** Zeros around an image, `[N,H,W,C]` to `[N,H+2*pixels,W+2*pixels,C]`: a pool after it counts them, and they can win. */
export const zeroPad = (x: tf.Tensor, pixels: number): tf.Tensor => zeroPadOperation([x], { pixels });

const bordered = (pixels: number) =>
  tf.customGrad((image) => {
    const x = image as tf.Tensor4D;
    const { shape } = x;
    return {
      value: tf.pad(x, [
        [0, 0],
        [pixels, pixels],
        [pixels, pixels],
        [0, 0],
      ]),
      gradFunc: (dy: tf.Tensor) => tf.slice(dy as tf.Tensor4D, [0, pixels, pixels, 0], shape),
    };
  }) as (x: tf.Tensor4D) => tf.Tensor;
