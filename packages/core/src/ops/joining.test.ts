import '@tensorflow/tfjs-backend-cpu';
import * as tf from '@tensorflow/tfjs-core';
import { expect, test } from 'vitest';
import { ShapeError } from '../errors.ts';
import { registerGradients } from '../gradients/register.ts';
import { module } from '../module.ts';
import { trace } from '../trace.ts';
import { concat } from './joining.ts';

registerGradients();

test('puts channels side by side and gives each input its own part of the gradient', () => {
  const [a, b] = [
    tf.tensor2d([[1], [2]]),
    tf.tensor2d([
      [3, 4],
      [5, 6],
    ]),
  ];
  expect(concat([a, b]).arraySync()).toEqual([
    [1, 3, 4],
    [2, 5, 6],
  ]);
  const weights = tf.tensor2d([
    [10, 20, 30],
    [40, 50, 60],
  ]);
  const [da, db] = tf.grads((x, y) => tf.sum(tf.mul(concat([x as tf.Tensor, y as tf.Tensor]), weights)))([a, b]);
  expect(da?.arraySync()).toEqual([[10], [40]]);
  expect(db?.arraySync()).toEqual([
    [20, 30],
    [50, 60],
  ]);
});

test('can be traced', () => {
  const doubled = module('doubled', {}, (_, x) => concat([x, x]));
  expect(trace(doubled, [2, 4, 4, 3]).output.shape).toEqual([2, 4, 4, 6]);
});

test('images of two sizes are refused with both', () => {
  expect(() => concat([tf.zeros([1, 4, 4, 3]), tf.zeros([1, 2, 2, 3])])).toThrow(ShapeError);
  expect(() => concat([tf.zeros([1, 4, 4, 3]), tf.zeros([1, 2, 2, 3])])).toThrow('[1,4,4,3] and [1,2,2,3]');
});
