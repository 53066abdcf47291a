import { readFileSync } from 'node:fs';
import '@tensorflow/tfjs-backend-cpu';
import { relativeError } from '@resnetjs/testing';
import * as tf from '@tensorflow/tfjs-core';
import { beforeAll, expect, test } from 'vitest';
import { registerGradients } from '../gradients/register.ts';
import type { Layout } from '../layout.ts';
import { storedShape, toStored, toTorch } from '../layout.ts';
import { gelu, relu, sigmoid, silu } from './activations.ts';
import { blur } from './blur.ts';
import { channelConvolution } from './convolution/channel-convolution.ts';
import { conv2d, standardizedConv2d } from './convolution/conv2d.ts';
import { addRelu, highway, scaleChannels, weightedSum } from './joining.ts';
import { batchNorm, batchNormTrain, groupNorm } from './norm.ts';
import { averagePool, globalAveragePool, maxPool } from './pool.ts';
import { paddedShortcut, takeChannels, upsampleNearest, zeroPad } from './shaping.ts';
import { square } from './window.ts';

interface Stored {
  readonly shape: number[];
  readonly data: number[];
}
interface Case {
  readonly op: string;
  readonly options: Record<string, number>;
  readonly inputs: Stored[];
  readonly output: Stored;
  readonly dy: Stored;
  readonly grads: Stored[];
}
const { cases } = JSON.parse(readFileSync(new URL('../../golden/ops.json', import.meta.url), 'utf8')) as { cases: Case[] };

const run: Record<string, (x: tf.Tensor[], options: Record<string, number>) => tf.Tensor> = {
  conv2d: (x, { groups = 1, ...window }) => conv2d(x, { ...square(window), groups }),
  maxPool: ([x], o) => maxPool([x as tf.Tensor], pooling(o)),
  averagePool: ([x], { ceil, countPadding, ...o }) =>
    averagePool([x as tf.Tensor], { ...pooling(o), ceil: ceil === 1, countPadding: countPadding === 1 }),
  batchNorm: (x, { epsilon = 0 }) => batchNorm([...x, tf.tensor1d([0.1, -0.2, 0.3]), tf.tensor1d([1, 2, 0.5])], { epsilon }),
  batchNormTrain: (x, { epsilon = 0 }) => batchNormTrain(x, { epsilon }),
  addRelu: ([a, b]) => addRelu(a as tf.Tensor, b as tf.Tensor),
  relu: ([x]) => relu(x as tf.Tensor),
  globalAveragePool: ([x]) => globalAveragePool(x as tf.Tensor),
  paddedShortcut: ([x], { stride = 1, outChannels = 1 }) => paddedShortcut([x as tf.Tensor], { stride, outChannels }),
  blur: ([x], { stride = 1 }) => blur([x as tf.Tensor], { stride }),
  silu: ([x]) => silu(x as tf.Tensor),
  gelu: ([x]) => gelu(x as tf.Tensor),
  sigmoid: ([x]) => sigmoid(x as tf.Tensor),
  scaleChannels: ([x, gate]) => scaleChannels(x as tf.Tensor, gate as tf.Tensor),
  channelConvolution: (x) => channelConvolution(x, {}),
  takeChannels: ([x], { begin = 0, size = 0 }) => takeChannels([x as tf.Tensor], { begin, size }),
  weightedSum: ([a, b, scores]) => weightedSum(a as tf.Tensor, b as tf.Tensor, scores as tf.Tensor),
  highway: ([h, x, gate]) => highway(h as tf.Tensor, x as tf.Tensor, gate as tf.Tensor),
  groupNorm: (x, { groups = 1, epsilon = 0 }) => groupNorm(x, { groups, epsilon }),
  standardizedConv2d: (x, { epsilon = 0, ...window }) => standardizedConv2d(x, { ...square(window), groups: 1, epsilon }),
  zeroPad: ([x], { pixels = 0 }) => zeroPad(x as tf.Tensor, pixels),
  upsampleNearest: ([x], { height = 0, width = 0 }) => upsampleNearest(x as tf.Tensor, tf.zeros([1, height, width, 1])),
};
const pooling = ({ kernel = 1, ...window }: Record<string, number>) => {
  const { strides, pad } = square(window);
  return { filterSize: [kernel, kernel], strides, pad } as const;
};

