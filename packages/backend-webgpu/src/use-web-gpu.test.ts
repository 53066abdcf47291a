import { execFileSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { dirname } from 'node:path';
import { fileURLToPath } from 'node:url';
import * as tf from '@tensorflow/tfjs-core';
import { afterEach, describe, expect, test, vi } from 'vitest';
import { describeAdapter } from './adapter.ts';
import { BackendError, gpuAdapters, useWebGl, useWebGpu } from './index.ts';
import { loadPackage } from './load-package.ts';

// A program of its own computes on a GPU in software.
vi.setConfig({ testTimeout: 60_000 });

afterEach(() => vi.unstubAllGlobals());

const gpuThat = (requestAdapter: () => Promise<unknown>) => vi.stubGlobal('navigator', { gpu: { requestAdapter } });
const failure = (promise: Promise<unknown>): Promise<BackendError> =>
  promise.then(
    () => expect.unreachable(),
    (error) => error,
  );

test('a machine without a GPU that WebGPU can use is told what to install', async () => {
  gpuThat(async () => null);
  const error = await failure(useWebGpu());
  expect(error).toBeInstanceOf(BackendError);
  expect(error.missing).toBe('adapter');
  expect(error.message).toMatch(/finds no GPU that it can use\. .*backend-wasm/);
  expect(await gpuAdapters()).toEqual([]);
  expect(tf.findBackendFactory('webgpu')).toBeNull();
});

test('a GPU that refuses a device is named, with its reason', async () => {
  const limits = { maxBufferSize: 1 };
  const info = { vendor: 'acme', architecture: '', description: 'Acme 3000' };
  const asked: unknown[] = [];
  const requestDevice = async (descriptor: unknown) => {
    asked.push(descriptor);
    throw new Error('it is taken');
  };
  gpuThat(async () => ({ info, limits, features: new Set(['shader-f16', 'timestamp-query']), requestDevice }));
  const error = await failure(useWebGpu());
  expect(error.missing).toBe('device');
  expect(error.message).toContain('The GPU (Acme 3000) refuses a device: it is taken');
  expect(asked).toEqual([{ requiredFeatures: ['timestamp-query'], requiredLimits: { maxBufferSize: 1 } }]);
});

test.each([
  [{ vendor: 'google', architecture: 'swiftshader', description: 'SwiftShader driver 5.0.0' }, true],
  [{ vendor: 'mesa', architecture: '', description: 'llvmpipe (LLVM 15.0.6, 256 bits)' }, true],
  [{ vendor: 'microsoft', architecture: '', description: 'Microsoft Basic Render Driver' }, true],
  [{ vendor: 'nvidia', architecture: 'hopper', description: 'NVIDIA H200' }, false],
])('a program that plays a GPU is told from one: $description', (info, software) => {
  expect(describeAdapter({ info } as Parameters<typeof describeAdapter>[0]).software).toBe(software);
});

test('in Node, WebGL is refused with what to use instead', async () => {
  const error = await failure(useWebGl());
  expect(error.missing).toBe('webgl');
  expect(error.message).toContain('In Node use useWebGpu()');
});

test('a package that is not installed is named with the command that installs it; other failures are passed on', async () => {
  const words = [
    "Cannot find package 'x' imported from /a/b.js",
    "Cannot find module 'x'",
    'Could not resolve "x" imported by "y". Is it installed?',
  ];
  for (const word of words) {
    const error = await failure(loadPackage('x', () => Promise.reject(new Error(word))));
    expect(error.missing).toBe('package');
    expect(error.message).toContain('npm install x@4.22.0');
  }
  await expect(loadPackage('x', () => Promise.reject(new Error('other')))).rejects.toThrow(/^other$/);
});

const software = '/usr/lib/chromium/vk_swiftshader_icd.json'; // beside it lies a Vulkan loader, for systems without one
const built = fileURLToPath(new URL('../dist/index.js', import.meta.url));
const skipped =
  (!existsSync(software) && `no software Vulkan at ${software}`) || (!existsSync(built) && 'dist/ is missing; run the build first');

describe.skipIf(skipped)(`through Dawn, on a software Vulkan${skipped ? ` (${skipped})` : ''}`, () => {
  test('Node computes, starts again after dispose, and ends by itself', () => {
    const script = `
      import * as tf from '@tensorflow/tfjs-core';
      const { gpuAdapters, useWebGpu } = await import(${JSON.stringify(built)});
      const product = async () => Array.from(await tf.matMul(tf.tensor2d([[1, 2]]), tf.tensor2d([[3], [4]])).data());
      const adapters = await gpuAdapters();
      const { adapter, dispose } = await useWebGpu();
      tf.env().set('WEBGPU_CPU_FORWARD', false); // small problems too are for the GPU
      const first = await product();
      dispose();
      const without = tf.findBackendFactory('webgpu');
      await useWebGpu();
      console.log(JSON.stringify({ adapters, adapter, without, first, second: await product(), backend: tf.getBackend() }));`;
    const output = execFileSync(process.execPath, ['--input-type=module', '-e', script], {
      cwd: fileURLToPath(new URL('..', import.meta.url)),
      env: { ...process.env, VK_ICD_FILENAMES: software, LD_LIBRARY_PATH: dirname(software), XDG_RUNTIME_DIR: '/tmp' },
      encoding: 'utf8',
      timeout: 60_000,
    });
    const { adapters, ...rest } = JSON.parse(output.trim().split('\n').at(-1) as string);
    expect(adapters).toEqual([rest.adapter]);
    expect(rest).toMatchObject({
      adapter: { vendor: 'google', software: true },
      without: null,
      first: [11],
      second: [11],
      backend: 'webgpu',
    });
  });
});
