import { readFileSync } from 'node:fs';
import { fromBinary } from '@bufbuild/protobuf';
import { useWasm } from '@resnetjs/backend-wasm';
import { planOf, type QuantizedPlan, quantizedPredictor, type Value } from '@resnetjs/quantize';
import { formulaInput, relativeError } from '@resnetjs/testing';
import { loadCheckpoint } from '@resnetjs/weights';
import { cifarResnet } from '@resnetjs/zoo';
import * as tf from '@tensorflow/tfjs-core';
import { beforeAll, describe, expect, test } from 'vitest';
import { fromOnnx } from '../import/from-onnx.ts';
import { compareLevels, ourLevels } from '../parity/levels.testing.ts';
import { load, wholeFile } from '../parity/runtimes.testing.ts';
import { ModelProtoSchema, TensorProto_DataType } from '../schema/onnx-ml_pb.js';
import { toOnnx } from './to-onnx.ts';

const GOLDEN = new URL('../../../quantize/golden/', import.meta.url);
/** Networks that together have every kind of step, as their own test says. */
const names = Object.keys(JSON.parse(readFileSync(new URL('results.json', GOLDEN), 'utf8')) as object);
const plans = new Map<string, QuantizedPlan>();
beforeAll(async () => {
  await useWasm({ threads: 1 });
  for (const name of names) plans.set(name, planOf(await loadCheckpoint(readFileSync(new URL(name, GOLDEN)))));
});

const planNamed = (name: string) => plans.get(name) as QuantizedPlan;
const shapeOf = ({ values, input }: QuantizedPlan) => (values[input] as Value).shape as readonly [number, number, number];
const imagesFor = (plan: QuantizedPlan) => {
  const [h, w, c] = shapeOf(plan);
  return formulaInput([2, c, h, w]);
};

describe.each(names)('%s', (name) => {
  test.each([
    // Products of 8 bits are summed exactly, also by processors that have no instruction for it.
    ['onnxruntime-node', 'exactProducts'],
    ['onnxruntime-node', 'unoptimized'],
    ['onnxruntime-web', 'usual'],
  ] as const)('makes our integers of our integers in %s (%s), but for a few that it rounds otherwise', async (runtime, kind) => {
    const plan = planNamed(name);
    const { shape, data } = imagesFor(plan);
    const images = tf.tensor4d(data, shape);
    const { numbers, different, levels, where } = await compareLevels(plan, ourLevels(plan, images), { runtime, kind, eachByItself: true });
    images.dispose();
    expect(numbers).toBeGreaterThan(1000);
    // A sum that lies between two levels within float32's rounding. A convolution with an addition rounds twice.
    expect(levels, where.join()).toBeLessThanOrEqual(kind === 'unoptimized' ? 2 : 1);
    expect(different / numbers, where.join()).toBeLessThan(1e-3);
  });

  test('weights are int8 with a scale for each output channel, biases int32 in units of both, all 8-bit values bytes by the scales of the plan', async () => {
    const plan = planNamed(name);
    const { graph } = fromBinary(ModelProtoSchema, wholeFile(await toOnnx({ kind: 'net', plan }, [1, ...shapeOf(plan)])));
    const tensors = new Map(graph?.initializer.map((tensor) => [tensor.name, tensor]));
    const floats = (key: string) => new Float32Array(Uint8Array.from(tensors.get(key)?.rawData as Uint8Array).buffer);
    for (const step of plan.steps) {
      if (step.kind !== 'conv') continue;
      const [kh, kw, inC, outC] = step.filterShape;
      const input = plan.values[step.input] as Value;
      const filter = tensors.get(`${step.name}.weight`);
      expect(filter?.dataType).toBe(TensorProto_DataType.INT8);
      expect(filter?.dims.map(Number)).toEqual(input.shape.length === 1 ? [outC, inC] : [outC, inC, kh, kw]);
      expect(floats(`${step.name}.weight_scale`)).toEqual(step.weightScales);
      expect(tensors.get(`${step.name}.bias`)?.dataType).toBe(TensorProto_DataType.INT32);
      expect(floats(`${step.name}.bias_scale`)).toEqual(step.weightScales.map((scale) => scale * input.scale));
    }
    const used = new Set(graph?.node.flatMap(({ opType, input }) => (opType === 'QuantizeLinear' ? [...floats(input[1] as string)] : [])));
    const quantized = plan.steps.flatMap((step) => (step.kind === 'quantize' || step.kind === 'add' ? [step.output] : []));
    for (const id of quantized) expect(used).toContain((plan.values[id] as Value).scale);
  });
});

test('batches of any size, bytes and a softmax are written as for a network in float', async () => {
  const plan = planNamed(names[0] as string);
  const [h, w, c] = shapeOf(plan);
  const colours = { mean: new Array<number>(c).fill(0.5), std: new Array<number>(c).fill(0.25) };
  const file = await toOnnx({ kind: 'net', plan }, [1, h, w, c], { dynamicBatch: true, preprocessing: colours, softmax: true });
  const bytes = Uint8Array.from({ length: 3 * h * w * c }, (_, i) => (i * 89 + (i >> 5)) % 256);
  const { fround } = Math;
  const predictor = quantizedPredictor(plan, 'net');
  const expected = tf.tidy(() => {
    const prepared = Float32Array.from(bytes, (byte) => fround(fround(fround(byte / 255) - 0.5) / 0.25));
    return tf.softmax(predictor.forward(tf.tensor4d(prepared, [3, h, w, c]), 'eval') as tf.Tensor2D).dataSync() as Float32Array;
  });
  predictor.dispose();
  const loaded = await load('onnxruntime-node', file, 'exactProducts');
  const { data } = await loaded.run({ data: bytes, shape: [3, h, w, c] });
  await loaded.release();
  expect(relativeError(data, expected)).toBeLessThan(0.02); // one number that is rounded otherwise changes others behind it by a level
});

test.each([
  [{ dtype: 'float16' }, undefined, "leave 'dtype' out"],
  [{ folded: false }, undefined, "leave 'folded' out"],
  [{}, [1, 5, 5, 3], /was quantized for \[N,.*\] but \[1,5,5,3\] was asked for/],
] as const)('%j of %j makes no file of a network in 8 bits', async (options, shape, message) => {
  const plan = planNamed(names[0] as string);
  await expect(toOnnx({ kind: 'net', plan }, shape ?? [1, ...shapeOf(plan)], options)).rejects.toThrow(message);
});

test('its weights are not read back, which is said', async () => {
  const plan = planNamed(names[0] as string);
  const bytes = wholeFile(await toOnnx({ kind: 'net', plan }, [1, ...shapeOf(plan)]));
  await expect(fromOnnx(bytes, cifarResnet({ depth: 8 }), [1, 32, 32, 3])).rejects.toThrow(
    /QuantizeLinear "[^"]*": it is of a network in 8 bits/,
  );
});
