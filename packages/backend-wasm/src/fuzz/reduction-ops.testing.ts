import * as tf from '@tensorflow/tfjs-core';
import { callOf, type OpCase, type OpCases } from './op-case.testing.ts';
import { anyShape, bools, complexes, floats, ints, numbers, type Operand } from './operand.testing.ts';
import type { Random } from './random.testing.ts';

/** All axes, one, or some; from the end or the beginning; seldom one that is not there. */
function axes(random: Random, rank: number): number | number[] | undefined {
  if (random.chance(0.03)) return rank + 1;
  if (rank === 0 || random.chance(0.2)) return undefined;
  const signed = (axis: number) => (random.chance(0.4) ? axis - rank : axis);
  if (random.chance(0.4)) return signed(random.int(0, rank - 1));
  return random.some(random.int(1, rank), rank).sort().map(signed);
}

const oneAxis = (random: Random, rank: number): number => (random.chance(0.03) ? rank : random.int(-rank, Math.max(0, rank - 1)));

const reduction =
  (
    name: string,
    f: (x: tf.Tensor, axis?: number | number[], keepDims?: boolean) => tf.Tensor,
    operand = numbers,
    more: Partial<OpCase> = {},
  ): OpCases =>
  (random) => {
    const shape = anyShape(random);
    return callOf(name, f, [operand(random, shape)], [axes(random, shape.length), random.chance(0.3)], more);
  };

const scan =
  (name: string, f: typeof tf.cumsum): OpCases =>
  (random) => {
    const shape = anyShape(random, 1);
    const [axis, exclusive, reverse] = [random.int(-shape.length, shape.length - 1), random.chance(0.4), random.chance(0.4)];
    // tfjs takes no axis from the end here, and its gradient is that of another axis where it is not the last.
    const counted = axis < 0 ? axis + shape.length : axis;
    return callOf(name, f, [numbers(random, shape)], [axis, exclusive, reverse], {
      onCpu: (x: tf.Tensor) => f(x, counted, exclusive, reverse),
      noGradient: axis !== shape.length - 1,
    });
  };

const someFloats = (random: Random, shape: readonly number[]): Operand => floats(random, shape);

/** Rows that are far from parallel. */
const unlikeRows = (random: Random, rows: number, columns: number): Operand => {
  const x = floats(random, [rows, columns], 'unit');
  return { ...x, values: (x.values as number[]).map((v, i) => Math.fround(v + (Math.floor(i / columns) === i % columns ? 5 : 0))) };
};

const matrices = (random: Random): [number[], number[], boolean, boolean] => {
  const [m, k, n] = [random.int(1, 6), random.chance(0.05) ? 0 : random.int(1, 9), random.int(1, 9)] as const;
  const [transposeA, transposeB] = [random.chance(0.3), random.chance(0.3)];
  const batch = Array.from({ length: random.int(0, 3) }, () => random.int(1, 3));
  const other = random.chance(0.5) ? batch : batch.map((size) => (random.chance(0.4) ? 1 : size));
  return [[...batch, ...(transposeA ? [k, m] : [m, k])], [...other, ...(transposeB ? [n, k] : [k, n])], transposeA, transposeB];
};

