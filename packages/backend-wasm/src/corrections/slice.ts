import * as tf from '@tensorflow/tfjs-core';
import { required } from '../ops/expect.ts';
import type { KernelImplementation } from '../registration.ts';

/** tfjs' Slice, which does not look whether there is so much to take and gives what the memory held. */
export const slice: KernelImplementation = ({ inputs, attrs, stock }) => {
  const { x } = required(inputs, 'x');
  const { begin, size } = attrs as { begin: number | number[]; size: number | number[] };
  const [from, sizes] = tf.slice_util.parseSliceParams(x, begin, size);
  tf.slice_util.assertParamsValid(x, from as number[], sizes as number[]);
  return stock();
};
