import * as tf from '@tensorflow/tfjs-core';
import { ShapeError } from '../errors.ts';
import { differentiable, type NoAttributes, operation } from '../op.ts';
import { checkPerChannel } from './image-shape.ts';

/** x `[N,I]` times a weight `[I,O]`, plus an optional bias `[O]`: `[N,O]`. */
export const linear = operation<NoAttributes>({
  name: 'linear',
  shape: ([x = [], weight = [], bias]) => {
    if (weight.length !== 2) throw new ShapeError(`linear: the weight [${weight.join(',')}] is no [I,O].`);
    if (x.length !== 2 || x[1] !== weight[0]) throw new ShapeError(`linear: expected [N,${weight[0]}] but received [${x.join(',')}].`);
    if (bias) checkPerChannel('linear', 'bias', bias, weight[1] as number);
    return [x[0] as number, weight[1] as number];
  },
  macs: ([n = 1, o = 1], [x = []]) => n * o * (x[1] ?? 1),
  run([x, weight, bias]) {
    const y = product({ x: x as tf.Tensor2D, weight: weight as tf.Tensor2D }, {});
    return bias ? tf.add(y, bias) : y;
  },
});

interface Factors {
  readonly x: tf.Tensor2D;
  readonly weight: tf.Tensor2D;
}

const product = differentiable<NoAttributes, Factors, Factors & { readonly dy: tf.Tensor2D }>({
  forward: ({ x, weight }) => tf.matMul(x, weight),
  saved: (inputs) => inputs,
  backward: ({ dy, x, weight }) => [tf.matMul(dy, weight, false, true), tf.matMul(x, dy, true, false)],
});
