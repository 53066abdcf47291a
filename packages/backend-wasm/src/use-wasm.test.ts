import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import * as tf from '@tensorflow/tfjs-core';
import { expect, test } from 'vitest';
import { BackendError, useWasm } from './index.ts';
import { withMemory } from './memory-section.ts';
import { startTfjsWasm } from './start-tfjs.ts';
import { readWasm } from './wasm-files.ts';
import { startWorker } from './worker.ts';

test('a folder without the binary is named, with the remedy', async () => {
  const failing = useWasm({ wasmPaths: '/no/such/folder' });
  await expect(failing).rejects.toThrow(BackendError);
  await expect(failing).rejects.toThrow(/\/no\/such\/folder\/tfjs-backend-wasm-simd\.wasm.*ENOENT.*useWasm\(\{ wasmPaths/s);
});

test.each([
  { answer: 'nothing', status: 404, body: () => new Uint8Array(), message: /HTTP 404/ },
  { answer: 'a page', status: 200, body: () => new TextEncoder().encode('<!doctype html>'), message: /not a WebAssembly file/ },
  {
    answer: 'half of the file',
    status: 200,
    body: (file: Uint8Array) => file.subarray(0, 200_000),
    message: /200000 bytes that end too soon/,
  },
])('a server that answers $answer is told from one that has the binary', async ({ status, body, message }) => {
  const bytes = body(await readWasm('tfjs-backend-wasm-simd.wasm'));
  const server = createServer((_, response) => response.writeHead(status, { 'content-type': 'text/html' }).end(bytes));
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  try {
    const { port } = server.address() as AddressInfo;
    await expect(useWasm({ wasmPaths: `http://127.0.0.1:${port}/` })).rejects.toThrow(message);
  } finally {
    server.close();
  }
});

test('a binary that ends too soon has no shared memory', async () => {
  const whole = await readWasm('tfjs-backend-wasm-simd.wasm');
  for (const length of [8, 9, 20, 1000]) expect(withMemory(whole.subarray(0, length), { shared: true })).toBeUndefined();
});

test('an instance that this engine refuses is an error, and nothing is left of it', async () => {
  const { instantiate } = WebAssembly;
  // tfjs' binary without what it imports is a module, but none that tfjs' glue can start
  const alien = Uint8Array.of(0, 97, 115, 109, 1, 0, 0, 0, 1, 4, 1, 96, 0, 0, 2, 7, 1, 1, 120, 1, 121, 0, 0); // (import "x" "y" (func))
  await expect(startTfjsWasm(alien)).rejects.toThrow(/tfjs-backend-wasm did not start: .*WebAssembly.instantiate/);
  expect(WebAssembly.instantiate).toBe(instantiate);
  expect(tf.findBackendFactory('wasm')).toBeNull();
});

test('a worker that cannot start is an error', async () => {
  const module = await WebAssembly.compile(Uint8Array.of(0, 97, 115, 109, 1, 0, 0, 0, 1, 4, 1, 96, 0, 0, 2, 7, 1, 1, 120, 1, 121, 0, 0));
  const memory = new WebAssembly.Memory({ initial: 1, maximum: 1, shared: true });
  const start = { module, memory, control: new SharedArrayBuffer(1024), kernels: [], thread: 1 };
  await expect(startWorker(start)).rejects.toThrow(/import/i);
  await expect(startWorker({ ...start, memory: new WebAssembly.Memory({ initial: 1 }) })).rejects.toThrow(/could not be cloned/);
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
