import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, dirname, join } from 'node:path';
import { AutoModelForImageClassification, AutoProcessor, env, pipeline, RawImage, type Tensor } from '@huggingface/transformers';
import { useWasm } from '@resnetjs/backend-wasm';
import { dispose } from '@resnetjs/core';
import { normalize } from '@resnetjs/data';
import { quantize } from '@resnetjs/quantize';
import { relativeError } from '@resnetjs/testing';
import { createManifest } from '@resnetjs/weights';
import { cifarResnet } from '@resnetjs/zoo';
import * as tf from '@tensorflow/tfjs-core';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { toOnnx } from './export/to-onnx.ts';
import { TRANSFORMERS_NAMES, transformersFiles } from './export/transformers-folder.ts';
import { withFormulaWeights } from './parity/formula-network.testing.ts';
import { wholeFile } from './parity/runtimes.testing.ts';

const labels = ['airplane', 'automobile', 'bird', 'cat', 'deer', 'dog', 'frog', 'horse', 'ship', 'truck'];
const colours = { mean: [0.485, 0.456, 0.406], std: [0.229, 0.224, 0.225] } as const;
const manifest = createManifest({
  architecture: 'resnet8_cifar',
  labels,
  preprocessing: { resize: 32, crop: 32, interpolation: 'bilinear', mean: [...colours.mean], std: [...colours.std] },
});
// An image of the network's own size: how others resize is theirs.
const bytes = Uint8Array.from({ length: 32 * 32 * 3 }, (_, i) => (i * 89 + (i >> 5)) % 256);

let folder: string;
let expected: Float32Array;
let expectedInEightBits: Float32Array;
beforeAll(async () => {
  await useWasm({ threads: 1 });
  const model = withFormulaWeights(cifarResnet({ depth: 8 }));
  const prepared = normalize({ width: 32, height: 32, data: bytes }, colours);
  expected = tf.tidy(() => model.forward(tf.tensor4d(prepared, [1, 32, 32, 3]), 'eval').dataSync() as Float32Array);
  folder = mkdtempSync(join(tmpdir(), 'resnetjs-transformers-'));
  mkdirSync(join(folder, 'onnx'));
  const write = async (name: string, dtype: 'float32' | 'float16') =>
    writeFileSync(
      join(folder, 'onnx', name),
      wholeFile(await toOnnx(model, [1, 32, 32, 3], { dtype, dynamicBatch: true, names: TRANSFORMERS_NAMES, manifest })),
    );
  await write('model.onnx', 'float32');
  await write('model_fp16.onnx', 'float16');
  const image = tf.tensor4d(prepared, [1, 32, 32, 3]);
  const quantized = await quantize(model, { images: [image] });
  expectedInEightBits = tf.tidy(() => quantized.forward(image, 'eval').dataSync() as Float32Array);
  writeFileSync(
    join(folder, 'onnx', 'model_quantized.onnx'),
    wholeFile(await toOnnx(quantized, [1, 32, 32, 3], { dynamicBatch: true, names: TRANSFORMERS_NAMES, manifest })),
  );
  quantized.dispose();
  image.dispose();
  for (const [name, text] of Object.entries(transformersFiles({ ...manifest, classes: 10, channels: 3 })))
    writeFileSync(join(folder, name), text);
  dispose(model);
  env.allowRemoteModels = false; // offline
  env.localModelPath = `${dirname(folder)}/`;
});
afterAll(() => rmSync(folder, { recursive: true }));

test.each([
  ['fp32', 1e-5],
  ['fp16', 0.01],
  ['q8', 0.01],
] as const)('transformers.js loads the folder in %s, prepares an image and gives our logits', async (dtype, tolerance) => {
  const processor = await AutoProcessor.from_pretrained(basename(folder));
  const model = await AutoModelForImageClassification.from_pretrained(basename(folder), {
    dtype,
    session_options: { extra: { session: { x64quantprecision: '1' } } }, // for processors without an instruction for products of 8 bits
  });
  const { logits } = (await model(await processor(new RawImage(bytes, 32, 32, 3)))) as { readonly logits: Tensor };
  expect(relativeError(logits.data as Float32Array, dtype === 'q8' ? expectedInEightBits : expected)).toBeLessThan(tolerance);
  await model.dispose();
});

test('its pipeline says what is in an image, by name', async () => {
  const classify = await pipeline('image-classification', basename(folder), { dtype: 'fp32' });
  const [first] = (await classify(new RawImage(bytes, 32, 32, 3), { top_k: 1 })) as { readonly label: string }[];
  expect(first?.label).toBe(labels[expected.indexOf(Math.max(...expected))]);
  await classify.dispose();
});
