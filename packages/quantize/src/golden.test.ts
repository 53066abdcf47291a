import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import '@tensorflow/tfjs-backend-cpu';
import { useWasm } from '@resnetjs/backend-wasm';
import { leakedTensors } from '@resnetjs/testing';
import { loadCheckpoint } from '@resnetjs/weights';
import * as tf from '@tensorflow/tfjs-core';
import { describe, expect, test } from 'vitest';
import { planOf } from './file/decode.ts';
import type { QuantizedPlan, Step, Value } from './plan.ts';
import { portablePass } from './portable/portable-pass.ts';
import { quantizedPredictor } from './predictor.ts';

interface Result {
  readonly shape: readonly number[];
  /** Of float32 numbers. */
  readonly bits: readonly number[];
  readonly values: readonly (readonly [value: number, sha256: string])[];
}

/** What numpy makes of the files beside it: `golden/reference.py`. */
const results: Readonly<Record<string, Result>> = JSON.parse(readFileSync(new URL('../golden/results.json', import.meta.url), 'utf8'));
const files = Object.entries(results);

const load = async (file: string): Promise<QuantizedPlan> =>
  planOf(await loadCheckpoint(readFileSync(new URL(`../golden/${file}`, import.meta.url))));

/** Whole numbers that wander through 32 bits, as numbers from -2 to 2, as in `reference.py`. */
function images({ values, input }: QuantizedPlan): tf.Tensor {
  const shape = [3, ...(values[input] as Value).shape];
  const size = shape.reduce((product, length) => product * length, 1);
  return tf.tensor(
    Float32Array.from({ length: size }, (_, i) => (Math.imul(i, 2654435761) >>> 0) / 2 ** 30 - 2),
    shape,
  );
}

const digest = (data: ArrayLike<number>, type: Value['type']): string => {
  const array = { u8: Uint8Array, i8: Int8Array, f32: Float32Array }[type].from(data);
  return createHash('sha256').update(new Uint8Array(array.buffer)).digest('hex').slice(0, 16);
};
const bitsOf = (tensor: tf.Tensor): number[] => [...new Uint32Array(Float32Array.from(tensor.dataSync()).buffer)];

test('the files have every kind of step', async () => {
  const plans = await Promise.all(files.map(([file]) => load(file)));
  const kinds: Record<Step['kind'], true> = {
    ...{ quantize: true, dequantize: true, conv: true, maxPool: true, averagePool: true },
    ...{ add: true, concat: true, affine: true, scaleChannels: true, float: true },
  };
  expect(new Set(plans.flatMap(({ steps }) => steps.map(({ kind }) => kind)))).toEqual(new Set(Object.keys(kinds)));
});

describe.each(['cpu', 'wasm'] as const)('stock operations on %s', (backend) => {
  test.each(files)('%s: every step gives the bits that numpy does', async (file, expected) => {
    if (backend === 'wasm') await useWasm({ threads: 1 });
    else await tf.setBackend('cpu');
    const plan = await load(file);
    expect(
      await leakedTensors(() => {
        const portable = portablePass(plan);
        const x = images(plan);
        const made = new Map<number, string>();
        const y = portable.run(x, (value, tensor) => made.set(value, digest(tensor.dataSync(), plan.values[value]?.type ?? 'f32')));
        for (const [i, { output, kind }] of plan.steps.entries()) {
          const sha256 = expected.values.find(([value]) => value === output)?.[1];
          if (sha256) expect(made.get(output), `step ${i}, ${kind}`).toBe(sha256);
        }
        expect([y.shape, bitsOf(y)]).toEqual([expected.shape, expected.bits]);
        tf.dispose([x, y]);
        portable.dispose();
      }),
    ).toBe(0);
  });
});

describe.each([1, 2, 7])("the backend's kernel on %i thread(s)", (threads) => {
  test.each(files)('%s: the network gives the bits that numpy does', async (file, expected) => {
    const info = await useWasm({ threads });
    const plan = await load(file);
    expect(tf.getKernel('ResNetQuantizedPass', tf.getBackend())).toBeDefined();
    expect(
      await leakedTensors(() => {
        const predictor = quantizedPredictor(plan, file);
        const x = images(plan);
        for (const run of [1, 2]) {
          const y = predictor.forward(x, 'eval');
          expect([run, y.shape, bitsOf(y)]).toEqual([run, expected.shape, expected.bits]);
          y.dispose();
        }
        x.dispose();
        predictor.dispose();
      }),
    ).toBe(0);
    info.dispose();
  });
});
