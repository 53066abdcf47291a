import '@tensorflow/tfjs-backend-cpu';
import * as tf from '@tensorflow/tfjs-core';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { wasmFeatures } from './features.ts';
import { GuardedHeap } from './guarded-heap.testing.ts';
import { withMemory } from './memory-section.ts';
import { KERNELS } from './ops/index.ts';
import { randomValues } from './ops/reference-conv.testing.ts';
import type { Plan } from './quantized/plan.ts';
import { PlanBuilder } from './quantized/plans.testing.ts';
import type { Runtime } from './runtime.ts';
import { startKernels } from './start-kernels.ts';
import { startTfjsWasm } from './start-tfjs.ts';
import { readWasm } from './wasm-files.ts';

// Each kernel is called as it should be, and then with one thing wrong at a time: sizes, ranks, types, missing tensors, attributes.

interface Operand {
  readonly shape: readonly number[];
  readonly dtype: tf.DataType;
}
interface Call {
  readonly inputs: Readonly<Record<string, Operand>> | readonly Operand[];
  readonly attrs: Readonly<Record<string, unknown>>;
}

const floats = (...shape: number[]): Operand => ({ shape, dtype: 'float32' });

const conv = { strides: [1, 1], pad: [1, 1, 1, 1], dilations: [1, 1], groups: 1 };
const stockConv = { strides: [1, 1], pad: 'same', dataFormat: 'NHWC', dilations: [1, 1] };
const stockPool = { filterSize: [2, 2], strides: [2, 2], pad: 'valid' };
const ownPool = { filterSize: [3, 3], strides: [2, 2], pad: [1, 1, 1, 1] };
const noMasks = { beginMask: 0, endMask: 0, ellipsisMask: 0, newAxisMask: 0, shrinkAxisMask: 0 };
const image = floats(2, 5, 4, 8);

/** Convolutions by each of the ways there are: Winograd's, a multiplication, groups, a filter a channel, tfjs' paddings. */
const CONVOLUTIONS = [
  { x: image, filter: floats(3, 3, 8, 8), y: floats(2, 5, 4, 8), attrs: conv },
  { x: floats(1, 4, 5, 3), filter: floats(1, 2, 3, 5), y: floats(1, 2, 3, 5), attrs: { ...conv, strides: [2, 2], pad: [0, 0, 1, 0] } },
  { x: floats(1, 4, 3, 6), filter: floats(3, 3, 2, 6), y: floats(1, 4, 3, 6), attrs: { ...conv, groups: 3 } },
  { x: floats(1, 4, 3, 6), filter: floats(3, 3, 1, 6), y: floats(1, 4, 3, 6), attrs: { ...conv, groups: 6 } },
];
const STOCK_CONVOLUTIONS = [
  { x: image, filter: floats(3, 3, 8, 8), y: floats(2, 5, 4, 8), attrs: stockConv },
  {
    x: floats(1, 6, 5, 3),
    filter: floats(2, 3, 3, 5),
    y: floats(1, 4, 4, 5),
    attrs: { ...stockConv, strides: [2, 2], pad: 1, dimRoundingMode: 'ceil' },
  },
];
const vectors = (channels: number, ...names: string[]) => Object.fromEntries(names.map((name) => [name, floats(channels)]));

/** A plan of a convolution; wrong plans are in `quantized/check-plan.test.ts`. */
function quantizedPlan(): Plan {
  const b = new PlanBuilder();
  const input = b.input(image.shape.slice(1));
  return b.plan(input, b.dequantize(b.conv(b.quantize(input, 'i8'), [3, 3, 8], { pad: [1, 1, 1, 1] })));
}

