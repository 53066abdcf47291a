import '@tensorflow/tfjs-backend-cpu';
import { readdirSync, readFileSync } from 'node:fs';
import { leakedTensors } from '@resnetjs/testing';
import * as tf from '@tensorflow/tfjs-core';
import { beforeAll, describe, expect, test } from 'vitest';
import {
  add,
  addRelu,
  asPixel,
  averagePool2d,
  blurPool2d,
  concat,
  conv2d as convLayer,
  globalAveragePool,
  highway,
  identity,
  maxPool2d,
  module,
  operation,
  ShapeError,
  trace,
  upsampleNearest,
  zeroPad,
} from '../index.ts';
import { channelConvolution } from './convolution/channel-convolution.ts';
import { conv2d, standardizedConv2d } from './convolution/conv2d.ts';
import { scaleChannels, weightedSum } from './joining.ts';
import { linear } from './linear.ts';
import { batchNorm, batchNormTrain, groupNorm } from './norm.ts';
import { takeChannels } from './shaping.ts';
import { square } from './window.ts';

beforeAll(async () => {
  await tf.setBackend('cpu');
});

type Shape = readonly number[];
type Call = (...inputs: tf.Tensor[]) => tf.Tensor;

const IMAGE: Shape = [2, 6, 6, 4];
const [C, OTHER]: Shape[] = [[4], [5]] as [Shape, Shape];
const window = { ...square({ padding: 1 }), groups: 1 };
const convolve: Call = (...x) => conv2d(x, window);
const inTwoGroups: Call = (...x) => conv2d(x, { ...window, groups: 2 });
const normalize: Call = (...x) => batchNorm(x, { epsilon: 1e-5 });
const normalizeBatch: Call = (...x) => batchNormTrain(x, { epsilon: 1e-5 });
const inGroups: Call = (...x) => groupNorm(x, { groups: 2, epsilon: 1e-5 });
const multiply: Call = (...x) => linear(x, {});
const alongChannels: Call = (...x) => channelConvolution(x, {});
const scale: Call = (x, gate) => scaleChannels(x as tf.Tensor, gate as tf.Tensor);
const mix: Call = (a, b, scores) => weightedSum(a as tf.Tensor, b as tf.Tensor, scores as tf.Tensor);
const side: Call = (...x) => concat(x);
const pad: Call = (x) => identity(x as tf.Tensor, { inChannels: 4, outChannels: 3, stride: 2 });

