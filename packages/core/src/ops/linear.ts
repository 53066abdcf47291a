import * as tf from '@tensorflow/tfjs-core';
import { ShapeError } from '../errors.ts';
import { operation } from '../op.ts';
import { checkPerChannel } from './window.ts';

/** x `[N,I]` times a weight `[I,O]`, plus an optional bias `[O]`: `[N,O]`. */
export const linear = operation<Record<never, never>>({
  name: 'linear',
  shape: ([x = [], weight = [], bias]) => {
    if (weight.length !== 2) throw new ShapeError(`linear: the weight [${weight.join(',')}] is no [I,O].`);
    if (x.length !== 2 || x[1] !== weight[0]) throw new ShapeError(`linear: expected [N,${weight[0]}] but received [${x.join(',')}].`);
    if (bias) checkPerChannel('linear', 'bias', bias, weight[1] as number);
    return [x[0] as number, weight[1] as number];
  },
  macs: ([n = 1, o = 1], [x = []]) => n * o * (x[1] ?? 1),
  run([x, weight, bias]) {
    const y = product(x as tf.Tensor2D, weight as tf.Tensor2D);
    return bias ? tf.add(y, bias) : y;
  },
});

const product = tf.customGrad((a, b, save) => {
  const [x, weight] = [a as tf.Tensor2D, b as tf.Tensor2D];
  (save as tf.GradSaveFunc)([x, weight]);
  return {
    value: tf.matMul(x, weight),
    gradFunc: (dy: tf.Tensor, saved: tf.Tensor[]) => {
      const [x, weight] = saved as [tf.Tensor2D, tf.Tensor2D];
      return [tf.matMul(dy as tf.Tensor2D, weight, false, true), tf.matMul(x, dy as tf.Tensor2D, true, false)];
    },
  };
}) as (x: tf.Tensor2D, weight: tf.Tensor2D) => tf.Tensor;
