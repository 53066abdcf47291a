import * as tf from '@tensorflow/tfjs-core';
import { callOf, type OpCases } from './op-case.testing.ts';
import { anyShape, bools, complexes, floats, ints, literal, numbers, type Operand, sizeOf, strings } from './operand.testing.ts';
import type { Random } from './random.testing.ts';

/** What is only moved may be of any type. */
function anything(random: Random, shape: readonly number[]): Operand {
  const choice = random.next();
  if (choice < 0.08) return strings(random, shape);
  return choice < 0.14 && sizeOf(shape) > 0 ? complexes(random, shape) : numbers(random, shape);
}

const withoutComplexGradient = (x: Operand) => (x.dtype === 'complex64' || x.dtype === 'string' ? { noGradient: true } : {});

/** A case of an op that moves values: `make` is given the shape and says what follows the tensor. */
const moving =
  (
    name: string,
    f: (x: tf.Tensor, ...rest: never[]) => unknown,
    ranks: readonly [number, number],
    make: (random: Random, shape: readonly number[]) => readonly unknown[],
    operand = anything,
  ): OpCases =>
  (random) => {
    const shape = anyShape(random, ...ranks);
    const x = operand(random, shape);
    return callOf(name, f, [x], make(random, shape), withoutComplexGradient(x));
  };

const axisOf = (random: Random, shape: readonly number[]) =>
  random.chance(0.03) ? shape.length : random.int(-shape.length, Math.max(0, shape.length - 1));

function slicing(random: Random, shape: readonly number[]): [number[], number[]] {
  const begin = shape.map((size) => random.int(0, Math.max(0, size - 1)));
  const size = shape.map((all, i) =>
    random.chance(0.15) ? -1 : random.int(0, all - (begin[i] as number) + (random.chance(0.02) ? 1 : 0)),
  );
  return [begin, size];
}

const padding = (random: Random, shape: readonly number[], most = 2) => shape.map(() => [random.int(0, most), random.int(0, most)]);

/** Copies of one op for one rank. */
const ofRank = (
  name: string,
  rank: number,
  f: (x: tf.Tensor, ...rest: never[]) => unknown,
  make: (random: Random, shape: readonly number[]) => readonly unknown[],
): OpCases => moving(`tf.${name}`, f, [rank, rank], make);

const concatenation =
  (name: string, f: (tensors: tf.Tensor[], axis?: number) => tf.Tensor, ranks: readonly [number, number], hasAxis = true): OpCases =>
  (random) => {
    const shape = anyShape(random, ...ranks);
    const axis = hasAxis ? axisOf(random, shape) : 0;
    const at = axis < 0 ? axis + shape.length : axis;
    const first = anything(random, shape);
    const others = Array.from({ length: random.int(0, 3) }, () => {
      const own = shape.map((size, i) => (i === at ? random.int(random.chance(0.1) ? 0 : 1, 4) : size));
      return first.dtype === 'float32'
        ? floats(random, own)
        : first.dtype === 'string'
          ? strings(random, own)
          : first.dtype === 'complex64'
            ? complexes(random, own)
            : ints(random, own);
    }).map((operand) => (first.dtype === 'bool' ? bools(random, operand.shape) : operand));
    return callOf(
      name,
      (...args: unknown[]) => (hasAxis ? f(args.slice(0, -1) as tf.Tensor[], args.at(-1) as number) : f(args as tf.Tensor[])),
      [first, ...others],
      hasAxis ? [axis] : [],
      withoutComplexGradient(first),
    );
  };

const flips = (rank: number) => (random: Random) => [random.some(random.int(1, rank), rank)];

function stridedSlice(random: Random): ReturnType<OpCases> {
  const shape = anyShape(random, 1, 4);
  const strides = shape.map(() => random.pick([1, 1, 2, 3, -1, -2]));
  const begin = shape.map((size) => random.int(-size, size));
  const end = shape.map((size) => random.int(-size, size + 1));
  const mask = () => (random.chance(0.3) ? random.int(0, 2 ** shape.length - 1) : 0);
  const x = anything(random, shape);
  return callOf(
    'tf.stridedSlice',
    tf.stridedSlice,
    [x],
    [begin, end, strides, mask(), mask(), 0, random.chance(0.15) ? 1 : 0, shape.length > 1 && random.chance(0.1) ? 1 : 0],
    withoutComplexGradient(x),
  );
}