/** What does not fit what: the operation's name in its error, the call, the inputs, and what the error says. */
const misfits: readonly [op: string, call: Call, inputs: readonly Shape[], message: string][] = [
  [
    'conv2d',
    convolve,
    [
      [6, 6, 4],
      [3, 3, 4, 8],
    ],
    'expected [N,H,W,C] but received [6,6,4]. Add a batch dimension of 1',
  ],
  ['conv2d', convolve, [IMAGE, [3, 3, 5, 8]], 'the input has 4 channels [2,6,6,4] but the filter [3,3,5,8] with 1 group(s) takes 5'],
  [
    'conv2d',
    convolve,
    [
      [1, 3, 64, 64],
      [3, 3, 3, 8],
    ],
    "PyTorch's order, NCHW; images here are NHWC: tf.transpose(x, [0, 2, 3, 1])",
  ],
  [
    'conv2d',
    convolve,
    [
      [1, 64, 64, 4],
      [3, 3, 3, 8],
    ],
    'Of RGBA, drop alpha',
  ],
  [
    'conv2d',
    convolve,
    [
      [1, 64, 64, 1],
      [3, 3, 3, 8],
    ],
    'Of a grey image, repeat the channel',
  ],
  [
    'conv2d',
    convolve,
    [
      [1, 64, 64, 3],
      [3, 3, 1, 8],
    ],
    'Of a colour image, take the mean',
  ],
  [
    'conv2d',
    convolve,
    [
      [2, 0, 6, 4],
      [3, 3, 4, 8],
    ],
    'the images of [2,0,6,4] are empty',
  ],
  ['conv2d', convolve, [IMAGE, [3, 3, 4]], 'the filter [3,3,4] is no [kh,kw,C/groups,O]'],
  ['conv2d', convolve, [IMAGE, [3, 3, 4, 0]], 'the filter [3,3,4,0] is no [kh,kw,C/groups,O]'],
  ['conv2d', convolve, [IMAGE, [3, 3, 4, 8], OTHER], 'the bias must be [8], one for each channel, but is [5]'],
  ['conv2d', convolve, [IMAGE, [9, 9, 4, 8]], 'a 9x9 window (dilation 1x1) does not fit a 6x6 input with padding [1,1,1,1]'],
  ['conv2d', inTwoGroups, [IMAGE, [3, 3, 2, 7]], 'the filter [3,3,2,7] is no [kh,kw,C/groups,O] of 2 group(s)'],
  ['conv2d', (...x) => standardizedConv2d(x, { ...window, epsilon: 1e-6 }), [IMAGE, [3, 3, 5, 8]], 'the input has 4 channels'],
  ['batchNorm', normalize, [[2, 6, 4], C, C, C, C], 'expected [N,H,W,C] but received [2,6,4]'],
  ['batchNorm', normalize, [IMAGE, OTHER, OTHER, OTHER, OTHER], 'expected [N,H,W,5] but received [2,6,6,4]'],
  ['batchNorm', normalize, [IMAGE, C, OTHER, C, C], 'the offset must be [4], one for each channel, but is [5]'],
  ['batchNorm', normalize, [IMAGE, C, C, OTHER, C], 'the mean must be [4], one for each channel, but is [5]'],
  ['batchNorm', normalize, [IMAGE, C, C, C, [1]], 'the variance must be [4], one for each channel, but is [1]'],
  ['batchNorm', normalize, [IMAGE, [1, 4], C, C, C], 'the scale must be [4], one for each channel, but is [1,4]'],
  ['batchNorm', normalizeBatch, [IMAGE, OTHER, OTHER], 'expected [N,H,W,5] but received [2,6,6,4]'],
  ['batchNorm', normalizeBatch, [IMAGE, C, OTHER], 'the offset must be [4], one for each channel, but is [5]'],
  ['groupNorm', inGroups, [[2, 4], C, C], 'expected [N,H,W,C] but received [2,4]'],
  ['groupNorm', inGroups, [IMAGE, OTHER, OTHER], 'expected [N,H,W,5] but received [2,6,6,4]'],
  ['groupNorm', inGroups, [IMAGE, C, OTHER], 'the offset must be [4], one for each channel, but is [5]'],
  ['groupNorm', inGroups, [[2, 6, 6, 5], OTHER, OTHER], '2 groups do not divide the 5 channels of [2,6,6,5]'],
  [
    'linear',
    multiply,
    [
      [2, 5],
      [4, 3],
    ],
    'expected [N,4] but received [2,5]',
  ],
  [
    'linear',
    multiply,
    [
      [2, 1, 1, 4],
      [4, 3],
    ],
    'expected [N,4] but received [2,1,1,4]',
  ],
  ['linear', multiply, [[2, 4], [4]], 'the weight [4] is no [I,O]'],
  ['linear', multiply, [[2, 4], [4, 3], C], 'the bias must be [3], one for each channel, but is [4]'],
  ['add', add as Call, [IMAGE, [2, 6, 6, 1]], 'the residual is [2,6,6,4] but the shortcut is [2,6,6,1]; they must be equal'],
  ['add', add as Call, [IMAGE, [6, 6, 4]], 'the residual is [2,6,6,4] but the shortcut is [6,6,4]; they must be equal'],
  ['addRelu', addRelu as Call, [IMAGE, [2, 3, 3, 4]], 'the residual is [2,6,6,4] but the shortcut is [2,3,3,4]; they must be equal'],
  ['addRelu', addRelu as Call, [IMAGE, [1, 6, 6, 4]], 'the residual is [2,6,6,4] but the shortcut is [1,6,6,4]; they must be equal'],
  ['concat', side, [IMAGE, [2, 6, 5, 4]], '[2,6,6,4] and [2,6,5,4] cannot stand side by side'],
  ['concat', side, [IMAGE, IMAGE, [1, 6, 6, 4]], '[2,6,6,4] and [1,6,6,4] cannot stand side by side'],
  ['concat', side, [IMAGE, [2, 6, 4]], '[2,6,6,4] and [2,6,4] cannot stand side by side'],
  ['concat', side, [[]], 'there is nothing to put side by side'],
  ['scaleChannels', scale, [IMAGE, [2, 1, 1, 5]], 'an input [2,6,6,4] needs gates [2,1,1,4] but received [2,1,1,5]'],
  ['scaleChannels', scale, [IMAGE, [1, 1, 1, 4]], 'an input [2,6,6,4] needs gates [2,1,1,4] but received [1,1,1,4]'],
  ['scaleChannels', scale, [IMAGE, IMAGE], 'an input [2,6,6,4] needs gates [2,1,1,4] but received [2,6,6,4]'],
  ['weightedSum', mix, [IMAGE, [2, 6, 5, 4], [2, 1, 1, 8]], 'paths [2,6,6,4] and [2,6,5,4] must be equal'],
  ['weightedSum', mix, [IMAGE, [...IMAGE, 1], [2, 1, 1, 8]], 'paths [2,6,6,4] and [2,6,6,4,1] must be equal'],
  ['weightedSum', mix, [IMAGE, IMAGE, [2, 1, 1, 4]], 'scores [2,1,1,4] hold both their channels'],
  ['highway', highway as Call, [IMAGE, IMAGE, [2, 6, 6, 1]], 'the gate [2,6,6,1] must be of one shape'],
  [
    'channelConvolution',
    alongChannels,
    [IMAGE, [1, 1, 3]],
    'expected [N,1,1,C] and a filter [1,1,k], k odd, but received [2,6,6,4] and [1,1,3]',
  ],
  [
    'channelConvolution',
    alongChannels,
    [
      [2, 1, 1, 4],
      [1, 1, 4],
    ],
    'but received [2,1,1,4] and [1,1,4]',
  ],
  ['channelConvolution', alongChannels, [[2, 1, 1, 4], [3]], 'but received [2,1,1,4] and [3]'],
  ['takeChannels', (x) => takeChannels([x as tf.Tensor], { begin: 3, size: 2 }), [IMAGE], 'channels 3 to 4 are not all in [2,6,6,4]'],
  ['takeChannels', (x) => takeChannels([x as tf.Tensor], { begin: -1, size: 2 }), [IMAGE], 'channels -1 to 0 are not all in [2,6,6,4]'],
  ['maxPool', maxPool2d({ kernel: 7 }) as Call, [IMAGE], 'a 7x7 window (dilation 1x1) does not fit a 6x6 input'],
  ['maxPool', maxPool2d({ kernel: 2 }) as Call, [[6, 6, 4]], 'expected [N,H,W,C] but received [6,6,4]'],
  ['averagePool', averagePool2d({ kernel: 7 }) as Call, [IMAGE], 'a 7x7 window (dilation 1x1) does not fit a 6x6 input'],
  [
    'averagePool',
    averagePool2d({ kernel: 9, ceil: true, stride: 1 }) as Call,
    [IMAGE],
    'a 9x9 window (dilation 1x1) does not fit a 6x6 input',
  ],
  ['globalAveragePool', globalAveragePool as Call, [[2, 0, 0, 4]], 'the images of [2,0,0,4] are empty'],
  ['globalAveragePool', globalAveragePool as Call, [[2, 4]], 'expected [N,H,W,C] but received [2,4]'],
  ['blur', blurPool2d() as Call, [[1, 1, 6, 4]], 'a 1x6 image has no second row or column to mirror'],
  ['paddedShortcut', pad, [IMAGE], '3 channels cannot take the 4 of [2,6,6,4]'],
  ['paddedShortcut', pad, [[6, 6, 4]], 'expected [N,H,W,C] but received [6,6,4]'],
  ['upsampleNearest', upsampleNearest as Call, [IMAGE, [2, 5, 6, 4]], 'a 6x6 image cannot be enlarged to 5x6'],
  ['upsampleNearest', upsampleNearest as Call, [IMAGE, [2, 4]], 'expected [N,H,W,C] but received [2,4]'],
  ['zeroPad', (x) => zeroPad(x as tf.Tensor, 1), [[6, 6, 4]], 'expected [N,H,W,C] but received [6,6,4]'],
  ['asPixel', asPixel as Call, [IMAGE], 'expected [N,C] but received [2,6,6,4]'],
];

