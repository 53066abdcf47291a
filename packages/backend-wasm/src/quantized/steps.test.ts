import * as tf from '@tensorflow/tfjs-core';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { CONV_CASES } from '../ops/conv-cases.testing.ts';
import { type BackendInfo, useWasm } from '../use-wasm.ts';
import type { Plan } from './plan.ts';
import { eightBits, floats, image, PlanBuilder } from './plans.testing.ts';
import { reference } from './reference.testing.ts';

/** Every case is of three images, computed together. */
const IMAGES = 3;

function run(plan: Plan, x: tf.Tensor, owner: tf.Tensor): tf.Tensor {
  return [tf.engine().runKernel('ResNetQuantizedPass', { x, owner }, { plan } as unknown as tf.NamedAttrMap)].flat()[0] as tf.Tensor;
}

/** Compares a plan's results with the reference's, to the bit. */
function expectExact(plan: Plan, images = IMAGES): void {
  const { shape } = plan.values[plan.input] as { shape: number[] };
  const size = tf.util.sizeFromShape(shape);
  const pixels = image(images * size, 77, 0.25);
  const expected = Array.from({ length: images }, (_, n) => reference(plan, pixels.subarray(n * size, (n + 1) * size))).flat();
  const owner = tf.scalar(0);
  const x = tf.tensor(pixels, [images, ...shape]);
  const y = run(plan, x, owner);
  expect(y.shape).toEqual([images, ...(plan.values[plan.output]?.shape ?? [])]);
  expect(Array.from(y.dataSync())).toEqual(expected);
  tf.dispose([owner, x, y]);
}

/** A plan of one step between a conversion to 8 bits and one back. */
function around(shape: readonly number[], type: 'u8' | 'i8', step: (b: PlanBuilder, x: number) => number): Plan {
  const b = new PlanBuilder();
  const input = b.input(shape);
  const y = step(b, b.quantize(input, type));
  return b.plan(input, b.of(y).type === 'f32' ? y : b.dequantize(y));
}

describe.each([1, 2, 7])('with %i thread(s)', (threads) => {
  let info: BackendInfo;
  let before: { tensors: number; filters: number; recordings: number };
  const held = () => {
    const { filters = 0, recordings = 0 } = info.memory() ?? {};
    return { tensors: tf.memory().numTensors, filters, recordings };
  };
  beforeAll(async () => {
    info = await useWasm({ threads });
    before = held();
  });
  afterAll(() => {
    expect(held()).toEqual(before);
    info.dispose();
  });

  const cases = CONV_CASES.filter(({ x }) => x[1] !== 0 && x[0] !== 0 && x[3] !== 0);
  test.each(cases)('a convolution of $x by $filter, strides $strides, groups $groups, is exact', ({ x, filter, ...attributes }) => {
    const [kh, kw, , outC] = filter as [number, number, number, number];
    if (threads !== 2 && kh * kw * (x[3] as number) > 2000) return; // long sums once
    for (const [type, to] of [
      ['u8', 'u8'],
      ['i8', 'i8'],
      ['u8', 'f32'],
    ] as const)
      expectExact(around(x.slice(1), type, (b, q) => b.conv(q, [kh, kw, outC], { ...attributes, type: to })), threads === 2 ? IMAGES : 1);
  });
});
