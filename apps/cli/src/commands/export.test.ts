import { cpSync, existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { readOnnx } from '@resnetjs/onnx';
import { expect, test } from 'vitest';
import { shippedCheckpoint } from '../network/shipped.ts';
import { photo, temporaryFolder } from '../places.testing.ts';
import { recorded } from '../recorded-terminal.testing.ts';

const folder = temporaryFolder();
const shipped = shippedCheckpoint();

/** The figure in the last line. */
const differenceIn = (stdout: string): number => Number(/largest difference .* is (\S+),/.exec(stdout)?.[1]);

test.each([
  // Logits of the shipped network reach some 10; float16 has three digits.
  [['--dynamic-batch'], 1e-4],
  [['--with-preprocessing', '--softmax', '--no-fold', '--opset', '13'], 1e-5],
  [['--dtype', 'float16'], 0.1],
])('%j is run in onnxruntime as it was written', async (options, most) => {
  const made = join(folder, `${options.join('')}.onnx`);
  const { code, stdout, stderr, leaked } = await recorded(['export', shipped, made, ...options]);
  expect({ code, stderr, leaked }).toEqual({ code: 0, stderr: '', leaked: 0 });
  expect(stdout).toContain(`${made}: resnet20_cifar, ${options.includes('float16') ? 'float16' : 'float32'}, opset `);
  expect(differenceIn(stdout)).toBeLessThan(most);
});

test('what was written is read back, with its manifest', async () => {
  const made = join(folder, 'again.onnx');
  await recorded(['export', shipped, made]);
  const { code, stdout } = await recorded(['summary', made]);
  expect(code).toBe(0);
  expect(stdout).toContain('resnet20_cifar');
  const converted = join(folder, 'again.safetensors');
  expect(await recorded(['convert', made, converted])).toMatchObject({ code: 0 });
  const manifest = JSON.parse(readFileSync(converted.replace('.safetensors', '.json'), 'utf8')) as object;
  expect(manifest).toMatchObject({ architecture: 'resnet20_cifar', licence: 'BSD-2-Clause', preprocessing: { crop: 32 } });
});

test('a folder for transformers.js has all its files', async () => {
  const made = join(folder, 'transformers');
  expect(await recorded(['export', shipped, made, '--transformers-js'])).toMatchObject({ code: 0 });
  expect(['config.json', 'preprocessor_config.json', 'onnx/model.onnx'].filter((name) => !existsSync(join(made, name)))).toEqual([]);
  expect(readOnnx(readFileSync(join(made, 'onnx/model.onnx'))).inputShape).toEqual([0, 3, 32, 32]);
});

test('in 8 bits it lies beside the network in float, and alone it is written from a file in 8 bits', async () => {
  const [photos, made, small] = [join(folder, 'photos'), join(folder, 'both'), join(folder, 'small.safetensors')];
  cpSync(photo('chelsea.png'), join(photos, 'chelsea.png'));
  const both = await recorded(['export', shipped, made, '--transformers-js', '--images', photos]);
  expect(both).toMatchObject({ code: 0, stderr: '', leaked: 0 });
  expect(['model.onnx', 'model_quantized.onnx'].filter((name) => !existsSync(join(made, 'onnx', name)))).toEqual([]);
  expect(both.stdout).toContain('resnet20_cifar, int8, opset 17, 0.3 MB');

  expect(await recorded(['quantize', shipped, small, '--images', photos])).toMatchObject({ code: 0 });
  const alone = join(folder, 'small.onnx');
  const { code, stdout, leaked } = await recorded(['export', small, alone, '--with-preprocessing']);
  expect({ code, leaked }).toEqual({ code: 0, leaked: 0 });
  expect(differenceIn(stdout)).toBeLessThan(0.5); // of logits up to 10: one level that is rounded otherwise moves others
  // The same network by both ways.
  const again = join(folder, 'again');
  expect(await recorded(['export', small, again, '--transformers-js'])).toMatchObject({ code: 0 });
  expect(existsSync(join(again, 'onnx/model.onnx'))).toBe(false);
  const sizes = [made, again].map((place) => readFileSync(join(place, 'onnx/model_quantized.onnx')).length);
  expect(Math.abs((sizes[0] as number) - (sizes[1] as number))).toBeLessThan(5000);
  const refused = await recorded(['export', small, join(folder, 'half.onnx'), '--dtype', 'float16']);
  expect(refused.code).toBe(2);
  expect(refused.stderr).toContain('is in 8 bits, norms folded in: leave --dtype, --no-fold and --images out');
});

test.each([
  [[shipped, join(folder, 'out.pb')], 2, 'let '],
  [[shipped, join(folder, 'again.onnx')], 1, 'already there. Write over it with --force'],
  [[shipped, join(folder, 'out.onnx'), '--opset', '12'], 2, 'Expected a whole number from 13 to'],
  [[shipped, join(folder, 'out'), '--transformers-js', '--softmax'], 2, 'leave --with-preprocessing and --softmax out'],
  [[shipped, join(folder, 'out.onnx'), '--images', folder], 2, '`resnet quantize` it and export that'],
  [[shipped, join(folder, 'out'), '--transformers-js', '--images', folder, '--size', '64'], 2, 'leave --size out'],
])('%j is refused', async (args, code, message) => {
  const result = await recorded(['export', ...args]);
  expect(result.code).toBe(code);
  expect(result.stderr).toContain(message);
});
