import * as tf from '@tensorflow/tfjs-core';
import { callOf, literalOf, type OpCase, type OpCases } from './op-case.testing.ts';
import { anyShape, floats, ints, literal, numbers, type Operand, strings } from './operand.testing.ts';
import type { Random } from './random.testing.ts';

const NONE = literal([], [0], 'float32');

/** What makes tensors from nothing. */
const creation =
  (name: string, f: (...args: never[]) => tf.Tensor, make: (random: Random) => readonly unknown[]): OpCases =>
  (random) => {
    const args = make(random);
    return {
      call: `${name}(${args.map(literalOf).join(', ')})`,
      inputs: [NONE],
      run: () => (f as (...args: unknown[]) => tf.Tensor)(...args),
      noGradient: true,
    };
  };

const dtype = (random: Random) => random.pick(['float32', 'int32', 'bool'] as const);

function image(random: Random, channels = random.int(1, 3), most = 6): Operand {
  const shape = [random.int(1, 2), random.int(1, most), random.int(1, most), channels];
  return random.chance(0.2) ? ints(random, shape, 0, 255) : floats(random, shape);
}

const moderate = (random: Random, shape: readonly number[]): Operand =>
  floats(random, shape, random.pick(['ordinary', 'ties', 'negative']));

const resizing =
  (name: string, f: typeof tf.image.resizeBilinear): OpCases =>
  (random) => {
    // Small ones: the gradient is found pixel by pixel.
    const whole = image(random, random.int(1, 2), 4);
    // A weight that is rounded is a part of the largest value, and of an infinity it is one.
    const x = whole.dtype === 'float32' ? moderate(random, whole.shape) : whole;
    const size = [random.int(1, 8), random.int(1, 8)] as const;
    const [alignCorners, halfPixelCenters] = random.pick([
      [false, false],
      [true, false],
      [false, true],
    ]);
    // tfjs' cpu backend loses parts of the gradient of the nearest neighbour, and gives that of bilinear resizing the wrong shape.
    return callOf(name, f as never, [x], [size, alignCorners, halfPixelCenters], { rounding: 'largest', roundings: 32, linear: true });
  };

function boxes(random: Random, count: number): Operand {
  const values = Array.from({ length: count }, () => {
    const [top, left] = [random.next() * 0.7, random.next() * 0.7];
    return [top, left, top + random.next() * 0.5, left + random.next() * 0.5];
  }).flat();
  return literal(values.map(Math.fround), [count, 4], 'float32');
}

const suppression =
  (name: string, f: (...args: never[]) => unknown, more: (random: Random) => unknown[] = () => []): OpCases =>
  (random) => {
    const count = random.int(1, 8);
    return callOf(
      name,
      f,
      [boxes(random, count), floats(random, [count], 'positive')],
      [random.int(1, 6), random.pick([0.5, 0.2, 1]), random.pick([Number.NEGATIVE_INFINITY, 1]), ...more(random)],
      { noGradient: true },
    );
  };

const loss =
  (
    name: string,
    f: (...args: never[]) => tf.Tensor,
    { kind = 'ordinary', rest = [] as unknown[] }: { kind?: 'ordinary' | 'unit'; rest?: unknown[] } = {},
  ): OpCases =>
  (random) => {
    const shape = anyShape(random, 1, 3);
    const own = (): Operand => {
      const x = floats(random, shape, kind);
      return kind === 'unit' ? { ...x, values: (x.values as number[]).map((v) => Math.fround(Math.abs(v))) } : x;
    };
    const [weighted, reduction] = [random.chance(0.4), random.pick([0, 1, 2, 3])];
    return callOf(
      name,
      (...args: unknown[]) => {
        const [a, b, weights] = args.slice(0, weighted ? 3 : 2) as tf.Tensor[];
        return (f as (...all: unknown[]) => tf.Tensor)(a, b, ...args.slice(weighted ? 3 : 2, -1), weights, ...(args.at(-1) as unknown[]));
      },
      [own(), own(), ...(weighted ? [floats(random, shape, 'positive')] : [])],
      [...(name.endsWith('cosineDistance') ? [0] : []), [...rest, reduction]],
      { roundings: 64 },
    );
  };

/** A sparse tensor's indices in order, its values and its shape. */
function sparse(random: Random): [Operand, Operand, Operand] {
  const [rows, columns] = [random.int(2, 5), random.int(1, 4)] as const;
  const at = random.some(random.int(1, rows), rows).sort((a, b) => a - b);
  return [
    literal(
      at.flatMap((row) => [row, random.int(0, columns - 1)]),
      [at.length, 2],
    ),
    numbers(random, [at.length]),
    literal([rows, columns], [2]),
  ];
}