/** Images are NCHW in the reference; a convolution's filter, its second input, is OIHW. */
const layoutOf = (op: string, position: number): Layout | 'NCHW' =>
  op.toLowerCase().endsWith('conv2d') && position === 1 ? 'OIHW' : 'NCHW';
const perm = (shape: number[]) => (shape.length === 4 ? [0, 2, 3, 1] : shape.map((_, i) => i));

function toTensor({ shape, data }: Stored, layout: Layout | 'NCHW'): tf.Tensor {
  if (layout !== 'NCHW') return tf.tensor(toStored(Float32Array.from(data), shape, layout), storedShape(shape, layout));
  return tf.transpose(tf.tensor(data, shape), perm(shape));
}

function fromTensor(x: tf.Tensor, { shape }: Stored, layout: Layout | 'NCHW'): Float32Array {
  if (layout !== 'NCHW') return toTorch(x.dataSync() as Float32Array, shape, layout);
  return (shape.length === 4 ? tf.transpose(x, [0, 3, 1, 2]) : x).dataSync() as Float32Array;
}

beforeAll(async () => {
  registerGradients();
  await tf.setBackend('cpu');
});

test.each(
  cases.map((c) => [`${c.op} ${JSON.stringify(c.options)} on ${c.inputs.map(({ shape }) => `[${shape}]`).join(' and ')}`, c] as const),
)("%s has PyTorch's values and gradients", (_, { op, options, inputs, output, dy, grads }) => {
  tf.tidy(() => {
    const f = run[op] as (typeof run)[string];
    const x = inputs.map((input, i) => toTensor(input, layoutOf(op, i)));
    const y = f(x, options);
    // float32 rounding over sums of at most a few hundred terms
    expect(relativeError(fromTensor(y, output, 'NCHW'), output.data)).toBeLessThan(2e-6);
    const dx = tf.grads((...tensors: tf.Tensor[]) => f(tensors, options))(x, toTensor(dy, 'NCHW'));
    grads.forEach((grad, i) => {
      expect(relativeError(fromTensor(dx[i] as tf.Tensor, grad, layoutOf(op, i)), grad.data), `gradient ${i}`).toBeLessThan(3e-6);
    });
  });
});

test('the gradient of the image is not computed where only the filter learns', () => {
  const ran: string[] = [];
  tf.registerKernel({
    kernelName: 'ResNetConv2DBackpropInput',
    backendName: 'cpu',
    kernelFunc: ({ inputs }) => {
      ran.push('input');
      return (inputs.dy as tf.Tensor).clone();
    },
  });
  try {
    tf.tidy(() => {
      const filter = tf.variable(tf.ones([1, 1, 1, 1]));
      tf.variableGrads(() => tf.sum(conv2d([tf.ones([1, 2, 2, 1]), filter], { ...square(), groups: 1 })) as tf.Scalar, [filter]);
    });
  } finally {
    tf.unregisterKernel('ResNetConv2DBackpropInput', 'cpu');
  }
  expect(ran).toEqual([]);
});

test('a filter for other channels than the image has is named with both shapes', () => {
  expect(() => conv2d([tf.ones([1, 4, 4, 3]), tf.ones([3, 3, 4, 8])], { ...square(), groups: 1 })).toThrow(
    'conv2d: the input has 3 channels [1,4,4,3] but the filter [3,3,4,8] with 1 group(s) takes 4.',
  );
});

test('a residual and a shortcut of other shapes are not broadcast', () => {
  expect(() => addRelu(tf.ones([1, 2, 2, 4]), tf.ones([1, 1, 1, 4]))).toThrow('the residual is [1,2,2,4] but the shortcut is [1,1,1,4]');
});
