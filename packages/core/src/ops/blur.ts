import * as tf from '@tensorflow/tfjs-core';
import { ShapeError } from '../errors.ts';
import { differentiable, type NoAttributes, operation } from '../op.ts';
import { conv2d } from './convolution/conv2d.ts';
import { imageShape } from './image-shape.ts';
import { slide, square } from './window.ts';

/** Binomial: 1 2 1 in each direction. */
const TAPS = [1, 2, 1].flatMap((row) => [1, 2, 1].map((column) => (row * column) / 16));

/**
 * A 3x3 binomial blur, then every `stride`-th pixel: subsampling that aliases less. The image is mirrored at its
 * borders. x `[N,H,W,C]`, result `[N,H',W',C]`.
 *
 * @see Zhang 2019, https://arxiv.org/abs/1904.11486
 */
export const blur = operation<{ readonly stride: number }>({
  name: 'blur',
  shape: ([x = []], { stride }) => {
    const [n, h, w, c] = imageShape('blur', x);
    if (h < 2 || w < 2) throw new ShapeError(`blur: a ${h}x${w} image has no second row or column to mirror. Use a larger image.`);
    return [n, ...slide('blur', [h, w], [3, 3], square({ stride, padding: 1 }, 'blur')), c];
  },
  macs: (output) => output.reduce((product, d) => product * d, TAPS.length),
  run: ([x], { stride }) => {
    const channels = (x as tf.Tensor4D).shape[3];
    const filter = tf.tile(tf.tensor4d(TAPS, [3, 3, 1, 1]), [1, 1, 1, channels]);
    return conv2d([mirrored({ x: x as tf.Tensor4D }, {}), filter], { ...square({ stride }), groups: channels });
  },
});

/** One more row and column on every side, as in a mirror that stands on the outermost pixel. */
const mirrored = differentiable<NoAttributes, { readonly x: tf.Tensor4D }, { readonly dy: tf.Tensor }>({
  forward: ({ x }) => {
    const border: [number, number] = [1, 1];
    return tf.mirrorPad(x, [[0, 0], border, border, [0, 0]], 'reflect');
  },
  backward: ({ dy }) => folded(folded(dy, 1), 2),
});

/** The gradient of mirroring along one axis: what the border received goes to the pixels it mirrored. */
function folded(dy: tf.Tensor, axis: 1 | 2): tf.Tensor {
  const padded = dy.shape[axis] as number;
  const part = (begin: number, size: number) =>
    tf.slice(
      dy,
      dy.shape.map((_, i) => (i === axis ? begin : 0)),
      dy.shape.map((d, i) => (i === axis ? size : d)),
    );
  const at = (piece: tf.Tensor, before: number) =>
    tf.pad(
      piece,
      dy.shape.map((_, i): [number, number] => (i === axis ? [before, padded - 3 - before] : [0, 0])),
    );
  // Row 0 mirrors row 2 of the padded image, the last mirrors the third from the end.
  const inner = part(1, padded - 2);
  return tf.add(tf.add(inner, at(part(0, 1), 1)), at(part(padded - 1, 1), padded - 4));
}