const title = ([op, , inputs, message]: (typeof misfits)[number]) =>
  [`${op} of ${inputs.map((shape) => `[${shape}]`).join(' and ')}: ${message}`, [op, inputs, message]] as const;

describe.each(misfits.map((given) => [...title(given), given[1]] as const))('%s', (_, [op, inputs, message], call) => {
  test('is refused of tensors, with nothing left over', async () => {
    const tensors = inputs.map((shape) => tf.ones([...shape]));
    let error: unknown;
    const leaked = await leakedTensors(() => {
      try {
        call(...tensors);
      } catch (thrown) {
        error = thrown;
      }
    });
    expect(error).toBeInstanceOf(ShapeError);
    expect((error as Error).message).toContain(`${op}: `);
    expect((error as Error).message).toContain(message);
    expect(leaked).toBe(0);
  });

  test('is refused of shapes alone', () => {
    const shaped = (x: tf.Tensor, shape: Shape) =>
      operation({ name: 'shaped', shape: () => shape, run: () => tf.ones([...shape]) })([x], {});
    const model = module('misfit', {}, (_, x) => call(...inputs.map((shape) => shaped(x, shape))));
    expect(() => trace(model, [1])).toThrow(message);
  });
});

/** Of any one shape each, so that nothing can fail to fit. */
const FIT_ANYTHING = ['relu', 'dropout', 'reshape'];

