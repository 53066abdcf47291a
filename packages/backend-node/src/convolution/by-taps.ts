import * as tf from '@tensorflow/tfjs-core';
import type { ConvolutionAttributes, Shape4D } from './attributes.ts';

// The gradients of a dilated convolution, one tap of its filter after another: each is a 1x1 convolution, which has no
// dilation, of the pixels that the tap sees.

const NO_PADDING = [0, 0, 0, 0] as const;
type Gradient<A> = (a: tf.Tensor4D, b: tf.Tensor4D, attributes: ConvolutionAttributes & A) => tf.Tensor4D;

/** Height and width of what one tap sees: from its first pixel to its last. */
const reach = ([, oh, ow]: readonly number[], [sh, sw]: readonly [number, number]): [number, number] => [
  ((oh ?? 1) - 1) * sh + 1,
  ((ow ?? 1) - 1) * sw + 1,
];

/** dL/dx by taps. @param gradient the same for filters that are not dilated */
export function inputGradientByTaps(
  dy: tf.Tensor4D,
  filter: tf.Tensor4D,
  attributes: ConvolutionAttributes & { readonly inputShape: Shape4D },
  gradient: Gradient<{ readonly inputShape: Shape4D }>,
): tf.Tensor4D {
  const { strides, pad, dilations, groups, inputShape } = attributes;
  const [n, h, w, c] = inputShape;
  const [kh, kw, inC, outC] = filter.shape;
  const [rows, columns] = reach(dy.shape, strides);
  const [height, width] = [h + pad[0] + pad[1], w + pad[2] + pad[3]];
  const plain = { strides, groups, pad: NO_PADDING, dilations: [1, 1] as const, inputShape: [n, rows, columns, c] as const };
  let sum: tf.Tensor4D = tf.zeros([n, height, width, c]);
  for (let i = 0; i < kh; i++)
    for (let j = 0; j < kw; j++) {
      const [top, left] = [i * dilations[0], j * dilations[1]];
      const seen = gradient(dy, tf.slice(filter, [i, j, 0, 0], [1, 1, inC, outC]), plain);
      const placed = tf.pad(seen, [
        [0, 0],
        [top, height - rows - top],
        [left, width - columns - left],
        [0, 0],
      ]);
      sum = tf.add(sum, placed);
    }
  return tf.slice(sum, [0, pad[0], pad[2], 0], [n, h, w, c]);
}

/** dL/dfilter by taps. @param gradient the same for filters that are not dilated */
export function filterGradientByTaps(
  x: tf.Tensor4D,
  dy: tf.Tensor4D,
  attributes: ConvolutionAttributes & { readonly filterShape: Shape4D },
  gradient: Gradient<{ readonly filterShape: Shape4D }>,
): tf.Tensor4D {
  const { strides, pad, dilations, groups, filterShape } = attributes;
  const [kh, kw, inC, outC] = filterShape;
  const [n, , , c] = x.shape;
  const [rows, columns] = reach(dy.shape, strides);
  const image = tf.pad(x, [
    [0, 0],
    [pad[0], pad[1]],
    [pad[2], pad[3]],
    [0, 0],
  ]);
  const plain = { strides, groups, pad: NO_PADDING, dilations: [1, 1] as const, filterShape: [1, 1, inC, outC] as const };
  const taps = Array.from({ length: kh * kw }, (_, tap) => {
    const [top, left] = [Math.floor(tap / kw) * dilations[0], (tap % kw) * dilations[1]];
    return gradient(tf.slice(image, [0, top, left, 0], [n, rows, columns, c]), dy, plain);
  });
  return tf.reshape(tf.concat(taps, 0), [kh, kw, inC, outC]);
}
