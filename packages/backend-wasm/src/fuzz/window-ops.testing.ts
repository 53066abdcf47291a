import * as tf from '@tensorflow/tfjs-core';
import { callOf, type OpCase, type OpCases } from './op-case.testing.ts';
import { floats, ints, numbers, type Operand } from './operand.testing.ts';
import type { Random } from './random.testing.ts';

type Pad = 'valid' | 'same' | number | [[number, number], [number, number], [number, number], [number, number]];
type Rounding = 'floor' | 'round' | 'ceil' | undefined;

/** A window over images, its borders, and the images: small, and never quite even. */
interface Window {
  readonly shape: [number, number, number, number];
  readonly size: [number, number];
  readonly strides: [number, number];
  readonly dilations: [number, number];
  readonly pad: Pad;
  readonly rounding: Rounding;
  /** tfjs' gradients are not told how results are rounded, and compute those of other windows. */
  readonly more: Partial<OpCase>;
}

function window(random: Random, { dilated = true, channels = random.int(1, 5) } = {}): Window {
  const size: [number, number] = random.chance(0.5) ? [3, 3] : [random.int(1, 4), random.int(1, 4)];
  const strides: [number, number] = random.chance(0.4) ? [1, 1] : random.chance(0.6) ? [2, 2] : [random.int(1, 3), random.int(1, 3)];
  const isDilated = dilated && strides.every((stride) => stride === 1) && random.chance(0.3);
  const explicit = (): Pad => [
    [0, 0],
    [random.int(0, 2), random.int(0, 2)],
    [random.int(0, 2), random.int(0, 2)],
    [0, 0],
  ];
  const pad = random.pick<Pad>(['valid', 'same', 'same', random.int(0, 1), explicit()]);
  const rounding = typeof pad === 'string' || random.chance(0.5) ? undefined : random.pick<Rounding>(['floor', 'ceil', 'round']);
  return {
    shape: [random.chance(0.04) ? 0 : random.int(1, 2), random.int(1, 8), random.int(1, 8), channels],
    size,
    strides,
    dilations: isDilated ? [random.int(1, 2), random.int(1, 2)] : [1, 1],
    pad,
    rounding,
    more: rounding === 'ceil' || rounding === 'round' ? { noGradient: true } : {},
  };
}

/** Where an image holds NaN or an infinity, gradients are not compared: cpu leaves out what a padded zero would be multiplied by. */
const finiteOnly = (op: OpCase): OpCase =>
  op.inputs.some(({ values }) => (values as number[]).some((v) => !Number.isFinite(v))) ? { ...op, noGradient: true } : op;

/** Floats of any kind; seldom integers, which windows must not take for floats. */
const images = (random: Random, shape: readonly number[]): Operand => (random.chance(0.06) ? ints(random, shape) : floats(random, shape));

/** Filters without NaN and infinities: cpu leaves out what a padded zero would be multiplied by, and PyTorch does not. */
const filterOf = (random: Random, shape: readonly number[]): Operand =>
  floats(random, shape, random.pick(['ordinary', 'ties', 'negative', 'wide']));

/** No two values alike, and no NaN, which cpu loses: then it does not matter which of them a gradient goes to. */
const unlike = (random: Random, shape: readonly number[]): Operand =>
  floats(random, shape, random.pick(['ordinary', 'negative', 'positive']));

const channelsFirst = ([n, h, w, c]: readonly [number, number, number, number]): [number, number, number, number] => [n, c, h, w];

// cpu takes windows of one pixel for nothing to do wherever the result is as large as the image, strides or not.
const pooling =
  (name: string, f: typeof tf.maxPool, operand = images, more: Partial<OpCase> = {}): OpCases =>
  (random) => {
    const { shape, size, strides, pad, rounding, more: because } = window(random);
    return callOf(
      name,
      f as never,
      [operand(random, random.chance(0.1) ? shape.slice(1) : shape)],
      [size, size.every((taps) => taps === 1) ? [1, 1] : strides, pad, rounding],
      {
        ...more,
        ...because,
      },
    );
  };

const three = (random: Random, most: number): [number, number, number] => [random.int(1, most), random.int(1, most), random.int(1, most)];

const pooling3d =
  (name: string, f: typeof tf.maxPool3d, operand = images, more: Partial<OpCase> = {}): OpCases =>
  (random) => {
    const shape = [random.int(1, 2), ...three(random, 5), random.int(1, 3)];
    // cpu's gradient of the largest takes windows for as wide as high.
    const [depth, height, width] = three(random, 3);
    return callOf(
      name,
      f as never,
      [operand(random, shape)],
      [[depth, height, operand === unlike ? height : width], three(random, 2), random.pick(['valid', 'same', 'same', 1])],
      more,
    );
  };

const ACTIVATIONS = ['linear', 'relu', 'relu6', 'elu', 'sigmoid', 'leakyrelu', 'prelu'] as const;