const segmentReduction =
  (name: string, f: typeof tf.sparse.sparseSegmentSum): OpCases =>
  (random) => {
    const shape = [random.int(2, 5), random.int(1, 4)];
    const count = random.int(1, 5);
    let segment = 0;
    const segments = Array.from({ length: count }, (_, i) => (i > 0 && random.chance(0.5) ? ++segment : segment));
    return callOf(
      name,
      f as never,
      [numbers(random, shape), ints(random, [count], 0, (shape[0] as number) - 1), literal(segments, [count])],
      [],
      { noGradient: true },
    );
  };

const lstm = (forgetBias: tf.Tensor, kernel: tf.Tensor, bias: tf.Tensor, x: tf.Tensor, c: tf.Tensor, h: tf.Tensor) =>
  tf.basicLSTMCell(
    forgetBias as tf.Scalar,
    kernel as tf.Tensor2D,
    bias as tf.Tensor1D,
    x as tf.Tensor2D,
    c as tf.Tensor2D,
    h as tf.Tensor2D,
  );

function cell(random: Random): [number, Operand[]] {
  const [n, units] = [random.int(1, 3), random.int(1, 3)] as const;
  return [
    units,
    [
      floats(random, [], 'ordinary'),
      floats(random, [2 * units, 4 * units], 'ordinary'),
      floats(random, [4 * units], 'ordinary'),
      ...Array.from({ length: 3 }, () => floats(random, [n, units], 'ordinary')),
    ],
  ];
}

function crop(random: Random): OpCase {
  const count = random.int(1, 3);
  const whole = image(random);
  const x = whole.dtype === 'float32' ? moderate(random, whole.shape) : whole;
  return callOf(
    'tf.image.cropAndResize',
    tf.image.cropAndResize as never,
    [x, boxes(random, count), ints(random, [count], 0, (x.shape[0] as number) - 1)],
    [[random.int(1, 5), random.int(1, 5)], random.pick(['bilinear', 'nearest']), random.pick([0, 7])],
    { rounding: 'largest', roundings: 64, noGradient: true },
  );
}

function transform(random: Random): OpCase {
  const x = image(random);
  const near = (value: number) => Math.fround(value + (random.next() - 0.5) * 0.5);
  const values = [near(1), near(0), near(1), near(0), near(1), near(0), 0, 0];
  const fill = random.pick(['constant', 'reflect', 'wrap', 'nearest'] as const);
  return callOf(
    'tf.image.transform',
    tf.image.transform as never,
    [{ ...x, ...floats(random, x.shape) }, literal(values, [1, 8], 'float32')],
    [random.pick(['nearest', 'bilinear']), fill, random.pick([0, 3]), random.pick([undefined, [4, 5]])],
    { roundings: 400, noGradient: true },
  );
}

/** What `use` makes of a variable, which is gone afterwards. */
function withVariable(initial: tf.Tensor, use: (variable: tf.Variable) => tf.Tensor): tf.Tensor {
  const variable = tf.variable(initial);
  try {
    return tf.add(use(variable), 0);
  } finally {
    variable.dispose();
  }
}

