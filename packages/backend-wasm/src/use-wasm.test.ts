import * as tf from '@tensorflow/tfjs-core';
import { expect, test } from 'vitest';
import { BackendError, useWasm } from './index.ts';

test('a folder without the binary is named, with the remedy', async () => {
  const failing = useWasm({ wasmPaths: '/no/such/folder' });
  await expect(failing).rejects.toThrow(BackendError);
  await expect(failing).rejects.toThrow(/\/no\/such\/folder\/tfjs-backend-wasm-simd\.wasm.*ENOENT.*useWasm\(\{ wasmPaths/s);
});

test('it starts with no configuration and computes on the engine that the caller imported', async () => {
  const listeners = process.listenerCount('unhandledRejection');
  const info = await useWasm();
  expect(info).toMatchObject({ backend: 'wasm', simd: true });
  expect(tf.getBackend()).toBe('wasm');
  const y = tf.matMul(tf.tensor2d([[1, 2]]), tf.tensor2d([[3], [4]]));
  expect(Array.from(await y.data())).toEqual([11]);
  expect(process.listenerCount('unhandledRejection')).toBe(listeners);
  expect((await useWasm()).threads).toBe(info.threads);
});

test('its memory can be shared with workers', () => {
  const { wasm } = tf.backend() as unknown as { wasm: { asm: { memory: WebAssembly.Memory } } };
  expect(wasm.asm.memory.buffer).toBeInstanceOf(SharedArrayBuffer);
});

test('a tensor that makes the memory grow is read back whole', async () => {
  const values = new Float32Array(20 << 20).fill(2);
  const x = tf.tensor1d(values);
  expect(tf.min(x).dataSync()[0]).toBe(2);
  expect((await x.data())[values.length - 1]).toBe(2);
  x.dispose();
});

test('after dispose it can be started again', async () => {
  (await useWasm()).dispose();
  expect(tf.findBackendFactory('wasm')).toBeNull();
  await useWasm();
  expect(Array.from(tf.add(tf.tensor1d([1]), 2).dataSync())).toEqual([3]);
});