function fused(random: Random, name: 'conv2d' | 'depthwiseConv2d'): OpCase {
  const isDepthwise = name === 'depthwiseConv2d';
  const { shape, size, strides, dilations, pad, rounding, more } = window(random);
  const last = isDepthwise ? random.int(1, 2) : random.int(1, 9);
  const outChannels = isDepthwise ? shape[3] * last : last;
  const [hasBias, activation] = [random.chance(0.6), random.pick(ACTIVATIONS)];
  const isPrelu = activation === 'prelu';
  // What is cut off at 6, or close to 0 or 1, says nothing about the sums that it was made of.
  const moderate = (size: readonly number[]) => floats(random, size, random.pick(['ordinary', 'ties', 'negative']));
  const inputs = [
    random.chance(0.06) ? ints(random, shape) : moderate(shape),
    moderate([...size, shape[3], last]),
    ...(hasBias ? [moderate([outChannels])] : []),
    ...(isPrelu ? [moderate([1, 1, outChannels])] : []),
  ];
  const options = {
    strides,
    pad,
    dilations,
    activation,
    ...(rounding && { dimRoundingMode: rounding }),
    ...(activation === 'leakyrelu' && { leakyreluAlpha: 0.3 }),
  };
  return callOf(
    `tf.fused.${name} with ${['x', 'filter', hasBias && 'bias', isPrelu && 'preluActivationWeights'].filter(Boolean).join(', ')}`,
    (...tensors: tf.Tensor[]) => {
      const [x, filter, ...rest] = tensors.slice(0, inputs.length) as [tf.Tensor4D, tf.Tensor4D, ...tf.Tensor[]];
      const more = {
        ...(hasBias && { bias: rest.shift() as tf.Tensor }),
        ...(isPrelu && { preluActivationWeights: rest.shift() as tf.Tensor }),
      };
      return tf.fused[name]({ x, filter, ...more, ...options } as never);
    },
    inputs,
    [options],
    { roundings: 32, ...more },
  );
}

