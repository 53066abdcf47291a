import * as tf from '@tensorflow/tfjs-core';
import { ShapeError } from '../errors.ts';
import { fastKernel, type Operand, operation } from '../op.ts';

const reluOperation = operation<Record<never, never>>({
  name: 'relu',
  shape: ([x = []]) => x,
  run: ([x]) => rectify(x as tf.Tensor),
});

/** max(x, 0), elementwise. A backend may register `ResNetReluGrad`. */
export const relu = (x: tf.Tensor): tf.Tensor => reluOperation([x], {});

const rectify = tf.customGrad((x, save) => {
  const value = tf.relu(x as tf.Tensor);
  (save as tf.GradSaveFunc)([value]);
  return { value, gradFunc: (dy: tf.Tensor, saved: tf.Tensor[]) => reluGradient(dy, saved[0] as tf.Tensor) };
});

/** `dy` where `y` is positive, 0 elsewhere: the gradient of a ReLU by its own result, as torch has it. */
const reluGradient = (dy: tf.Tensor, y: tf.Tensor): tf.Tensor => fastKernel('ResNetReluGrad', { dy, y }, {})?.[0] ?? tf.mul(dy, tf.step(y));

const addReluOperation = operation<Record<never, never>>({
  name: 'addRelu',
  shape: ([a = [], b = []]) => sameShape('addRelu', a, b),
  run: ([a, b]) => addAndRectify(a as tf.Tensor, b as tf.Tensor),
});

/**
 * max(a + b, 0): where a block's residual joins its shortcut. Both of one shape, checked: a broadcast here would
 * be a wiring fault. A backend may register `ResNetAddRelu`.
 */
export const addRelu = (a: tf.Tensor, b: tf.Tensor): tf.Tensor => addReluOperation([a, b], {});

const addAndRectify = tf.customGrad((a, b, save) => {
  const [x, y] = [a as tf.Tensor, b as tf.Tensor];
  const value = fastKernel('ResNetAddRelu', { a: x, b: y }, {})?.[0] ?? tf.relu(tf.add(x, y));
  (save as tf.GradSaveFunc)([value]);
  return {
    value,
    gradFunc: (dy: tf.Tensor, saved: tf.Tensor[]) => {
      const gradient = reluGradient(dy, saved[0] as tf.Tensor);
      return [gradient, tf.clone(gradient)];
    },
  };
});

const addOperation = operation<Record<never, never>>({
  name: 'add',
  shape: ([a = [], b = []]) => sameShape('add', a, b),
  run: ([a, b]) => tf.add(a as tf.Tensor, b as tf.Tensor),
});

/** a + b, both of one shape. */
export const add = (a: Operand, b: Operand): tf.Tensor => addOperation([a, b], {});

function sameShape(what: string, a: readonly number[], b: readonly number[]): readonly number[] {
  if (a.length !== b.length || a.some((d, i) => d !== b[i]))
    throw new ShapeError(`${what}: the residual is [${a.join(',')}] but the shortcut is [${b.join(',')}]; they must be equal.`);
  return a;
}
