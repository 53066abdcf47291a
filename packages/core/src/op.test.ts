import '@tensorflow/tfjs-backend-cpu';
import { leakedTensors } from '@resnetjs/testing';
import * as tf from '@tensorflow/tfjs-core';
import { afterEach, beforeAll, describe, expect, test } from 'vitest';
import { registerGradients } from './gradients/register.ts';
import { differentiable, kernel, type NoAttributes, operation } from './op.ts';

beforeAll(async () => {
  registerGradients();
  await tf.setBackend('cpu');
});

interface Factors {
  readonly x: tf.Tensor;
  readonly by: tf.Tensor;
  readonly plus: tf.Tensor;
}

interface Attributes {
  readonly power: number;
}

/** x · by^power + plus, where no gradient reaches `by`. */
const scaled = operation<Attributes, Factors, { readonly dy: tf.Tensor; readonly factor: tf.Tensor }>({
  name: 'scaled',
  inputs: ['x', 'by', 'plus'],
  constants: ['by'],
  shape: ([x = []]) => x,
  forward: ({ x, by, plus }, { power }) => {
    const factor = tf.pow(by, power);
    return [tf.add(tf.mul(x, factor), plus), factor];
  },
  saved: (_, [, factor]) => ({ factor: factor as tf.Tensor }),
  backward: ({ dy, factor }) => [tf.mul(dy, factor), tf.clone(dy)],
});

const values = (x: tf.Tensor) => [...x.dataSync()];
const [x, by, plus] = [() => tf.tensor1d([1, 2]), () => tf.tensor1d([3, 4]), () => tf.tensor1d([10, 20])];

describe('an operation with a gradient of its own', () => {
  test('hands its inputs over by name, and to each that learns its gradient', () => {
    tf.tidy(() => {
      const f = (a: tf.Tensor, b: tf.Tensor) => scaled([a, by(), b], { power: 2 });
      expect(values(f(x(), plus()))).toEqual([19, 52]);
      const [dx, dPlus] = tf.grads(f)([x(), plus()], tf.tensor1d([1, 0.5])) as [tf.Tensor, tf.Tensor];
      expect(values(dx)).toEqual([9, 8]);
      expect(values(dPlus)).toEqual([1, 0.5]);
    });
  });

  test('lets no gradient reach a constant, also one that is computed from the same tensor', () => {
    tf.tidy(() => {
      const gradient = tf.grad((a) => scaled([a, a, tf.mul(a, 5)], { power: 1 }))(by());
      expect(values(gradient)).toEqual([3 + 5, 4 + 5]);
    });
  });

  test('keeps nothing of what it made but its result, with and without a gradient', async () => {
    const inputs = [x(), by(), plus()] as const;
    expect(await leakedTensors(() => scaled(inputs, { power: 2 }).dispose())).toBe(0);
    expect(await leakedTensors(() => tf.dispose(tf.grad((a) => scaled([a, inputs[1], inputs[2]], { power: 2 }))(inputs[0])))).toBe(0);
    tf.dispose([...inputs]);
  });

  test('may take a list of any length', () => {
    const total = operation<NoAttributes, readonly tf.Tensor[]>({
      name: 'total',
      shape: ([first = []]) => first,
      forward: (inputs) => tf.addN([...inputs]),
      backward: ({ dy }, _, shapes) => shapes.map((shape, i) => tf.mul(tf.reshape(dy, shape), i + 1)),
    });
    tf.tidy(() => {
      const gradients = tf.grads((...inputs) => total(inputs, {}))([x(), by(), plus()], tf.onesLike(x()));
      expect(gradients.map(values)).toEqual([
        [1, 1],
        [2, 2],
        [3, 3],
      ]);
    });
  });
});

describe('a computation for which a backend may have a kernel', () => {
  const NAME = 'ResNetTestTriple';
  const triple = differentiable<Attributes, { readonly x: tf.Tensor }, { readonly dy: tf.Tensor }>({
    forward: kernel(NAME, ({ x }: { readonly x: tf.Tensor }, { power }: Attributes) => tf.mul(x, 3 ** power)),
    backward: ({ dy }, { power }) => tf.mul(dy, 3 ** power),
  });
  afterEach(() => {
    if (tf.getKernel(NAME, 'cpu')) tf.unregisterKernel(NAME, 'cpu');
  });

  test('is run in its portable form where there is none', () => {
    tf.tidy(() => {
      expect(values(triple({ x: x() }, { power: 1 }))).toEqual([3, 6]);
    });
  });

  test("is run by the backend's, with the same names and attributes, where there is one", () => {
    const given: unknown[] = [];
    tf.registerKernel({
      kernelName: NAME,
      backendName: 'cpu',
      kernelFunc: ({ inputs, attrs }) => {
        given.push(Object.keys(inputs), attrs);
        return tf.tensor1d([7, 8]);
      },
    });
    tf.tidy(() => {
      expect(values(triple({ x: x() }, { power: 2 }))).toEqual([7, 8]);
      expect(values(tf.grad((a) => triple({ x: a }, { power: 2 }))(x()))).toEqual([9, 9]);
    });
    expect(given.slice(0, 2)).toEqual([['x'], { power: 2 }]);
  });
});