function spaceToBatch(random: Random): ReturnType<OpCases> {
  const block = [random.int(1, 3), random.int(1, 3)] as const;
  const paddings = block.map((size) => [0, random.int(0, size)]);
  const shape = [
    random.int(1, 2),
    ...block.map((size, i) => Math.max(1, size * random.int(1, 2) - ((paddings[i] as number[])[1] as number))),
    random.int(1, 3),
  ];
  return callOf('tf.spaceToBatchND', tf.spaceToBatchND, [numbers(random, shape)], [block, paddings]);
}

function batchToSpace(random: Random): ReturnType<OpCases> {
  const block = [random.int(1, 3), random.int(1, 3)] as const;
  const shape = [block[0] * block[1] * random.int(1, 2), random.int(1, 3), random.int(1, 3), random.int(1, 2)];
  const crops = block.map((size) => [random.int(0, size - 1), 0]);
  return callOf('tf.batchToSpaceND', tf.batchToSpaceND, [numbers(random, shape)], [block, crops]);
}

/** Indices of `[count, depth]` into `shape`, seldom one that lies outside. */
function indicesInto(random: Random, shape: readonly number[], count: number, depth: number): Operand {
  const values = Array.from({ length: count * depth }, (_, i) => random.int(0, Math.max(0, (shape[i % depth] as number) - 1)));
  if (values.length > 0 && random.chance(0.05)) values[0] = (shape[0] as number) + 1;
  return literal(values, [count, depth]);
}

/** Indices that are all different, for what scatters without adding. */
function distinct(random: Random, shape: readonly number[], depth: number): Operand {
  const outer = sizeOf(shape.slice(0, depth));
  const flat = random.some(random.int(0, outer), outer);
  const unravel = (index: number) => {
    const at: number[] = [];
    for (let d = depth - 1, rest = index; d >= 0; d--) {
      at.unshift(rest % (shape[d] as number));
      rest = Math.floor(rest / (shape[d] as number));
    }
    return at;
  };
  return literal(flat.flatMap(unravel), [flat.length, depth]);
}

const filled = (random: Random, from: number, most: number) => Array.from({ length: random.int(1, 3) }, () => random.int(from, most));

