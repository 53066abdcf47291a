import * as tf from '@tensorflow/tfjs-core';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { wasmFeatures } from '../features.ts';
import { withMemory } from '../memory-section.ts';
import type { Runtime } from '../runtime.ts';
import { startKernels } from '../start-kernels.ts';
import { startTfjsWasm } from '../start-tfjs.ts';
import { readWasm } from '../wasm-files.ts';
import type { Plan } from './plan.ts';
import { image, PlanBuilder } from './plans.testing.ts';
import { reference } from './reference.testing.ts';

let runtime: Runtime;
let stop: () => void;

beforeAll(async () => {
  const binary = withMemory(await readWasm('tfjs-backend-wasm-simd.wasm'), { shared: true });
  const backend = await startTfjsWasm(binary as Uint8Array<ArrayBuffer>);
  const started = await startKernels(backend, wasmFeatures(), { threads: 1, winograd: true, everyOp: false });
  runtime = started.runtime as Runtime;
  await tf.setBackend('wasm');
  stop = () => {
    started.restore?.();
    runtime.dispose();
    tf.removeBackend('wasm');
  };
});
afterAll(() => stop());

const SHAPE = [6, 5, 4];
const SIZE = 6 * 5 * 4;

/** A convolution, and `last` in float if there is one. */
function network(last?: (x: tf.Tensor) => tf.Tensor): Plan {
  const b = new PlanBuilder();
  const input = b.input(SHAPE);
  const y = b.conv(b.quantize(input, 'i8'), [3, 3, 8], { pad: [1, 1, 1, 1], type: 'f32' });
  if (!last) return b.plan(input, y);
  return b.plan(input, b.add({ kind: 'float', inputs: [y], output: b.value(b.of(y)), run: ([x]) => last(x as tf.Tensor) }));
}

function run(plan: Plan, owner: tf.Tensor, images = 1): number[] {
  return tf.tidy(() => {
    const x = tf.tensor(image(images * SIZE, 7, 0.25), [images, ...SHAPE]);
    const y = [tf.engine().runKernel('ResNetQuantizedPass', { x, owner }, { plan } as unknown as tf.NamedAttrMap)].flat()[0] as tf.Tensor;
    return Array.from(y.dataSync());
  });
}

const expected = (plan: Plan, images = 1) => {
  const pixels = image(images * SIZE, 7, 0.25);
  return Array.from({ length: images }, (_, n) => reference(plan, pixels.subarray(n * SIZE, (n + 1) * SIZE))).flat();
};
const held = () => ({ tensors: tf.memory().numTensors, filters: runtime.heap.held.filters, recordings: runtime.heap.held.recordings });

test('a plan is computed for any number of images, one after another, and for another plan of the same owner', () => {
  const before = held();
  const [plan, other, owner] = [network(), network(), tf.scalar(0)];
  for (const images of [1, 3, 1]) expect(run(plan, owner, images)).toEqual(expected(plan, images));
  expect(run(other, owner)).toEqual(expected(other));
  owner.dispose();
  expect(held()).toEqual(before);
});

test('what was prepared is given back when memory is full, the least lately used first, and made again', () => {
  const before = held();
  const [plan, first, second] = [network(), tf.scalar(0), tf.scalar(0)];
  run(plan, first);
  const one = held();
  run(plan, second);
  run(plan, first);
  expect(runtime.heap.onFull()).toBe(true);
  expect(held().filters).toBe(one.filters); // the second's is gone
  expect(run(plan, second)).toEqual(expected(plan));
  tf.dispose([first, second]);
  expect(held()).toEqual(before);
});

test('what runs is not given back, whatever a float step asks for', () => {
  const before = held();
  const owner = tf.scalar(0);
  let given: boolean | undefined;
  const plan = network((x) => {
    given = runtime.heap.onFull();
    return tf.neg(x);
  });
  const convolution = { ...plan, output: plan.steps[1]?.output as number, steps: plan.steps.slice(0, 2) };
  expect(run(plan, owner)).toEqual(expected(convolution).map((v) => -v));
  expect(given).toBe(false);
  owner.dispose();
  expect(held()).toEqual(before);
});

test('a float step that fails, or gives what the plan does not say, leaves nothing behind', () => {
  const before = held();
  const fails = () => {
    throw new Error('no such thing');
  };
  for (const [last, message] of [
    [fails, 'ResNetQuantizedPass: no such thing'],
    [(x: tf.Tensor) => tf.sum(x), 'expected float32 [1,6,5,8] but received float32 []'],
    [(x: tf.Tensor) => tf.cast(x, 'int32'), 'expected float32 [1,6,5,8] but received int32 [1,6,5,8]'],
  ] as const) {
    const owner = tf.scalar(0);
    expect(() => run(network(last), owner)).toThrow(message);
    owner.dispose();
  }
  expect(held()).toEqual(before);
});
