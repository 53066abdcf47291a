import * as tf from '@tensorflow/tfjs-core';
import { expect, test } from 'vitest';
import { useWasm } from '../use-wasm.ts';

test('without tfjs’ cpu kernels what they would compute is refused by name, and the rest is computed', async () => {
  const { dispose } = await useWasm({ threads: 1, everyOp: false });
  try {
    const x = tf.tensor4d([1, -2, 3, -4], [1, 2, 2, 1]);
    expect([...tf.relu(x).dataSync()]).toEqual([1, 0, 3, 0]);
    expect([...tf.add(x, tf.scalar(1)).dataSync()]).toEqual([2, -1, 4, -3]);
    expect(() => tf.reverse(tf.tensor1d([true, false], 'bool'), 0)).toThrow(
      /Reverse of bool \[2\]: tfjs-backend-wasm's kernel does not compute that rightly.*useWasm\(\{ everyOp: false \}\)/,
    );
  } finally {
    dispose();
  }
  const whole = await useWasm({ threads: 1 });
  try {
    expect([...tf.reverse(tf.tensor1d([true, false], 'bool'), 0).dataSync()]).toEqual([0, 1]);
  } finally {
    whole.dispose();
  }
});