/** Right calls of every kernel. */
const CALLS: Readonly<Record<string, readonly Call[]>> = {
  Add: [{ inputs: { a: image, b: image }, attrs: {} }],
  AvgPool: [{ inputs: { x: image }, attrs: stockPool }],
  Cast: [{ inputs: { x: image }, attrs: { dtype: 'float32' } }],
  Concat: [{ inputs: [image, floats(2, 5, 4, 3)], attrs: { axis: 3 } }],
  Conv2D: STOCK_CONVOLUTIONS.map(({ x, filter, attrs }) => ({ inputs: { x, filter }, attrs })),
  Conv2DBackpropFilter: STOCK_CONVOLUTIONS.map(({ x, y, filter, attrs }) => ({
    inputs: { x, dy: y },
    attrs: { ...attrs, filterShape: filter.shape },
  })),
  Conv2DBackpropInput: STOCK_CONVOLUTIONS.map(({ x, y, filter, attrs }) => ({
    inputs: { dy: y, filter },
    attrs: { ...attrs, inputShape: x.shape },
  })),
  DepthwiseConv2dNativeBackpropFilter: [
    { inputs: { x: floats(1, 5, 4, 3), dy: floats(1, 5, 4, 6) }, attrs: { ...stockConv, filterShape: [3, 3, 3, 2] } },
  ],
  DepthwiseConv2dNativeBackpropInput: [
    { inputs: { dy: floats(1, 5, 4, 6), filter: floats(3, 3, 3, 2) }, attrs: { ...stockConv, inputShape: [1, 5, 4, 3] } },
  ],
  FusedBatchNorm: [{ inputs: { x: image, ...vectors(8, 'mean', 'variance', 'offset', 'scale') }, attrs: { varianceEpsilon: 0.1 } }],
  FusedConv2D: [
    { inputs: { x: image, filter: floats(3, 3, 8, 8), bias: floats(8) }, attrs: { ...stockConv, activation: 'relu' } },
    {
      inputs: { x: image, filter: floats(1, 1, 8, 3), bias: floats(3), preluActivationWeights: floats(3) },
      attrs: { ...stockConv, activation: 'prelu' },
    },
    { inputs: { x: image, filter: floats(1, 1, 8, 3) }, attrs: { ...stockConv, activation: 'leakyrelu', leakyreluAlpha: 0.3 } },
  ],
  Identity: [{ inputs: { x: image }, attrs: {} }],
  MaxPool: [{ inputs: { x: image }, attrs: { ...stockPool, pad: 1, dimRoundingMode: 'ceil' } }],
  MaxPoolGrad: [{ inputs: { dy: floats(2, 2, 2, 8), input: image, output: floats(2, 2, 2, 8) }, attrs: stockPool }],
  Mean: [{ inputs: { x: image }, attrs: { axis: [1, 2], keepDims: false } }],
  Multiply: [{ inputs: { a: image, b: floats(2, 1, 1, 8) }, attrs: {} }],
  PadV2: [
    {
      inputs: { x: image },
      attrs: {
        paddings: [
          [0, 0],
          [0, 0],
          [0, 0],
          [1, 2],
        ],
        constantValue: 0,
      },
    },
  ],
  Relu: [{ inputs: { x: image }, attrs: {} }],
  ResNetAdamW: [
    {
      inputs: { parameter: floats(3, 5), gradient: floats(3, 5), first: floats(3, 5), second: floats(3, 5) },
      attrs: { learningRate: 0.1, beta1: 0.9, beta2: 0.99, epsilon: 1e-3, weightDecay: 0.1, step: 1 },
    },
  ],
  ResNetAddRelu: [{ inputs: { a: image, b: image }, attrs: { factor: 2 } }],
  ResNetBatchNormRelu: [
    { inputs: { x0: image, x1: floats(2, 5, 4, 3), ...vectors(11, 'mean', 'variance', 'offset', 'scale') }, attrs: { epsilon: 0.1 } },
  ],
  ResNetBatchNormTrain: [{ inputs: { x: image, ...vectors(8, 'scale', 'offset') }, attrs: { epsilon: 0.1 } }],
  ResNetBatchNormTrainGrad: [
    { inputs: { dy: image, x: image, y: image, ...vectors(8, 'scale', 'mean', 'variance') }, attrs: { epsilon: 0.1 } },
  ],
  ResNetConv2D: CONVOLUTIONS.map(({ x, filter, y, attrs }) => ({
    inputs: { x, filter, bias: floats(filter.shape[3] as number), residual: y },
    attrs: { ...attrs, activation: 'relu' },
  })),
  ResNetConv2DBackpropFilter: CONVOLUTIONS.map(({ x, filter, y, attrs }) => ({
    inputs: { x, dy: y },
    attrs: { ...attrs, filterShape: filter.shape },
  })),
  ResNetConv2DBackpropInput: CONVOLUTIONS.map(({ x, filter, y, attrs }) => ({
    inputs: { dy: y, filter },
    attrs: { ...attrs, inputShape: x.shape },
  })),
  ResNetMaxPool: [{ inputs: { x: image }, attrs: ownPool }],
  ResNetMaxPoolGrad: [{ inputs: { dy: floats(2, 3, 2, 8), x: image, y: floats(2, 3, 2, 8) }, attrs: ownPool }],
  ResNetQuantizedPass: [{ inputs: { x: image, owner: floats(1) }, attrs: { plan: quantizedPlan() } }],
  ResNetRecordedPass: [{ inputs: { x: image, owner: floats(1) }, attrs: { forward: (x: tf.Tensor) => tf.relu(x) } }],
  ResNetReluGrad: [
    { inputs: { dy: image, y: image }, attrs: {} },
    { inputs: { dy: image, y: image }, attrs: { factor: 2 } },
  ],
  ResNetSGD: [
    {
      inputs: { parameter: floats(3, 5), gradient: floats(3, 5), velocity: floats(3, 5) },
      attrs: { learningRate: 0.1, momentum: 0.9, dampening: 0.1, weightDecay: 0.1, nesterov: true, first: false },
    },
  ],
  ResNetSoftmaxCrossEntropy: [{ inputs: { logits: floats(3, 5), coefficients: floats(3, 5) }, attrs: {} }],
  ResNetStoredFilter: [
    { inputs: {}, attrs: { values: randomValues(5 * 3 * 3 * 2, 1), shape: [5, 3, 3, 2], scale: randomValues(5, 2) } },
    { inputs: {}, attrs: { values: randomValues(17 * 8, 1), shape: [17, 8, 1, 1] } },
  ],
  Sigmoid: [{ inputs: { x: image }, attrs: {} }],
  StridedSlice: [{ inputs: { x: image }, attrs: { begin: [0, 0, 0, 0], end: [2, 5, 4, 8], strides: [1, 2, 2, 1], ...noMasks } }],
  Tile: [{ inputs: { x: floats(2, 1, 1, 8) }, attrs: { reps: [1, 3, 2, 1] } }],
};

