import * as tf from '@tensorflow/tfjs-core';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { wasmFeatures } from '../features.ts';
import { GuardedHeap } from '../guarded-heap.testing.ts';
import { withMemory } from '../memory-section.ts';
import type { Runtime } from '../runtime.ts';
import { startKernels } from '../start-kernels.ts';
import { startTfjsWasm } from '../start-tfjs.ts';
import { readWasm } from '../wasm-files.ts';
import type { Plan } from './plan.ts';
import { eightBits, PlanBuilder } from './plans.testing.ts';

/** Every kind of step, sizes that are odd. */
function everything(): Plan {
  const b = new PlanBuilder();
  const input = b.input([5, 7, 3]);
  const x = b.quantize(input, 'i8');
  const stem = b.conv(x, [3, 3, 9], { strides: [2, 1], pad: [1, 1, 1, 1] });
  const [height, width] = b.of(stem).shape as [number, number];
  const grouped = b.conv(stem, [3, 3, 9], { pad: [1, 1, 1, 1], groups: 3, residual: stem });
  const sum = b.add({ kind: 'add', inputs: [stem, grouped], output: b.value(eightBits(b.of(stem).shape, 'u8')) });
  const both = b.add({ kind: 'concat', inputs: [sum, stem], output: b.value(eightBits([height, width, 18], 'u8', 0.3)) });
  const norm = b.add({
    ...{ kind: 'affine', inputs: [both], output: b.value(eightBits([height, width, 18], 'u8')) },
    ...{ scale: new Float32Array(18).fill(0.5), shift: new Float32Array(18).fill(3) },
  });
  const largest = b.add({
    ...{ kind: 'maxPool', input: norm, output: b.value(eightBits([height - 1, width - 1, 18], 'u8')) },
    ...{ window: [2, 2], strides: [1, 1], pad: [0, 0, 0, 0] },
  });
  const squeezed = b.add({
    ...{ kind: 'averagePool', input: largest, output: b.value({ shape: [1, 1, 18], type: 'f32', scale: 1 }) },
    ...{ window: [height - 1, width - 1], strides: [1, 1], pad: [0, 0, 0, 0], countPadding: false, ratio: 0.02 },
  });
  const gate = b.add({
    kind: 'float',
    inputs: [squeezed],
    output: b.value(b.of(squeezed)),
    run: ([t = tf.zeros([2, 1, 1, 18])]) => tf.sigmoid(t),
  });
  const gated = b.add({ kind: 'scaleChannels', input: largest, gate, output: b.value(eightBits(b.of(largest).shape, 'u8')) });
  return b.plan(input, b.conv(gated, [1, 1, 5], { type: 'f32' }));
}

/** A number, a list, a typed array or what else a plan holds, with one thing wrong at a time. */
function* wrong(value: unknown): Generator<unknown> {
  if (typeof value === 'number') yield* [-1, 0, value + 1, value - 1, value + 0.5, Number.NaN, 2 ** 31, Number.POSITIVE_INFINITY];
  else if (Array.isArray(value)) {
    for (const [i, element] of value.entries()) for (const other of wrong(element)) yield value.with(i, other);
    yield* [[], value.slice(1), [...value, value[0]]];
  } else if (ArrayBuffer.isView(value)) {
    const array = value as Int8Array;
    yield* [array.slice(1), Array.from(array), new Float64Array(array)];
  } else if (typeof value === 'object' && value !== null)
    for (const [key, part] of Object.entries(value)) for (const other of wrong(part)) yield { ...value, [key]: other };
  yield* ['nonsense', undefined, null];
}

