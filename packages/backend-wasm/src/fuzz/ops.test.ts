import '@tensorflow/tfjs';
import * as tf from '@tensorflow/tfjs-core';
import { afterAll, beforeAll, expect, test, vi } from 'vitest';
import { type BackendInfo, useWasm } from '../index.ts';
import { fuzz } from './fuzz.testing.ts';
import { EXCEPTIONS, NAMESPACES, OPS } from './op-table.testing.ts';

const SEED = 'fixed';
/** Of each op; `npm run fuzz` goes on for as long as it is told. */
const CASES = 24;

let info: BackendInfo;
const called = new Set<string>();
beforeAll(async () => {
  info = await useWasm();
  const engine = tf.engine();
  const { runKernel } = engine;
  vi.spyOn(engine, 'runKernel').mockImplementation((name, ...rest) => {
    if (tf.getBackend() === 'wasm') called.add(name);
    return runKernel.call(engine, name, ...rest) as never;
  });
});
afterAll(() => {
  vi.restoreAllMocks();
  info.dispose();
});

test('every function that tfjs-core exports is in the table of ops, or left out for a reason', () => {
  const exported = new Map<string, unknown>(Object.entries(tf));
  const functions = [...exported].flatMap(([name, value]) => (typeof value === 'function' ? [name] : []));
  const inNamespaces = NAMESPACES.flatMap((namespace) =>
    Object.keys(exported.get(namespace) as object).map((name) => `${namespace}.${name}`),
  );
  const unknown = [...functions, ...inNamespaces].filter((name) => !(name in OPS) && !(name in EXCEPTIONS));
  expect(unknown).toEqual([]);
  const gone = [...Object.keys(OPS), ...Object.keys(EXCEPTIONS)].filter(
    (name) => !functions.includes(name) && !inNamespaces.includes(name),
  );
  expect(gone.filter((name) => !exported.has(name))).toEqual([]);
});

const GROUPS = Array.from({ length: Math.ceil(Object.keys(OPS).length / 25) }, (_, i) => Object.keys(OPS).slice(25 * i, 25 * (i + 1)));

test.each(GROUPS.map((ops) => [ops[0] as string, ops.at(-1) as string, ops] as const))(
  'values, gradients and errors are those of tfjs’ cpu backend, or right: from %s to %s',
  async (_first, _last, ops) => {
    const differences = await fuzz(ops, { seed: SEED, count: CASES });
    const text = differences.map(
      ({ op, index, difference, text }) => `${op}: ${difference}\n--seed ${SEED} --ops ${op} --index ${index}\n${text}`,
    );
    expect(text.join('\n\n')).toBe('');
  },
);

/** Kernels that no op of tfjs-core calls with tensors alone. */
const NOT_BY_OPS = /^ResNet|^(Draw|FromPixels|LogicalXor)$/;

test('that called every kernel', () => {
  const kernels = tf.getKernelsForBackend('wasm').map(({ kernelName }) => kernelName);
  expect(kernels.filter((name) => !called.has(name) && !NOT_BY_OPS.test(name))).toEqual([]);
});