export const OTHERS: Readonly<Record<string, OpCases>> = {
  'image.resizeBilinear': resizing('tf.image.resizeBilinear', tf.image.resizeBilinear),
  'image.resizeNearestNeighbor': resizing('tf.image.resizeNearestNeighbor', tf.image.resizeNearestNeighbor as never),
  'image.flipLeftRight': (random) => callOf('tf.image.flipLeftRight', tf.image.flipLeftRight as never, [image(random)]),
  'image.grayscaleToRGB': (random) => callOf('tf.image.grayscaleToRGB', tf.image.grayscaleToRGB as never, [image(random, 1)]),
  'image.rgbToGrayscale': (random) =>
    callOf('tf.image.rgbToGrayscale', tf.image.rgbToGrayscale as never, [image(random, 3)], [], { roundings: 32 }),
  'image.rotateWithOffset': (random) => {
    const x = image(random);
    return callOf(
      'tf.image.rotateWithOffset',
      tf.image.rotateWithOffset as never,
      [{ ...x, ...floats(random, x.shape) }],
      [random.pick([0, 0.5, 1, -2, Math.PI]), random.pick([0, 9, [1, 2, 3]]), random.pick([0.5, [0.25, 0.8]])],
    );
  },
  'image.cropAndResize': crop,
  'image.nonMaxSuppression': suppression('tf.image.nonMaxSuppression', tf.image.nonMaxSuppression as never),
  'image.nonMaxSuppressionAsync': suppression('tf.image.nonMaxSuppressionAsync', tf.image.nonMaxSuppressionAsync as never),
  'image.nonMaxSuppressionWithScore': suppression(
    'tf.image.nonMaxSuppressionWithScore',
    tf.image.nonMaxSuppressionWithScore as never,
    (random) => [random.pick([0, 0.5])],
  ),
  'image.nonMaxSuppressionWithScoreAsync': suppression(
    'tf.image.nonMaxSuppressionWithScoreAsync',
    tf.image.nonMaxSuppressionWithScoreAsync as never,
    (random) => [random.pick([0, 0.5])],
  ),
  'image.nonMaxSuppressionPadded': suppression('tf.image.nonMaxSuppressionPadded', tf.image.nonMaxSuppressionPadded as never, (random) => [
    random.chance(0.5),
  ]),
  'image.nonMaxSuppressionPaddedAsync': suppression(
    'tf.image.nonMaxSuppressionPaddedAsync',
    tf.image.nonMaxSuppressionPaddedAsync as never,
    (random) => [random.chance(0.5)],
  ),
  'image.threshold': (random) =>
    callOf(
      'tf.image.threshold',
      tf.image.threshold as never,
      [ints(random, [random.int(1, 4), random.int(1, 4), random.pick([1, 3])], 0, 255)],
      [random.pick(['binary', 'otsu']), random.chance(0.5), 0.5],
      { noGradient: true },
    ),
  'image.transform': transform,
  'losses.absoluteDifference': loss('tf.losses.absoluteDifference', tf.losses.absoluteDifference as never),
  'losses.computeWeightedLoss': (random) => {
    const shape = anyShape(random, 1, 3);
    return callOf(
      'tf.losses.computeWeightedLoss',
      tf.losses.computeWeightedLoss as never,
      [floats(random, shape), floats(random, shape)],
      [random.pick([0, 1, 2, 3])],
      { roundings: 64 },
    );
  },
  'losses.cosineDistance': loss('tf.losses.cosineDistance', tf.losses.cosineDistance as never),
  'losses.hingeLoss': loss('tf.losses.hingeLoss', tf.losses.hingeLoss as never, { kind: 'unit' }),
  'losses.huberLoss': loss('tf.losses.huberLoss', tf.losses.huberLoss as never, { rest: [1.5] }),
  'losses.logLoss': loss('tf.losses.logLoss', tf.losses.logLoss as never, { kind: 'unit', rest: [1e-7] }),
  'losses.meanSquaredError': loss('tf.losses.meanSquaredError', tf.losses.meanSquaredError as never),
  'losses.sigmoidCrossEntropy': loss('tf.losses.sigmoidCrossEntropy', tf.losses.sigmoidCrossEntropy as never, {
    kind: 'unit',
    rest: [0.1],
  }),
  'losses.softmaxCrossEntropy': (random) => {
    const shape = [random.int(1, 4), random.int(1, 5)];
    return callOf(
      'tf.losses.softmaxCrossEntropy',
      tf.losses.softmaxCrossEntropy as never,
      [floats(random, shape, 'unit'), floats(random, shape)],
      [undefined, random.pick([0, 0.1]), random.pick([0, 1, 2, 3])],
      { roundings: 64 },
    );
  },
  'sparse.sparseFillEmptyRows': (random) =>
    callOf(
      'tf.sparse.sparseFillEmptyRows',
      (i: tf.Tensor, v: tf.Tensor, s: tf.Tensor, d: tf.Tensor) =>
        tf.sparse.sparseFillEmptyRows(i as tf.Tensor2D, v as tf.Tensor1D, s as tf.Tensor1D, tf.cast(d, v.dtype) as tf.Scalar),
      [...sparse(random), ints(random, [], 0, 1)],
      [],
      { noGradient: true },
    ),
  'sparse.sparseReshape': (random) => {
    const [indices, , shape] = sparse(random);
    return callOf(
      'tf.sparse.sparseReshape',
      tf.sparse.sparseReshape as never,
      [indices, shape, literal(random.pick([[-1], [1, -1], [-1, (shape.values as number[])[1] as number], [5, 5]]), [0])].map((o, i) =>
        i < 2 ? o : { ...o, shape: [o.values.length] },
      ),
      [],
      { noGradient: true },
    );
  },
  'sparse.sparseSegmentMean': segmentReduction('tf.sparse.sparseSegmentMean', tf.sparse.sparseSegmentMean),
  'sparse.sparseSegmentSum': segmentReduction('tf.sparse.sparseSegmentSum', tf.sparse.sparseSegmentSum),
  'string.stringNGrams': (random) =>
    callOf(
      'tf.string.stringNGrams',
      tf.string.stringNGrams as never,
      [strings(random, [5], ['a', 'b', 'é']), literal([0, 2, 5], [3])],
      ['|', [1, random.int(1, 3)], 'L', 'R', random.pick([-1, 0, 1]), random.chance(0.5)],
      { noGradient: true },
    ),
  'string.stringSplit': (random) =>
    callOf(
      'tf.string.stringSplit',
      tf.string.stringSplit as never,
      [strings(random, [random.int(1, 4)]), strings(random, [], [' ', 'b'])],
      [random.chance(0.5)],
      { noGradient: true },
    ),
  'string.stringToHashBucketFast': (random) =>
    callOf(
      'tf.string.stringToHashBucketFast',
      tf.string.stringToHashBucketFast as never,
      [strings(random, anyShape(random, 0, 3))],
      [random.int(1, 50)],
      { noGradient: true },
    ),
  'string.staticRegexReplace': (random) =>
    callOf(
      'tf.string.staticRegexReplace',
      tf.string.staticRegexReplace as never,
      [strings(random, anyShape(random, 0, 3))],
      ['[a-b]', 'x', random.chance(0.5)],
      { noGradient: true },
    ),
  'signal.frame': (random) =>
    callOf(
      'tf.signal.frame',
      tf.signal.frame as never,
      [floats(random, [random.int(4, 9)])],
      [random.int(1, 4), random.int(1, 3), random.chance(0.5), random.pick([0, 2])],
    ),
  'signal.hammingWindow': creation('tf.signal.hammingWindow', tf.signal.hammingWindow as never, (random) => [random.int(1, 9)]),
  'signal.hannWindow': creation('tf.signal.hannWindow', tf.signal.hannWindow as never, (random) => [random.int(1, 9)]),
  'signal.stft': (random) =>
    callOf('tf.signal.stft', tf.signal.stft as never, [floats(random, [random.int(8, 16)], 'ordinary')], [4, 2], {
      roundings: 64,
      noGradient: true,
    }),
  raggedGather: (random) =>
    callOf(
      'tf.raggedGather',
      (splits: tf.Tensor, values: tf.Tensor, indices: tf.Tensor, rank: number) => ({
        ...tf.raggedGather([splits as tf.Tensor1D], values, indices, rank),
      }),
      [literal([0, 2, 3, 5], [4]), numbers(random, [5]), ints(random, [random.int(1, 4)], 0, 2)],
      [1],
      { noGradient: true },
    ),
  raggedRange: (random) =>
    callOf(
      'tf.raggedRange',
      (a: tf.Tensor, b: tf.Tensor, c: tf.Tensor) => ({ ...tf.raggedRange(a as tf.Tensor1D, b as tf.Tensor1D, c as tf.Tensor1D) }),
      [ints(random, [3], 0, 3), ints(random, [3], 3, 8), ints(random, [3], 1, 3)],
      [],
      { noGradient: true },
    ),
  raggedTensorToTensor: (random) =>
    callOf(
      'tf.raggedTensorToTensor',
      (shape: tf.Tensor, values: tf.Tensor, fallback: tf.Tensor, splits: tf.Tensor) =>
        tf.raggedTensorToTensor(shape, values, tf.cast(fallback, values.dtype), [splits], ['ROW_SPLITS']),
      [literal([3, 4], [2]), numbers(random, [5]), ints(random, [], 0, 1), literal([0, 2, 3, 5], [4])],
      [],
      { noGradient: true },
    ),
  basicLSTMCell: (random) => callOf('tf.basicLSTMCell', lstm, cell(random)[1], [], { roundings: 200 }),
  multiRNNCell: (random) => {
    const inputs = cell(random)[1];
    return callOf(
      'tf.multiRNNCell of two basicLSTMCells',
      (...[f, k, b, x, c, h]: tf.Tensor[]) => {
        const one = (data: tf.Tensor, c0: tf.Tensor, h0: tf.Tensor) => lstm(f as tf.Tensor, k as tf.Tensor, b as tf.Tensor, data, c0, h0);
        return tf.multiRNNCell([one, one] as never, x as tf.Tensor2D, [c, c] as tf.Tensor2D[], [h, h] as tf.Tensor2D[]);
      },
      inputs,
      [],
      { roundings: 400 },
    );
  },
  movingAverage: (random) => {
    const shape = anyShape(random, 0, 3);
    return callOf(
      'tf.movingAverage',
      (v: tf.Tensor, x: tf.Tensor, decay: number, step?: number) =>
        withVariable(v, (variable) => tf.movingAverage(variable, x, decay, step)),
      [floats(random, shape), floats(random, shape)],
      [0.9, random.pick([undefined, 3])],
      { roundings: 32, noGradient: true },
    );
  },
  multinomial: (random) =>
    callOf(
      'tf.multinomial',
      tf.multinomial as never,
      [floats(random, random.chance(0.5) ? [4] : [2, 4], 'ordinary')],
      [random.int(1, 5), random.int(1, 99), false],
      { noGradient: true },
    ),
  buffer: creation('tf.buffer', ((shape: number[], type: 'float32') => tf.buffer(shape, type).toTensor()) as never, (random) => [
    anyShape(random),
    random.pick(['float32', 'int32', 'bool']),
  ]),
  fill: creation('tf.fill', tf.fill as never, (random) => [
    anyShape(random),
    random.pick([0, 1, -3, 2.5, Number.NaN]),
    random.pick(['float32', 'int32', undefined]),
  ]),
  ones: creation('tf.ones', tf.ones as never, (random) => [anyShape(random), dtype(random)]),
  zeros: creation('tf.zeros', tf.zeros as never, (random) => [anyShape(random), dtype(random)]),
  linspace: creation('tf.linspace', tf.linspace as never, (random) => [random.int(-3, 3), random.int(-3, 5), random.int(1, 8)]),
  range: creation('tf.range', tf.range as never, (random) => [
    random.int(-3, 3),
    random.int(-3, 6),
    random.pick([1, 2, -1, 0.5]),
    random.pick(['float32', 'int32']),
  ]),
  tensor: creation('tf.tensor', tf.tensor as never, (random) => [
    [1, 0, random.int(1, 9), 4],
    random.pick([[4], [2, 2], [1, 4, 1]]),
    random.pick(['float32', 'int32', 'bool']),
  ]),
  tensor1d: creation('tf.tensor1d', tf.tensor1d as never, () => [[1, 2, 3]]),
  tensor2d: creation('tf.tensor2d', tf.tensor2d as never, () => [
    [
      [1, 2],
      [3, 4],
    ],
  ]),
  tensor3d: creation('tf.tensor3d', tf.tensor3d as never, () => [
    [1, 2, 3, 4],
    [1, 2, 2],
  ]),
  tensor4d: creation('tf.tensor4d', tf.tensor4d as never, () => [
    [1, 2, 3, 4],
    [1, 2, 2, 1],
  ]),
  tensor5d: creation('tf.tensor5d', tf.tensor5d as never, () => [
    [1, 2, 3, 4],
    [1, 2, 2, 1, 1],
  ]),
  tensor6d: creation('tf.tensor6d', tf.tensor6d as never, () => [
    [1, 2, 3, 4],
    [1, 2, 2, 1, 1, 1],
  ]),
  variable: creation('tf.variable', ((value: number) => withVariable(tf.scalar(value), (variable) => variable)) as never, (random) => [
    random.int(1, 9),
  ]),
  randomNormal: creation('tf.randomNormal', tf.randomNormal as never, (random) => [
    anyShape(random),
    1,
    2,
    random.pick(['float32', 'int32']),
    random.int(1, 99),
  ]),
  randomStandardNormal: creation('tf.randomStandardNormal', tf.randomStandardNormal as never, (random) => [
    anyShape(random),
    'float32',
    random.int(1, 99),
  ]),
  randomUniform: creation('tf.randomUniform', tf.randomUniform as never, (random) => [
    anyShape(random),
    -1,
    3,
    random.pick(['float32', 'int32', 'bool']),
    random.int(1, 99),
  ]),
  randomUniformInt: creation('tf.randomUniformInt', tf.randomUniformInt as never, (random) => [anyShape(random), -4, 9, random.int(1, 99)]),
  randomGamma: creation('tf.randomGamma', tf.randomGamma as never, (random) => [
    anyShape(random),
    1.5,
    2,
    random.pick(['float32', 'int32']),
    random.int(1, 99),
  ]),
  truncatedNormal: creation('tf.truncatedNormal', tf.truncatedNormal as never, (random) => [
    anyShape(random),
    0,
    1,
    'float32',
    random.int(1, 99),
  ]),
};