describe('a plan that does not fit together', () => {
  let runtime: Runtime;
  let guards: GuardedHeap;
  let stop: () => void;
  let x: tf.Tensor;

  beforeAll(async () => {
    const features = wasmFeatures();
    const backend = await startTfjsWasm(
      withMemory(await readWasm('tfjs-backend-wasm-simd.wasm'), { shared: true }) as Uint8Array<ArrayBuffer>,
    );
    const started = await startKernels(backend, features, { threads: 1, winograd: true, everyOp: false });
    runtime = started.runtime as Runtime;
    guards = new GuardedHeap(runtime.heap);
    await tf.setBackend('wasm');
    x = tf.zeros([2, 5, 7, 3]);
    stop = () => {
      started.restore?.();
      runtime.dispose();
      tf.removeBackend('wasm');
    };
  });
  afterAll(() => stop());

  /** What comes of a plan: an error's text, or what it computes. */
  function outcome(plan: unknown): { error?: Error; values?: number[]; left: Record<string, number>; broken: string[] } {
    const before = { tensors: tf.memory().numTensors, filters: runtime.heap.held.filters, recordings: runtime.heap.held.recordings };
    const owner = tf.scalar(0);
    let found: { error?: Error; values?: number[] };
    try {
      const y = [tf.engine().runKernel('ResNetQuantizedPass', { x, owner }, { plan } as tf.NamedAttrMap)].flat()[0] as tf.Tensor;
      found = { values: Array.from(y.dataSync()) };
      y.dispose();
    } catch (error) {
      found = { error: error as Error };
    }
    owner.dispose();
    const { filters, recordings } = runtime.heap.held;
    const left = {
      tensors: tf.memory().numTensors - before.tensors,
      filters: filters - before.filters,
      recordings: recordings - before.recordings,
    };
    return { ...found, left, broken: guards.broken() };
  }

  const nothing = { left: { tensors: 0, filters: 0, recordings: 0 }, broken: [] };

  test('is refused by what is wrong with it, and nothing beyond its memory is touched; what fits is computed from its own memory alone', () => {
    const right = everything();
    expect(outcome(right)).toMatchObject({ ...nothing, values: expect.anything() });
    const problems: string[] = [];
    const look = (what: string, plan: unknown) => {
      const results = [0x7fc00bad, 0x4b189680].map((canary) => {
        guards.canary = canary;
        return outcome(plan);
      });
      for (const { error, left, broken } of results) {
        if (JSON.stringify({ left, broken }) !== JSON.stringify(nothing)) problems.push(`${what}: ${JSON.stringify({ left, broken })}`);
        if (error && !(error.name === 'KernelInputError' && error.message.startsWith('ResNetQuantizedPass: ')))
          problems.push(`${what}: ${error.name}: ${error.message}`);
      }
      const [a, b] = results.map(({ values }) => JSON.stringify(values));
      if (a !== b) problems.push(`${what}: reads what is not its own`);
    };
    for (const [i, step] of right.steps.entries())
      for (const [key, value] of Object.entries(step))
        for (const other of wrong(value))
          if (step.kind !== 'float' || JSON.stringify(other) !== '[]')
            // what a float step reads is a matter of its own function
            look(`step ${i} (${step.kind}), ${key}: ${JSON.stringify(other)}`, {
              ...right,
              steps: right.steps.with(i, { ...step, [key]: other } as never),
            });
    for (const [i, value] of right.values.entries())
      for (const other of wrong(value))
        look(`value ${i}: ${JSON.stringify(other)}`, { ...right, values: right.values.with(i, other as never) });
    for (const key of ['values', 'steps', 'input', 'output'] as const)
      for (const other of ['nonsense', undefined, null, -1, 0.5, []]) look(`${key}: ${JSON.stringify(other)}`, { ...right, [key]: other });
    expect(problems).toEqual([]);
  });

  test('names the step, what was expected and what came', () => {
    const plan = everything();
    const broken = {
      ...plan,
      steps: plan.steps.map((step) => (step.kind === 'conv' ? { ...step, name: 'stem', bias: new Int32Array(2) } : step)),
    };
    expect(outcome(broken).error?.message).toBe('ResNetQuantizedPass: step 1 (conv stem): bias: expected 9 numbers but received 2');
  });

  test('and images of another size are refused', () => {
    const plan = everything();
    const before = x;
    x = tf.zeros([1, 6, 7, 3]);
    expect(outcome(plan).error?.message).toBe(
      'ResNetQuantizedPass: x: expected [N,5,7,3], which the plan was made for, but received [1,6,7,3]',
    );
    x.dispose();
    x = before;
  });
});