/** A tensor with one thing wrong, and what. */
function* wrongOperands({ shape, dtype }: Operand): Generator<[what: string, Operand]> {
  for (const [axis, size] of shape.entries())
    for (const other of [0, size - 1, size + 1, 3 * size])
      if (other >= 0 && other !== size) yield [`size ${axis} is ${other}`, { dtype, shape: shape.with(axis, other) }];
  yield ['one size less', { dtype, shape: shape.slice(1) }];
  yield ['one size more', { dtype, shape: [1, ...shape] }];
  for (const other of ['int32', 'bool', 'complex64', 'string'] as const) yield [other, { shape, dtype: other }];
}

/** An attribute with one thing wrong. */
function* wrongValues(value: unknown): Generator<unknown> {
  if (Array.isArray(value)) {
    for (const [i, element] of value.entries()) for (const wrong of wrongValues(element)) yield value.with(i, wrong);
    yield* [value.slice(1), [...value, value[0]], []];
  } else if (typeof value === 'number') yield* [0, -1, value + 1, value + 0.5, Number.NaN, 2 ** 30];
  if (typeof value !== 'number') yield* ['nonsense', 1];
  yield undefined;
}

function* wrongCalls({ inputs, attrs }: Call): Generator<[what: string, Call]> {
  for (const [name, operand] of Object.entries(inputs)) {
    for (const [what, wrong] of wrongOperands(operand))
      yield [
        `${name}: ${what}`,
        { inputs: Array.isArray(inputs) ? inputs.with(Number(name), wrong) : { ...inputs, [name]: wrong }, attrs },
      ];
    const rest = Object.fromEntries(Object.entries(inputs).filter(([other]) => other !== name));
    yield [`${name} is missing`, { inputs: Array.isArray(inputs) ? Object.values(rest) : rest, attrs }];
  }
  for (const [name, value] of Object.entries(attrs))
    for (const wrong of wrongValues(value)) yield [`${name} is ${JSON.stringify(wrong)}`, { inputs, attrs: { ...attrs, [name]: wrong } }];
}

function make({ shape, dtype }: Operand, seed: number): tf.Tensor {
  const size = [...shape];
  const values = randomValues(tf.util.sizeFromShape(size), seed);
  if (dtype === 'string')
    return tf.tensor(
      Array.from(values, (v) => `${v}`),
      size,
      dtype,
    );
  if (dtype === 'bool')
    return tf.tensor(
      Array.from(values, (v) => v > 0),
      size,
      dtype,
    );
  if (dtype === 'int32')
    return tf.tensor(
      values.map((v) => Math.round(100 * v)),
      size,
      dtype,
    );
  // tfjs-backend-wasm has no complex numbers of its own; they come from other backends.
  if (dtype === 'complex64') return tf.engine().makeTensor(new Float32Array(2 * values.length).fill(0.5), size, dtype);
  return tf.tensor(
    values.map((v) => v + 1.5),
    size,
    dtype,
  );
}

interface Outcome {
  readonly error?: string;
  readonly outputs?: readonly { readonly shape: readonly number[]; readonly dtype: string; readonly values: ArrayLike<number | string> }[];
}

/** What a call gives on the current backend. */
function outcome(kernel: string, { inputs, attrs }: Call): Outcome {
  return tf.tidy(() => {
    const tensors = Object.fromEntries(Object.entries(inputs).map(([name, operand], i) => [name, make(operand, i + 1)]));
    const given = Array.isArray(inputs) ? (Object.values(tensors) as unknown as tf.NamedTensorMap) : tensors;
    try {
      const outputs = [tf.engine().runKernel(kernel, given, attrs as tf.NamedAttrMap)].flat() as tf.Tensor[];
      return {
        outputs: outputs.map((y) => ({ shape: y.shape, dtype: y.dtype, values: y.dtype === 'complex64' ? [] : y.dataSync().slice() })),
      };
    } catch (error) {
      return { error: error instanceof Error ? error.message : String(error) };
    }
  });
}