export const ARRAYS: Readonly<Record<string, OpCases>> = {
  batchToSpaceND: batchToSpace,
  spaceToBatchND: spaceToBatch,
  booleanMaskAsync: (random) => {
    const shape = anyShape(random, 1, 3);
    return callOf('tf.booleanMaskAsync', tf.booleanMaskAsync, [numbers(random, shape), bools(random, shape.slice(0, 1))], [], {
      noGradient: true,
    });
  },
  broadcastArgs: (random) =>
    callOf(
      'tf.broadcastArgs',
      tf.broadcastArgs,
      [literal([2, 1, 3], [3]), literal(random.pick([[3], [4, 1], [1, 4, 3]]), [0])].map((o, i) =>
        i === 0 ? o : { ...o, shape: [o.values.length] },
      ),
      [],
      { noGradient: true },
    ),
  broadcastTo: (random) => {
    const shape = anyShape(random, 1, 5);
    return callOf(
      'tf.broadcastTo',
      tf.broadcastTo,
      [
        numbers(
          random,
          shape.map((size) => (random.chance(0.4) ? 1 : size)),
        ),
      ],
      [shape],
    );
  },
  concat: concatenation('tf.concat', tf.concat, [1, 5]),
  concat1d: concatenation('tf.concat1d', tf.concat1d as never, [1, 1], false),
  concat2d: concatenation('tf.concat2d', tf.concat2d as never, [2, 2]),
  concat3d: concatenation('tf.concat3d', tf.concat3d as never, [3, 3]),
  concat4d: concatenation('tf.concat4d', tf.concat4d as never, [4, 4]),
  depthToSpace: (random) => {
    const block = random.int(2, 3);
    const [n, h, w, c] = [random.int(1, 2), random.int(1, 3), random.int(1, 3), block * block * random.int(1, 2)] as const;
    return callOf('tf.depthToSpace', tf.depthToSpace, [numbers(random, [n, h, w, c])], [block, 'NHWC']);
  },
  diag: (random) => callOf('tf.diag', tf.diag, [numbers(random, anyShape(random, 1, 2, 3))]),
  expandDims: moving('tf.expandDims', tf.expandDims, [0, 4], (random, shape) => [random.int(-shape.length - 1, shape.length)]),
  eye: (random) =>
    callOf(
      'tf.eye',
      (_: tf.Tensor, rows: number, columns: number, batch: [number]) => tf.eye(rows, columns, batch),
      [literal([], [0])],
      [random.int(1, 4), random.int(1, 4), random.pick([undefined, [2]])],
      { noGradient: true },
    ),
  gather: (random) => {
    const shape = anyShape(random, 1, 4);
    const axis = axisOf(random, shape);
    const size = shape.at(axis < shape.length ? axis : 0) as number;
    const batchDims = axis >= 1 && random.chance(0.3) ? 1 : 0;
    const indices = batchDims ? [shape[0] as number, ...filled(random, 1, 3)] : filled(random, 0, 3);
    const x = anything(random, shape);
    return callOf(
      'tf.gather',
      tf.gather,
      [x, ints(random, indices, random.chance(0.03) ? -1 : 0, Math.max(0, size - (random.chance(0.97) ? 1 : 0)))],
      [axis, batchDims],
      withoutComplexGradient(x),
    );
  },
  gatherND: (random) => {
    const shape = anyShape(random, 1, 4);
    const depth = random.int(1, shape.length);
    const x = anything(random, shape);
    return callOf('tf.gatherND', tf.gatherND, [x, indicesInto(random, shape, random.int(0, 4), depth)], [], withoutComplexGradient(x));
  },
  meshgrid: (random) =>
    callOf(
      'tf.meshgrid',
      (a: tf.Tensor, b: tf.Tensor, options: { indexing: string }) => tf.meshgrid(a, b, options),
      [numbers(random, [random.int(1, 3)]), numbers(random, [random.int(1, 3)])],
      [{ indexing: random.pick(['xy', 'ij']) }],
    ),
  mirrorPad: (random) => {
    const shape = anyShape(random, 1, 4);
    const mode = random.pick(['reflect', 'symmetric'] as const);
    const most = (size: number) => (mode === 'reflect' ? size - 1 : size);
    return callOf(
      'tf.mirrorPad',
      tf.mirrorPad,
      [numbers(random, shape)],
      [shape.map((size) => [random.int(0, Math.max(0, most(size))), random.int(0, Math.max(0, most(size)))]), mode],
    );
  },
  oneHot: (random) =>
    callOf(
      'tf.oneHot',
      tf.oneHot,
      [ints(random, anyShape(random, 0, 3), random.chance(0.2) ? -1 : 0, 4)],
      [random.int(2, 5), random.pick([1, 2.5]), random.pick([0, -1]), random.pick(['float32', 'int32', 'bool', undefined])],
      { noGradient: true },
    ),
  pad: moving('tf.pad', tf.pad, [0, 4], (random, shape) => [padding(random, shape), random.pick([0, 0, 1, -2])]),
  pad1d: ofRank('pad1d', 1, tf.pad1d as never, (random, shape) => [padding(random, shape)[0], 1]),
  pad2d: ofRank('pad2d', 2, tf.pad2d as never, (random, shape) => [padding(random, shape), 0]),
  pad3d: ofRank('pad3d', 3, tf.pad3d as never, (random, shape) => [padding(random, shape), 0]),
  pad4d: ofRank('pad4d', 4, tf.pad4d as never, (random, shape) => [
    random.chance(0.5)
      ? [
          [0, 0],
          [0, 0],
          [0, 0],
          [1, 2],
        ]
      : padding(random, shape),
    random.pick([0, 3]),
  ]),
  reshape: moving('tf.reshape', tf.reshape, [0, 5], (random, shape) => [
    random.pick([[-1], [sizeOf(shape), 1], [...shape].reverse(), [7]]),
  ]),
  reverse: moving(
    'tf.reverse',
    tf.reverse,
    [0, 5],
    (random, shape) => [random.pick([undefined, random.some(random.int(0, shape.length), shape.length)])],
    numbers,
  ),
  reverse1d: ofRank('reverse1d', 1, tf.reverse1d as never, () => []),
  reverse2d: ofRank('reverse2d', 2, tf.reverse2d as never, flips(2)),
  reverse3d: ofRank('reverse3d', 3, tf.reverse3d as never, flips(3)),
  reverse4d: ofRank('reverse4d', 4, tf.reverse4d as never, flips(4)),
  scatterND: (random) => {
    const shape = anyShape(random, 1, 3);
    const depth = random.int(1, shape.length);
    const count = random.int(0, 4);
    return callOf(
      'tf.scatterND',
      tf.scatterND,
      [indicesInto(random, shape, count, depth), numbers(random, [count, ...shape.slice(depth)])],
      [shape],
      { noGradient: true },
    );
  },
  tensorScatterUpdate: (random) => {
    const shape = anyShape(random, 1, 3);
    const depth = random.int(1, shape.length);
    const indices = distinct(random, shape, depth);
    const x = numbers(random, shape);
    return callOf(
      'tf.tensorScatterUpdate',
      tf.tensorScatterUpdate,
      [
        x,
        indices,
        {
          ...(x.dtype === 'float32'
            ? floats(random, [indices.shape[0] as number, ...shape.slice(depth)])
            : { ...ints(random, [indices.shape[0] as number, ...shape.slice(depth)], 0, 1), dtype: x.dtype }),
        },
      ],
      [],
      { noGradient: true },
    );
  },
  sparseToDense: (random) => {
    const shape = anyShape(random, 1, 2);
    const indices = distinct(random, shape, shape.length);
    const values = random.chance(0.1)
      ? strings(random, [indices.shape[0] as number])
      : numbers(random, random.chance(0.3) ? [] : [indices.shape[0] as number]);
    const fallback = values.dtype === 'string' ? strings(random, []) : { ...ints(random, [], 0, 1), dtype: values.dtype };
    return callOf(
      'tf.sparseToDense',
      (i: tf.Tensor, v: tf.Tensor, d: tf.Tensor, s: number[]) => tf.sparseToDense(i, v, s, d as never),
      [indices, values, fallback],
      [shape],
      { noGradient: true },
    );
  },
  setdiff1dAsync: (random) =>
    callOf('tf.setdiff1dAsync', tf.setdiff1dAsync, [ints(random, [random.int(1, 6)], 0, 4), ints(random, [random.int(1, 4)], 0, 4)], [], {
      noGradient: true,
    }),
  slice: moving('tf.slice', tf.slice, [1, 6], slicing),
  slice1d: ofRank('slice1d', 1, tf.slice1d as never, (random, shape) => slicing(random, shape).map((v) => v[0])),
  slice2d: ofRank('slice2d', 2, tf.slice2d as never, slicing),
  slice3d: ofRank('slice3d', 3, tf.slice3d as never, slicing),
  slice4d: ofRank('slice4d', 4, tf.slice4d as never, slicing),
  split: (random) => {
    const parts = random.int(1, 3);
    const shape = anyShape(random, 1, 4);
    const axis = random.int(0, shape.length - 1);
    shape[axis] = parts * random.int(1, 2);
    const x = anything(random, shape);
    const sizes = random.chance(0.4) ? Array.from({ length: parts }, () => (shape[axis] as number) / parts) : parts;
    return callOf('tf.split', tf.split as never, [x], [sizes, random.chance(0.5) ? axis : axis - shape.length], withoutComplexGradient(x));
  },
  squeeze: moving('tf.squeeze', tf.squeeze, [0, 5], (_, shape) => [shape.some((size) => size === 1) ? [shape.indexOf(1)] : undefined]),
  stack: (random) => {
    const shape = anyShape(random, 0, 4);
    const first = anything(random, shape);
    return callOf(
      'tf.stack',
      (...args: unknown[]) => tf.stack(args.slice(0, -1) as tf.Tensor[], args.at(-1) as number),
      Array.from({ length: random.int(1, 3) }, () => first),
      [random.int(-shape.length - 1, shape.length)],
      withoutComplexGradient(first),
    );
  },
  stridedSlice,
  tile: moving('tf.tile', tf.tile, [0, 4], (random, shape) => [shape.map(() => random.int(random.chance(0.05) ? 0 : 1, 3))]),
  transpose: moving('tf.transpose', tf.transpose, [0, 6], (random, shape) => [
    random.chance(0.2) ? undefined : random.some(shape.length, shape.length),
  ]),
  unstack: moving('tf.unstack', tf.unstack, [1, 4], (random, shape) => [axisOf(random, shape)]),
  whereAsync: (random) => callOf('tf.whereAsync', tf.whereAsync, [bools(random, anyShape(random, 1, 4))], [], { noGradient: true }),
  inTopKAsync: (random) => {
    const [rows, classes] = [random.int(1, 4), random.int(2, 6)] as const;
    return callOf(
      'tf.inTopKAsync',
      tf.inTopKAsync,
      [floats(random, [rows, classes], 'ordinary'), ints(random, [rows], 0, classes - 1)],
      [random.int(1, classes)],
      { noGradient: true },
    );
  },
};