export const REDUCTIONS: Readonly<Record<string, OpCases>> = {
  all: reduction('tf.all', tf.all, bools),
  any: reduction('tf.any', tf.any, bools),
  max: reduction('tf.max', tf.max),
  min: reduction('tf.min', tf.min),
  mean: reduction('tf.mean', tf.mean),
  sum: reduction('tf.sum', tf.sum),
  // Not of very small numbers, whose product is nothing in between.
  prod: reduction('tf.prod', tf.prod, (random, shape) =>
    random.chance(0.7) ? floats(random, shape, random.pick(['ordinary', 'ties', 'special'])) : ints(random, shape),
  ),
  logSumExp: reduction('tf.logSumExp', tf.logSumExp, someFloats),
  euclideanNorm: reduction('tf.euclideanNorm', (x, axis, keepDims) => tf.euclideanNorm(x, axis as number, keepDims), someFloats),
  moments: (random) => {
    const shape = anyShape(random);
    return callOf(
      'tf.moments',
      (x: tf.Tensor, axis?: number | number[], keepDims?: boolean) => ({ ...tf.moments(x, axis, keepDims) }),
      [random.chance(0.8) ? floats(random, shape) : ints(random, shape)],
      [axes(random, shape.length), random.chance(0.3)],
    );
  },
  norm: (random) => {
    const shape = anyShape(random, 0, 3);
    const ord = random.pick(['euclidean', 1, 2, Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY, 'fro']);
    const axis = shape.length > 1 && random.chance(0.5) ? [0, 1] : shape.length > 0 ? random.int(0, shape.length - 1) : undefined;
    return callOf('tf.norm', tf.norm, [floats(random, shape)], [ord, axis, random.chance(0.3)]);
  },
  argMax: (random) => {
    const shape = anyShape(random, 0, 4);
    return callOf('tf.argMax', tf.argMax, [numbers(random, shape)], [oneAxis(random, shape.length)]);
  },
  argMin: (random) => {
    const shape = anyShape(random, 0, 4);
    return callOf('tf.argMin', tf.argMin, [numbers(random, shape)], [oneAxis(random, shape.length)]);
  },
  cumsum: scan('tf.cumsum', tf.cumsum),
  cumprod: scan('tf.cumprod', tf.cumprod),
  bincount: (random) => {
    const n = random.int(0, 8);
    const weights = random.chance(0.5) ? floats(random, [n]) : floats(random, [0]);
    return callOf('tf.bincount', tf.bincount, [ints(random, [n], random.chance(0.05) ? -2 : 0, 6), weights], [random.int(0, 8)], {
      noGradient: true,
    });
  },
  denseBincount: (random) => {
    const shape = anyShape(random, 1, 2);
    const weights = random.chance(0.5) ? floats(random, shape) : floats(random, [0]);
    return callOf('tf.denseBincount', tf.denseBincount, [ints(random, shape, 0, 6), weights], [random.int(1, 8), random.chance(0.3)], {
      noGradient: true,
    });
  },
  topk: (random) => {
    const shape = anyShape(random, 1, 4);
    return callOf(
      'tf.topk',
      (x: tf.Tensor, k: number, sorted: boolean) => ({ ...tf.topk(x, k, sorted) }),
      [numbers(random, shape)],
      [random.int(0, (shape.at(-1) as number) + (random.chance(0.1) ? 1 : 0)), random.chance(0.9)],
    );
  },
  unique: (random) => {
    const shape = anyShape(random, 1, 3);
    return callOf(
      'tf.unique',
      (x: tf.Tensor, axis: number) => ({ ...tf.unique(x, axis) }),
      [random.chance(0.7) ? ints(random, shape, 0, 3) : numbers(random, shape, 'ties')],
      [oneAxis(random, shape.length)],
      { noGradient: true },
    );
  },
  unsortedSegmentSum: (random) => {
    const shape = anyShape(random, 1, 4);
    return callOf(
      'tf.unsortedSegmentSum',
      tf.unsortedSegmentSum,
      [numbers(random, shape), ints(random, [shape[0] as number], random.chance(0.1) ? -1 : 0, 3)],
      [4],
    );
  },
  matMul: (random) => {
    const [a, b, ta, tb] = matrices(random);
    if (random.chance(0.1))
      return callOf('tf.matMul', tf.matMul, [ints(random, a), random.pick([ints, floats, bools])(random, b)], [ta, tb], { roundings: 32 });
    return callOf('tf.matMul', tf.matMul, [floats(random, a), floats(random, b)], [ta, tb], { roundings: 32 });
  },
  'fused.matMul': (random) => {
    const [a, b, transposeA, transposeB] = matrices(random);
    const columns = b.at(transposeB ? -2 : -1) as number;
    const hasBias = random.chance(0.6);
    const activation = random.pick(['linear', 'relu', 'relu6', 'elu', 'sigmoid', 'leakyrelu', 'prelu'] as const);
    const isPrelu = activation === 'prelu';
    // What is cut off at 6, or close to 0 or 1, says nothing about the sums that it was made of.
    const of = (size: readonly number[]) => floats(random, size, random.pick(['ordinary', 'ties', 'negative', 'special']));
    const inputs = [of(a), of(b), ...(hasBias ? [of(random.pick([[columns], [1, columns]]))] : []), ...(isPrelu ? [of([1, columns])] : [])];
    const options = { transposeA, transposeB, activation, ...(activation === 'leakyrelu' && { leakyreluAlpha: 0.3 }) };
    return callOf(
      `tf.fused.matMul with ${['a', 'b', hasBias && 'bias', isPrelu && 'preluActivationWeights'].filter(Boolean).join(', ')}`,
      (...tensors: tf.Tensor[]) => {
        const [x, y, ...rest] = tensors.slice(0, inputs.length) as [tf.Tensor, tf.Tensor, ...tf.Tensor[]];
        return tf.fused.matMul({
          a: x,
          b: y,
          ...(hasBias && { bias: rest.shift() as tf.Tensor }),
          ...(isPrelu && { preluActivationWeights: rest.shift() as tf.Tensor }),
          ...options,
        });
      },
      inputs,
      [options],
    );
  },
  dot: (random) => {
    const [m, k, n] = [random.int(1, 4), random.int(1, 5), random.int(1, 4)] as const;
    return callOf('tf.dot', tf.dot, [floats(random, random.pick([[k], [m, k]])), floats(random, random.pick([[k], [k, n]]))]);
  },
  outerProduct: (random) =>
    callOf('tf.outerProduct', tf.outerProduct, [floats(random, [random.int(1, 5)]), floats(random, [random.int(1, 5)])]),
  einsum: (random) => {
    const [i, j, k] = [random.int(1, 4), random.int(1, 4), random.int(1, 4)] as const;
    const [equation, ...shapes] = random.pick([
      ['ij,jk->ik', [i, j], [j, k]],
      ['ij->ji', [i, j]],
      ['ij->i', [i, j]],
      ['ij->', [i, j]],
      ['bij,bjk->bik', [2, i, j], [2, j, k]],
      ['ij,ij->ij', [i, j], [i, j]],
      ['i,j->ij', [i], [j]],
    ] as [string, ...number[][]][]);
    return callOf(
      `tf.einsum('${equation}', …)`,
      (...tensors: tf.Tensor[]) => tf.einsum(equation, ...tensors),
      shapes.map((shape) => floats(random, shape)),
    );
  },
  searchSorted: (random) => {
    const rows = random.int(1, 3);
    const sorted = ints(random, [rows, random.int(1, 6)], 0, 9);
    const columns = sorted.shape[1] as number;
    const values = Array.from({ length: rows }, (_, row) =>
      (sorted.values as number[]).slice(row * columns, (row + 1) * columns).sort((a, b) => a - b),
    ).flat();
    return callOf(
      'tf.searchSorted',
      tf.searchSorted,
      [{ ...sorted, values }, ints(random, [rows, random.int(1, 5)], -1, 10)],
      [random.pick(['left', 'right'])],
      { noGradient: true },
    );
  },
  lowerBound: (random) =>
    callOf('tf.lowerBound', tf.lowerBound, [{ ...ints(random, [5]), values: [-3, 0, 0, 2, 5] }, ints(random, [random.int(1, 6)])], [], {
      noGradient: true,
    }),
  upperBound: (random) =>
    callOf('tf.upperBound', tf.upperBound, [{ ...ints(random, [5]), values: [-3, 0, 0, 2, 5] }, ints(random, [random.int(1, 6)])], [], {
      noGradient: true,
    }),
  'linalg.bandPart': (random) =>
    callOf('tf.linalg.bandPart', tf.linalg.bandPart, [numbers(random, anyShape(random, 2, 4))], [random.int(-1, 2), random.int(-1, 2)]),
  'linalg.gramSchmidt': (random) =>
    callOf('tf.linalg.gramSchmidt', tf.linalg.gramSchmidt, [unlikeRows(random, random.int(1, 3), 4)], [], {
      rounding: 'largest',
      roundings: 200,
      noGradient: true,
    }),
  'linalg.qr': (random) =>
    callOf('tf.linalg.qr', tf.linalg.qr, [floats(random, [random.int(1, 4), random.int(1, 4)], 'ordinary')], [random.chance(0.5)], {
      rounding: 'largest',
      roundings: 400,
      noGradient: true,
    }),
  'spectral.fft': (random) =>
    callOf('tf.spectral.fft', tf.spectral.fft, [complexes(random, [random.int(1, 3), random.int(1, 9)])], [], {
      roundings: 64,
      noGradient: true,
    }),
  'spectral.ifft': (random) =>
    callOf('tf.spectral.ifft', tf.spectral.ifft, [complexes(random, [random.int(1, 3), random.int(1, 9)])], [], {
      roundings: 64,
      noGradient: true,
    }),
  'spectral.rfft': (random) =>
    callOf('tf.spectral.rfft', tf.spectral.rfft, [floats(random, [random.int(1, 3), random.int(2, 9)], 'ordinary')], [], { roundings: 64 }),
  'spectral.irfft': (random) =>
    callOf('tf.spectral.irfft', tf.spectral.irfft, [complexes(random, [random.int(1, 3), random.int(2, 6)])], [], {
      roundings: 64,
      noGradient: true,
    }),
};
