import * as tf from '@tensorflow/tfjs-core';
import { callOf, type OpCases } from './op-case.testing.ts';
import {
  anyShape,
  bools,
  broadcastable,
  complexes,
  floats,
  ints,
  type Kind,
  literal,
  numbers,
  type Operand,
  someShape,
} from './operand.testing.ts';
import type { Random } from './random.testing.ts';

type Unary = (x: tf.Tensor) => tf.Tensor;
type Binary = (a: tf.Tensor, b: tf.Tensor) => tf.Tensor;

const unary =
  (name: string, f: Unary, kinds?: readonly Kind[]): OpCases =>
  (random) =>
    callOf(name, f, [numbers(random, anyShape(random), kinds && random.pick(kinds))], [], { rounding: 'each' });

/** With complex numbers now and then. */
const unaryOfComplex =
  (name: string, f: Unary): OpCases =>
  (random) =>
    random.chance(0.15)
      ? callOf(name, f, [complexes(random, someShape(random))], [], { rounding: 'sum', noGradient: true })
      : unary(name, f)(random);

const small = (random: Random, shape: readonly number[]): Operand => random.pick([floats, ints, bools])(random, shape);

const like = (random: Random, { dtype }: Operand, shape: readonly number[], kind?: Kind): Operand =>
  dtype === 'float32' ? floats(random, shape, kind) : dtype === 'int32' ? ints(random, shape) : bools(random, shape);

const binary =
  (
    name: string,
    f: Binary,
    { complex = false, roundings = 8, exponents }: { complex?: boolean; roundings?: number; exponents?: Kind } = {},
  ): OpCases =>
  (random) => {
    const [a, b] = broadcastable(random);
    if (complex && random.chance(0.1) && ![...a, ...b].includes(0))
      return callOf(name, f, [complexes(random, a), complexes(random, b)], [], { noGradient: true });
    // Large integers go with integers alone: cpu keeps all their digits where they are cast to floats.
    const same = numbers(random, a);
    const large = (same.values as number[]).some((v) => Math.abs(v) > 2 ** 24) && same.dtype === 'int32';
    const others =
      large || random.chance(0.8) ? like(random, same, b, exponents) : exponents ? floats(random, b, exponents) : small(random, b);
    return callOf(name, f, [same, others], [], { rounding: 'each', roundings });
  };

const logical =
  (name: string, f: Binary): OpCases =>
  (random) => {
    const [a, b] = broadcastable(random);
    return callOf(name, f, [random.chance(0.9) ? bools(random, a) : numbers(random, a), bools(random, b)]);
  };

const SMALL: readonly Kind[] = ['ordinary', 'ties', 'negative', 'positive', 'special'];
const POSITIVE: readonly Kind[] = ['ordinary', 'positive', 'positive', 'special', 'wide', 'ties'];
const UNIT: readonly Kind[] = ['unit', 'unit', 'ties', 'special'];

