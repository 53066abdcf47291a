import * as tf from '@tensorflow/tfjs';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { type BackendInfo, useWasm } from '../index.ts';

let info: BackendInfo;
beforeAll(async () => {
  info = await useWasm();
});
afterAll(() => info.dispose());

test('what tfjs-backend-wasm lacks is computed on its memory: an embedding’s gradient', () => {
  const table = tf.tensor2d([1, 2, 3, 4, 5, 6], [3, 2]);
  const dx = tf.grad((t) => tf.gather(t, tf.tensor1d([2, 0, 2], 'int32')))(table, tf.tensor2d([1, 2, 3, 4, 5, 6], [3, 2]));
  expect(Array.from(dx.dataSync())).toEqual([3, 4, 0, 0, 6, 8]);
});

test('complex numbers are kept with their parts side by side', () => {
  const z = tf.complex(tf.tensor1d([1, 2]), tf.tensor1d([3, -4]));
  expect(Array.from(tf.mul(z, z).dataSync())).toEqual([-8, 6, -12, -16]); // (1+3i)² and (2-4i)²
  expect(Array.from(tf.imag(z).dataSync())).toEqual([3, -4]);
  expect(Array.from(tf.real(tf.spectral.fft(tf.complex(tf.tensor1d([1, 2, 3, 4]), tf.zeros([4])))).dataSync())).toEqual([10, -2, -2, -2]);
});

test('integers are not taken for floats', () => {
  const x = tf.tensor1d([1, 4, 9], 'int32');
  const y = tf.square(x);
  expect([y.dtype, Array.from(y.dataSync())]).toEqual(['int32', [1, 16, 81]]);
});

test('a thousand calls leave nothing behind, whether they succeed or throw', () => {
  const x = tf.tensor1d([1, 2, 3, 4]);
  const call = () =>
    tf.tidy(() => {
      tf.unsortedSegmentSum(x, tf.tensor1d([0, 1, 0, 1], 'int32'), 2);
      tf.maximum(x, tf.scalar(2));
      tf.spectral.rfft(x);
      expect(() => tf.gatherND(x, tf.tensor2d([[7]], [1, 1], 'int32'))).toThrow();
    });
  const { wasm } = tf.backend() as unknown as { wasm: { asm: { memory: WebAssembly.Memory } } };
  const backend = tf.backend() as unknown as { numDataIds(): number };
  const measure = () => [tf.memory().numTensors, backend.numDataIds(), wasm.asm.memory.buffer.byteLength];
  for (let i = 0; i < 50; i++) call();
  const before = measure();
  for (let i = 0; i < 1000; i++) call();
  expect(measure()).toEqual(before);
});

test('a tensor of another backend comes over, complex numbers too', async () => {
  await tf.setBackend('cpu');
  const [x, z] = [tf.tensor1d([1, 2, 3]), tf.complex(tf.tensor1d([1]), tf.tensor1d([2]))];
  await tf.setBackend('wasm');
  expect(Array.from(tf.maximum(x, tf.scalar(2)).dataSync())).toEqual([2, 2, 3]);
  expect(Array.from(tf.add(z, z).dataSync())).toEqual([2, 4]);
});

test('dispose puts back what tfjs-backend-wasm had', async () => {
  info.dispose();
  const names = tf.getKernelsForBackend('wasm').map(({ kernelName }) => kernelName);
  expect(names).not.toContain('UnsortedSegmentSum');
  expect(names).toContain('Maximum');
  info = await useWasm();
});