const bits = ({ outputs }: Outcome) =>
  outputs?.map(({ shape, dtype, values }) => [
    shape,
    dtype,
    // any NaN is like any other: which one an operation gives depends on the order of its operands
    values instanceof Float32Array ? Array.from(values, (v) => (Number.isNaN(v) ? 'NaN' : v)) : Array.from(values),
  ]);

const near = (a: number | string | undefined, b: number | string | undefined) =>
  Object.is(a, b) || (typeof a === 'number' && typeof b === 'number' && Math.abs(a - b) <= 1e-4 * Math.max(1, Math.abs(b)));

describe('a kernel that is called with what does not fit together', () => {
  let runtime: Runtime;
  let guards: GuardedHeap;
  let stop: () => void;

  beforeAll(async () => {
    const features = wasmFeatures();
    const binary = withMemory(await readWasm('tfjs-backend-wasm-simd.wasm'), { shared: true });
    const backend = await startTfjsWasm(binary as Uint8Array<ArrayBuffer>);
    const started = await startKernels(backend, features, { threads: 2, winograd: true, everyOp: true });
    runtime = started.runtime as Runtime;
    guards = new GuardedHeap(runtime.heap);
    stop = () => {
      started.restore?.();
      runtime.dispose();
      tf.removeBackend('wasm');
    };
    await tf.setBackend('wasm');
  });
  afterAll(() => stop());

  /** The call's outcome, which may depend on nothing but its tensors. */
  function guarded(kernel: string, call: Call): Outcome & { readonly problems: string[] } {
    const [nan, large] = [0x7fc00bad, 0x7149f2ca].map((canary) => {
      guards.canary = canary;
      runtime.heap.freeScratch();
      const before = runtime.backend.numDataIds();
      const result = outcome(kernel, call);
      const left = runtime.backend.numDataIds() - before;
      return { result, left, broken: guards.broken() };
    }) as [{ result: Outcome; left: number; broken: string[] }, { result: Outcome; left: number; broken: string[] }];
    const problems = [...nan.broken, ...large.broken].map((where) => `wrote ${where}`);
    if (nan.left !== 0 || large.left !== 0) problems.push(`left ${nan.left} and ${large.left} tensors behind`);
    const [a, b] = [nan.result, large.result].map((result) => JSON.stringify(bits(result)) ?? result.error);
    if (a !== b) problems.push(`read what is not its own: ${String(a).slice(0, 200)} and ${String(b).slice(0, 200)}`);
    return { ...nan.result, problems };
  }

  test('has a call here', () => {
    expect(Object.keys(CALLS)).toEqual(Object.keys(KERNELS));
  });

  test.each(Object.keys(CALLS))('%s refuses it by name or is right, and touches nothing but its tensors', async (kernel) => {
    // Gradients are compared elsewhere: tfjs' cpu kernels ignore dilation, and look for the largest of a window once more.
    const onCpu = tf.getKernel(kernel, 'cpu') !== undefined && !/Backprop|Grad/.test(kernel);
    const problems: string[] = [];
    for (const [i, right] of (CALLS[kernel] ?? []).entries()) {
      expect(guarded(kernel, right)).toMatchObject({ problems: [], outputs: expect.anything() });
      for (const [what, call] of wrongCalls(right)) {
        const found = guarded(kernel, call);
        const say = (problem: string) => problems.push(`call ${i}, ${what}: ${problem}`);
        for (const problem of found.problems) say(problem);
        if (found.error !== undefined) {
          if (!found.error.includes(kernel)) say(`an error that does not name the kernel: ${found.error}`);
          if (/Cannot read|not iterable|is not a function/.test(found.error)) say(`an error that says nothing: ${found.error}`);
          continue;
        }
        if (!onCpu) continue;
        await tf.setBackend('cpu');
        const there = outcome(kernel, call);
        await tf.setBackend('wasm');
        if (there.error !== undefined) continue;
        for (const [n, y] of (there.outputs ?? []).entries()) {
          const here = found.outputs?.[n];
          if (JSON.stringify([here?.shape, here?.dtype]) !== JSON.stringify([y.shape, y.dtype]))
            say(`gives ${here?.dtype} [${here?.shape}], cpu ${y.dtype} [${y.shape}]`);
          else {
            const at = Array.from(y.values).findIndex((v, at) => !near(here?.values[at], v));
            if (at >= 0) say(`gives ${here?.values[at]} at ${at}, cpu ${y.values[at]}`);
          }
        }
      }
    }
    expect(problems).toEqual([]);
  });
});
