import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { useWasm } from '@resnetjs/backend-wasm';
import { dispose, type Module, parameters } from '@resnetjs/core';
import { normalize } from '@resnetjs/data';
import { formulaInput, leakedTensors, relativeError } from '@resnetjs/testing';
import { createManifest } from '@resnetjs/weights';
import { cifarResnet } from '@resnetjs/zoo';
import * as tf from '@tensorflow/tfjs-core';
import * as ort from 'onnxruntime-node';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { readOnnx } from '../import/from-onnx.ts';
import { withFormulaWeights } from '../parity/formula-network.testing.ts';
import { load, planar, type RuntimeInput, wholeFile } from '../parity/runtimes.testing.ts';
import type { EncodedOnnx } from './encode.ts';
import { toOnnx } from './to-onnx.ts';

let model: Module;
let expected: Float32Array;
const image = formulaInput([1, 3, 8, 8]);
const shape = [1, 8, 8, 3];
beforeAll(async () => {
  await useWasm({ threads: 1 });
  model = withFormulaWeights(cifarResnet({ depth: 8 }));
  expected = tf.tidy(() => model.forward(tf.tensor4d(image.data, image.shape), 'eval').dataSync() as Float32Array);
});
afterAll(() => dispose(model));

async function outputOf(file: EncodedOnnx, input: RuntimeInput = planar(image.data, image.shape)): Promise<Float32Array> {
  const loaded = await load('onnxruntime-node', file);
  const { data } = await loaded.run(input);
  await loaded.release();
  return data;
}

test('without folding, every parameter is an initializer by its own name, in its own layout', async () => {
  const file = await toOnnx(model, shape, { folded: false });
  const { stateDict, notes } = await readOnnx(wholeFile(file)).weightsFor(model, shape);
  expect(notes).toEqual([]);
  const text = Buffer.from(wholeFile(file)).toString('latin1');
  for (const [name, parameter] of parameters(model)) {
    expect(text).toContain(name);
    expect(stateDict.get(name)?.data).toEqual(await parameter.read());
  }
});

test('float16 keeps three digits, in half of the bytes, and takes and gives float32', async () => {
  const [single, half] = [await toOnnx(model, shape), await toOnnx(model, shape, { dtype: 'float16' })];
  expect(half.sizeBytes).toBeLessThan(0.6 * single.sizeBytes);
  expect(relativeError(await outputOf(half), expected)).toBeLessThan(0.01);
});

test('a weight that float16 cannot hold is named', async () => {
  const big = withFormulaWeights(cifarResnet({ depth: 8 }));
  parameters(big).get('fc.bias')?.assign(new Float32Array(10).fill(1e5));
  await expect(toOnnx(big, shape, { dtype: 'float16' })).rejects.toThrow('fc.bias: 100000 does not fit into float16');
  dispose(big);
});

test('bytes are normalized inside as they are outside, and a softmax makes probabilities', async () => {
  const colours = { mean: [0.485, 0.456, 0.406], std: [0.229, 0.224, 0.225] } as const;
  const bytes = Uint8Array.from({ length: 8 * 8 * 3 }, (_, i) => (i * 89) % 256);
  const prepared = normalize({ width: 8, height: 8, data: bytes }, colours);
  const [logits, probabilities] = tf.tidy(() => {
    const y = model.forward(tf.tensor4d(prepared, [1, 8, 8, 3]), 'eval') as tf.Tensor2D;
    return [y.dataSync(), tf.softmax(y).dataSync()] as [Float32Array, Float32Array];
  });
  const given = { data: bytes, shape };
  expect(relativeError(await outputOf(await toOnnx(model, shape, { preprocessing: colours }), given), logits)).toBeLessThan(1e-5);
  const file = await toOnnx(model, shape, { preprocessing: colours, softmax: true });
  expect(relativeError(await outputOf(file, given), probabilities)).toBeLessThan(1e-5);
});

test('names, labels, preprocessing, licence and source are in the file', async () => {
  const manifest = createManifest({
    architecture: 'resnet8_cifar',
    labels: ['ant', 'bee'],
    licence: 'MIT',
    source: 'https://example.org',
    preprocessing: { resize: 32, crop: 32, interpolation: 'bilinear', mean: [0.5], std: [0.5] },
  });
  const file = await toOnnx(model, shape, { manifest, names: { input: 'pixel_values', output: 'scores' } });
  const { metadata, producer } = readOnnx(wholeFile(file));
  expect(producer).toBe('resnet.js');
  expect(Object.fromEntries(metadata)).toMatchObject({ labels: '["ant","bee"]', license: 'MIT', source: 'https://example.org' });
  expect(JSON.parse(metadata.get('resnetjs.manifest') as string)).toEqual(manifest);
  const session = await ort.InferenceSession.create(wholeFile(file));
  expect([session.inputNames, session.outputNames]).toEqual([['pixel_values'], ['scores']]);
  await session.release();
});

test('what does not fit into the file lies beside it, where runtimes find it', async () => {
  const limit = { maxFileBytes: 50_000 };
  await expect(toOnnx(model, shape, limit)).rejects.toThrow(
    "Name the file beside it that takes the weights: { dataFile: 'network.onnx.data' }",
  );
  const file = await toOnnx(model, shape, { ...limit, dataFile: 'net.onnx.data' });
  expect(file.sizeBytes).toBeLessThan(50_000);
  const data = file.data as NonNullable<EncodedOnnx['data']>;
  expect(relativeError(await outputOf(file), expected)).toBeLessThan(1e-5);
  // From disk, as most will load it.
  const folder = mkdtempSync(join(tmpdir(), 'resnetjs-onnx-'));
  writeFileSync(join(folder, 'net.onnx'), wholeFile(file));
  writeFileSync(join(folder, data.name), wholeFile(data));
  const session = await ort.InferenceSession.create(join(folder, 'net.onnx'));
  const { data: planes } = planar(image.data, image.shape);
  const { logits } = await session.run({ input: new ort.Tensor('float32', planes, [1, 3, 8, 8]) });
  expect(relativeError(logits?.data as Float32Array, expected)).toBeLessThan(1e-5);
  await session.release();
  rmSync(folder, { recursive: true });
  // And back.
  const file2 = readOnnx(wholeFile(file), { external: async () => wholeFile(data) });
  expect((await file2.weightsFor(model, shape)).stateDict.size).toBe(parameters(model).size);
});

test.each([
  [{ opset: 12 }, "'opset' must be a whole number from 13 to 23 but is 12"],
  [{ dtype: 'int8' as 'float32' }, "'dtype' must be float32 or float16 but is int8"],
  [{ names: { input: 'x', output: 'x' } }, 'must have two names'],
  [{ preprocessing: { mean: [0], std: [1] } }, 'a mean and a std for each channel of [1,8,8,3] but has 1 and 1'],
])('%j makes no file', async (options, message) => {
  await expect(toOnnx(model, shape, options)).rejects.toThrow(message);
});

test('no tensor is left', async () => {
  expect(await leakedTensors(() => toOnnx(model, shape))).toBe(0);
});