const CASES: Readonly<Record<string, OpCases>> = {
  // tfjs divides the gradient by windows that reach into the padding, the average itself by what they cover.
  avgPool: pooling('tf.avgPool', tf.avgPool, images, { linear: true }),
  maxPool: pooling('tf.maxPool', tf.maxPool, unlike),
  avgPool3d: pooling3d('tf.avgPool3d', tf.avgPool3d as never, images, { linear: true }),
  maxPool3d: pooling3d('tf.maxPool3d', tf.maxPool3d, unlike),
  maxPoolWithArgmax: (random) => {
    const { shape, size, strides, pad } = window(random);
    return callOf(
      'tf.maxPoolWithArgmax',
      (x: tf.Tensor4D, ...rest: [never, never, never, never]) => ({ ...tf.maxPoolWithArgmax(x, ...rest) }),
      [unlike(random, shape)],
      [size, strides, typeof pad === 'object' ? 'same' : pad, random.chance(0.3)],
    );
  },
  pool: (random) => {
    const { shape, size, strides, dilations, pad } = window(random);
    const kind = random.pick(['avg', 'max'] as const);
    return callOf('tf.pool', tf.pool as never, [unlike(random, shape)], [size, kind, pad, dilations, strides], { linear: kind === 'avg' });
  },
  conv1d: (random) => {
    const [channels, filters, taps] = [random.int(1, 4), random.int(1, 5), random.int(1, 3)] as const;
    const stride = random.int(1, 2);
    return callOf(
      'tf.conv1d',
      tf.conv1d as never,
      [images(random, [random.int(1, 2), random.int(3, 8), channels]), filterOf(random, [taps, channels, filters])],
      [stride, random.pick(['same', 'valid', 1]), 'NWC', stride === 1 ? random.int(1, 2) : 1],
      { roundings: 32 },
    );
  },
  conv2d: (random) => {
    const { shape, size, strides, dilations, pad, rounding, more } = window(random);
    const format = random.chance(0.1) ? 'NCHW' : 'NHWC';
    return callOf(
      'tf.conv2d',
      tf.conv2d as never,
      [images(random, format === 'NCHW' ? channelsFirst(shape) : shape), filterOf(random, [...size, shape[3], random.int(1, 9)])],
      [strides, pad, format, dilations, rounding],
      { roundings: 32, ...more },
    );
  },
  conv2dTranspose: (random) => {
    const { shape, size, strides, pad } = window(random, { dilated: false });
    const filters = random.int(1, 4);
    const out = (i: 0 | 1) =>
      pad === 'same' ? (shape[i + 1] as number) * strides[i] : ((shape[i + 1] as number) - 1) * strides[i] + size[i];
    return callOf(
      'tf.conv2dTranspose',
      tf.conv2dTranspose as never,
      [images(random, shape), filterOf(random, [...size, filters, shape[3]])],
      [[shape[0], out(0), out(1), filters], strides, pad === 'same' ? 'same' : 'valid'],
      { roundings: 32 },
    );
  },
  conv3d: (random) => {
    const channels = random.int(1, 2);
    const strides = three(random, 2);
    const dilations = strides.every((stride) => stride === 1) && random.chance(0.4) ? [1, 2, 1] : [1, 1, 1];
    return callOf(
      'tf.conv3d',
      tf.conv3d as never,
      [
        images(random, [random.int(1, 2), ...three(random, 5), channels]),
        filterOf(random, [...three(random, 3), channels, random.int(1, 3)]),
      ],
      [strides, random.pick(['same', 'valid']), 'NDHWC', dilations],
      { roundings: 32 },
    );
  },
  conv3dTranspose: (random) => {
    const [channels, filters] = [random.int(1, 2), random.int(1, 2)] as const;
    const [from, strides] = [three(random, 3), three(random, 2)];
    return callOf(
      'tf.conv3dTranspose',
      tf.conv3dTranspose as never,
      [images(random, [1, ...from, channels]), filterOf(random, [...three(random, 3), filters, channels])],
      [[1, ...from.map((size, i) => size * (strides[i] as number)), filters], strides, 'same'],
      { roundings: 32 },
    );
  },
  depthwiseConv2d: (random) => {
    const { shape, size, strides, dilations, pad, rounding, more } = window(random);
    return callOf(
      'tf.depthwiseConv2d',
      tf.depthwiseConv2d as never,
      [images(random, shape), filterOf(random, [...size, shape[3], random.int(1, 2)])],
      [strides, pad, 'NHWC', dilations, rounding],
      { roundings: 32, ...more },
    );
  },
  separableConv2d: (random) => {
    const { shape, size, strides, pad } = window(random, { dilated: false });
    const multiplier = random.int(1, 2);
    return callOf(
      'tf.separableConv2d',
      tf.separableConv2d as never,
      [
        images(random, shape),
        filterOf(random, [...size, shape[3], multiplier]),
        filterOf(random, [1, 1, shape[3] * multiplier, random.int(1, 3)]),
      ],
      [strides, typeof pad === 'string' ? pad : 'same'],
      { roundings: 64 },
    );
  },
  dilation2d: (random) => {
    const { shape, size, strides, dilations } = window(random);
    return callOf(
      'tf.dilation2d',
      tf.dilation2d as never,
      [images(random, shape), filterOf(random, [...size, shape[3]])],
      [strides, random.pick(['same', 'valid']), dilations],
    );
  },
  'fused.conv2d': (random) => fused(random, 'conv2d'),
  'fused.depthwiseConv2d': (random) => fused(random, 'depthwiseConv2d'),
  localResponseNormalization: (random) =>
    callOf(
      'tf.localResponseNormalization',
      tf.localResponseNormalization as never,
      [images(random, window(random, { channels: random.int(1, 9) }).shape)],
      [random.int(0, 3), random.pick([1, 2]), random.pick([1, 0.3]), random.pick([0.5, 0.75])],
      { roundings: 64 },
    ),
  batchNorm: (random) => batchNorm(random, random.int(2, 4), 'batchNorm'),
  batchNorm2d: (random) => batchNorm(random, 2, 'batchNorm2d'),
  batchNorm3d: (random) => batchNorm(random, 3, 'batchNorm3d'),
  batchNorm4d: (random) => batchNorm(random, 4, 'batchNorm4d'),
};

const BATCH_NORMS = { batchNorm: tf.batchNorm, batchNorm2d: tf.batchNorm2d, batchNorm3d: tf.batchNorm3d, batchNorm4d: tf.batchNorm4d };

function batchNorm(random: Random, rank: number, name: 'batchNorm' | 'batchNorm2d' | 'batchNorm3d' | 'batchNorm4d'): OpCase {
  const shape = Array.from({ length: rank }, () => random.int(1, 4));
  const whole = random.chance(0.2);
  const vector = () => (whole ? shape : shape.slice(-1));
  const kind = () => random.pick(['ordinary', 'ties', 'special'] as const);
  const own = () => floats(random, vector(), kind());
  const inputs = [
    numbers(random, shape, kind()),
    own(),
    floats(random, vector(), 'positive'),
    ...(random.chance(0.7) ? [own(), own()] : []),
  ];
  return callOf(
    `tf.${name}`,
    (...args: unknown[]) => {
      const [x, mean, variance, offset, scale] = args.slice(0, -1) as tf.Tensor[];
      return (BATCH_NORMS[name] as typeof tf.batchNorm)(
        x as tf.Tensor,
        mean as tf.Tensor1D,
        variance as tf.Tensor1D,
        offset as tf.Tensor1D,
        scale as tf.Tensor1D,
        args.at(-1) as number,
      );
    },
    inputs,
    [0.001],
    { rounding: 'largest', roundings: 64 },
  );
}

export const WINDOWS: Readonly<Record<string, OpCases>> = Object.fromEntries(
  Object.entries(CASES).map(([name, make]) => [name, (random) => finiteOnly(make(random))]),
);