export const ELEMENTWISE: Readonly<Record<string, OpCases>> = {
  abs: unaryOfComplex('tf.abs', tf.abs),
  acos: unary('tf.acos', tf.acos, UNIT),
  acosh: unary('tf.acosh', tf.acosh, POSITIVE),
  asin: unary('tf.asin', tf.asin, UNIT),
  asinh: unary('tf.asinh', tf.asinh),
  atan: unary('tf.atan', tf.atan),
  atanh: unary('tf.atanh', tf.atanh, UNIT),
  ceil: unary('tf.ceil', tf.ceil),
  cos: unary('tf.cos', tf.cos, SMALL),
  cosh: unary('tf.cosh', tf.cosh, SMALL),
  elu: unary('tf.elu', tf.elu),
  erf: (random) => {
    const x = floats(random, anyShape(random));
    // tfjs' own is an approximation.
    return callOf('tf.erf', tf.erf, [x], [], { rounding: 'each', truth: { ...x, values: (x.values as number[]).map(erf) } });
  },
  exp: unary('tf.exp', tf.exp, SMALL),
  expm1: unary('tf.expm1', tf.expm1, SMALL),
  floor: unary('tf.floor', tf.floor),
  isFinite: unary('tf.isFinite', tf.isFinite),
  isInf: unary('tf.isInf', tf.isInf),
  isNaN: unary('tf.isNaN', tf.isNaN),
  log: unary('tf.log', tf.log, POSITIVE),
  log1p: unary('tf.log1p', tf.log1p, POSITIVE),
  logSigmoid: unary('tf.logSigmoid', tf.logSigmoid, SMALL),
  logicalNot: (random) => callOf('tf.logicalNot', tf.logicalNot, [bools(random, anyShape(random))]),
  neg: unaryOfComplex('tf.neg', tf.neg),
  reciprocal: unary('tf.reciprocal', tf.reciprocal),
  relu: unary('tf.relu', tf.relu),
  relu6: unary('tf.relu6', tf.relu6),
  round: unary('tf.round', tf.round),
  rsqrt: unary('tf.rsqrt', tf.rsqrt, POSITIVE),
  selu: unary('tf.selu', tf.selu),
  sigmoid: unary('tf.sigmoid', tf.sigmoid),
  sign: unary('tf.sign', tf.sign),
  sin: unary('tf.sin', tf.sin, SMALL),
  sinh: unary('tf.sinh', tf.sinh, SMALL),
  softplus: unary('tf.softplus', tf.softplus),
  sqrt: unary('tf.sqrt', tf.sqrt, POSITIVE),
  square: unary('tf.square', tf.square),
  tan: unary('tf.tan', tf.tan, SMALL),
  tanh: unary('tf.tanh', tf.tanh),
  clipByValue: (random) => {
    const [low, high] = [random.pick([-2, -1, 0, Number.NEGATIVE_INFINITY]), random.pick([0, 1, 2.5, Number.POSITIVE_INFINITY])];
    return callOf('tf.clipByValue', tf.clipByValue, [numbers(random, anyShape(random))], [low, high], { rounding: 'each' });
  },
  leakyRelu: (random) =>
    callOf('tf.leakyRelu', tf.leakyRelu, [numbers(random, anyShape(random))], [random.pick([0.2, 0, 0.5, 1])], { rounding: 'each' }),
  step: (random) => callOf('tf.step', tf.step, [numbers(random, anyShape(random))], [random.pick([0, 0.5, -1])], { rounding: 'each' }),
  prelu: (random) => {
    const [x, alpha] = broadcastable(random);
    return callOf('tf.prelu', tf.prelu, [random.chance(0.9) ? floats(random, x) : numbers(random, x), floats(random, alpha)], [], {
      rounding: 'each',
    });
  },
  cast: (random) => {
    const dtype = random.pick(['float32', 'int32', 'bool', 'complex64'] as const);
    const shape = dtype === 'complex64' ? someShape(random) : anyShape(random);
    const x = random.chance(0.1) && !shape.includes(0) ? complexes(random, shape) : numbers(random, shape);
    return callOf('tf.cast', tf.cast, [x], [dtype]);
  },
  add: binary('tf.add', tf.add, { complex: true }),
  sub: binary('tf.sub', tf.sub, { complex: true }),
  mul: binary('tf.mul', tf.mul, { complex: true }),
  div: binary('tf.div', tf.div),
  divNoNan: binary('tf.divNoNan', tf.divNoNan),
  floorDiv: binary('tf.floorDiv', tf.floorDiv),
  maximum: binary('tf.maximum', tf.maximum),
  minimum: binary('tf.minimum', tf.minimum),
  mod: binary('tf.mod', tf.mod),
  // 1 to the power of NaN is 1 everywhere but in JavaScript.
  pow: binary('tf.pow', tf.pow, { roundings: 32, exponents: 'ordinary' }),
  squaredDifference: binary('tf.squaredDifference', tf.squaredDifference),
  atan2: binary('tf.atan2', tf.atan2),
  equal: binary('tf.equal', tf.equal),
  notEqual: binary('tf.notEqual', tf.notEqual),
  greater: binary('tf.greater', tf.greater),
  greaterEqual: binary('tf.greaterEqual', tf.greaterEqual),
  less: binary('tf.less', tf.less),
  lessEqual: binary('tf.lessEqual', tf.lessEqual),
  logicalAnd: logical('tf.logicalAnd', tf.logicalAnd),
  logicalOr: logical('tf.logicalOr', tf.logicalOr),
  logicalXor: logical('tf.logicalXor', tf.logicalXor),
  bitwiseAnd: (random) => {
    const shape = anyShape(random);
    return callOf('tf.bitwiseAnd', tf.bitwiseAnd, [
      ints(random, shape, -1000, 1000),
      ints(random, random.chance(0.9) ? shape : [2, 7], -1000, 1000),
    ]);
  },
  addN: (random) => {
    const shape = anyShape(random);
    const first = numbers(random, shape);
    const more = Array.from({ length: random.int(0, 3) }, () => ({ ...numbers(random, shape) }));
    return callOf('tf.addN', (...tensors: tf.Tensor[]) => tf.addN(tensors), [
      first,
      ...more.filter(({ dtype }) => dtype === first.dtype || random.chance(0.05)),
    ]);
  },
  where: (random) => {
    const [a, b] = broadcastable(random);
    const x = numbers(random, a);
    const condition = bools(random, random.chance(0.6) ? a : b);
    return callOf('tf.where', tf.where, [condition, x, { ...(x.dtype === 'float32' ? floats(random, b) : numbers(random, b)) }]);
  },
  onesLike: unaryOfComplex('tf.onesLike', tf.onesLike),
  zerosLike: unaryOfComplex('tf.zerosLike', tf.zerosLike),
  clone: unaryOfComplex('tf.clone', tf.clone),
  complex: (random) => {
    const shape = someShape(random);
    return callOf('tf.complex', tf.complex, [floats(random, shape), floats(random, random.chance(0.95) ? shape : [3])], [], {
      noGradient: true,
    });
  },
  real: (random) => callOf('tf.real', tf.real, [complexes(random, someShape(random))], [], { noGradient: true }),
  imag: (random) => callOf('tf.imag', tf.imag, [complexes(random, someShape(random))], [], { noGradient: true }),
  dropout: (random) =>
    callOf('tf.dropout', tf.dropout, [floats(random, anyShape(random))], [random.pick([0, 0.3, 0.9]), undefined, random.int(1, 99)]),
  'math.confusionMatrix': (random) => {
    const n = random.int(1, 6);
    return callOf('tf.math.confusionMatrix', tf.math.confusionMatrix, [ints(random, [n], 0, 3), ints(random, [n], 0, 3)], [4]);
  },
  ensureShape: (random) =>
    callOf(
      'tf.ensureShape',
      tf.ensureShape,
      [numbers(random, [2, 3])],
      [
        random.pick([
          [2, 3],
          [2, null],
          [3, 3],
        ]),
      ],
    ),
  logSoftmax: (random) => callOf('tf.logSoftmax', tf.logSoftmax, [numbers(random, anyShape(random, 1, 4))], [-1], { rounding: 'largest' }),
  softmax: (random) => {
    const shape = anyShape(random, 1, 5);
    return callOf('tf.softmax', tf.softmax, [numbers(random, shape)], random.chance(0.9) ? [-1] : [0]);
  },
  scalar: (random) => callOf('tf.scalar', () => tf.scalar(2.5), [literal([random.int(0, 3)], [])], [], { noGradient: true }),
};

/** The error function by Simpson's rule, precise to 1e-12. */
function erf(x: number): number {
  if (Number.isNaN(x) || Math.abs(x) > 6) return Math.sign(x);
  const STEPS = 400;
  const step = x / STEPS;
  let sum = 0;
  for (let i = 0; i <= STEPS; i++) sum += (i === 0 || i === STEPS ? 1 : i % 2 === 1 ? 4 : 2) * Math.exp(-((i * step) ** 2));
  return (2 / Math.sqrt(Math.PI)) * (step / 3) * sum;
}
