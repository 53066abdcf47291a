import * as tf from '@tensorflow/tfjs-core';
import { ShapeError } from '../errors.ts';
import { operation } from '../op.ts';
import { gather, scatter } from './scatter.ts';
import { checkWhole, imageShape } from './window.ts';

/**
 * The parameter-free shortcut (option A of the paper): every `stride`-th pixel, with zeros for the new channels,
 * half before and half after. x `[N,H,W,C]`, result `[N,ceil(H/stride),ceil(W/stride),outChannels]`.
 *
 * @see He et al. 2015, section 3.3, https://arxiv.org/abs/1512.03385
 */
export const paddedShortcut = operation<{ readonly stride: number; readonly outChannels: number }>({
  name: 'paddedShortcut',
  shape: ([x = []], { stride, outChannels }) => {
    const [n, h, w, c] = imageShape('paddedShortcut', x);
    checkWhole('paddedShortcut', { stride }, 1);
    if (!(outChannels >= c)) throw new ShapeError(`paddedShortcut: ${outChannels} channels cannot take the ${c} of [${x.join(',')}].`);
    return [n, Math.ceil(h / stride), Math.ceil(w / stride), outChannels];
  },
  run: ([x], { stride, outChannels }) => subsampleAndPad(stride, outChannels)(x as tf.Tensor4D),
});

const subsampleAndPad = (stride: number, outChannels: number) =>
  tf.customGrad((image) => {
    const x = image as tf.Tensor4D;
    const [n, h, w, c] = x.shape;
    const [oh, ow] = [Math.ceil(h / stride), Math.ceil(w / stride)];
    const before = Math.floor((outChannels - c) / 2);
    const taken = gather(x, [0, 0], [oh, ow], [stride, stride]);
    return {
      value: tf.pad(taken, [
        [0, 0],
        [0, 0],
        [0, 0],
        [before, outChannels - c - before],
      ]),
      gradFunc: (dy: tf.Tensor) =>
        scatter(tf.slice(dy as tf.Tensor4D, [0, 0, 0, before], [n, oh, ow, c]), [0, 0], [h, w], [stride, stride]),
    };
  }) as (x: tf.Tensor4D) => tf.Tensor;