test('every operation has a misfit here, or takes any shape', () => {
  const folder = new URL('./', import.meta.url);
  const names = readdirSync(folder, { recursive: true, encoding: 'utf8' })
    .filter((file) => file.endsWith('.ts') && !file.includes('.test.'))
    .flatMap((file) =>
      [...readFileSync(new URL(file, folder), 'utf8').matchAll(/^ {2}name: '(\w+)',$/gm)].map(([, name]) => name as string),
    );
  const known = new Set([...misfits.map(([op]) => op), ...FIT_ANYTHING, 'standardizedConv2d', 'batchNormTrain']);
  expect(names.length).toBeGreaterThan(20);
  expect(names.filter((name) => !known.has(name))).toEqual([]);
});

test.each([
  ["conv2d: 'padding' must be a whole number from 0 but is 0.5", () => convLayer(4, 4, { kernel: 2 })],
  ["conv2d: 'stride' must be a whole number from 1 but is 0", () => convLayer(4, 4, { kernel: 3, stride: 0 })],
  ["conv2d: 'dilation' must be a whole number from 1 but is 1.5", () => convLayer(4, 4, { kernel: 3, dilation: 1.5, padding: 1 })],
  ["conv2d: 'kernel' must be a whole number from 1 but is 0", () => convLayer(4, 4, { kernel: 0, padding: 0 })],
  ["conv2d: 'groups' must be a whole number from 1 but is 0", () => convLayer(4, 4, { kernel: 1, groups: 0 })],
  ["conv2d: 'outChannels' must be a whole number from 1 but is NaN", () => convLayer(4, Number.NaN, { kernel: 1 })],
  ["maxPool2d: 'stride' must be a whole number from 1 but is -1", () => maxPool2d({ kernel: 2, stride: -1 })],
  ['maxPool2d: a padding of 2 is more than half of the kernel, 3', () => maxPool2d({ kernel: 3, padding: 2 })],
  ["averagePool2d: 'padding' must be a whole number from 0 but is -1", () => averagePool2d({ kernel: 2, padding: -1 })],
  ["averagePool2d: 'kernel' must be a whole number from 1 but is 2.5", () => averagePool2d({ kernel: 2.5 })],
  ["blurPool2d: 'stride' must be a whole number from 1 but is 0", () => blurPool2d({ stride: 0 })],
  [
    "paddedShortcut: 'stride' must be a whole number from 1 but is 0",
    () => identity(tf.ones([1, 2, 2, 4]), { inChannels: 4, outChannels: 8, stride: 0 }),
  ],
  ["zeroPad: 'pixels' must be a whole number from 0 but is -1", () => zeroPad(tf.ones([1, 2, 2, 4]), -1)],
])('%s', (message, call) => {
  expect(call).toThrow(message);
});

test('a shape that is not of whole numbers cannot be traced', () => {
  const model = module('nothing', {}, (_, x) => maxPool2d({ kernel: 1 })(x));
  expect(() => trace(model, [1, 6.5, 6, 4])).toThrow('a shape is of whole numbers but [1,6.5,6,4] came');
  expect(() => trace(model, [-1, 6, 6, 4])).toThrow('a shape is of whole numbers but [-1,6,6,4] came');
});

test('where a pool rounds up, a window that would begin beyond the image is left out, as by torch', () => {
  const y = averagePool2d({ kernel: 1, stride: 2, ceil: true })(tf.tensor4d([1, 2, 3, 4], [1, 1, 4, 1]));
  // torch.nn.functional.avg_pool1d of [1, 2, 3, 4], kernel 1, stride 2, ceil_mode
  expect([...y.dataSync()]).toEqual([1, 3]);
});
