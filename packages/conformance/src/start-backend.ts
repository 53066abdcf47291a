import * as tf from '@tensorflow/tfjs-core';
import type { BackendName, Started } from './conformance-case.ts';

/** How the backends start that run in pages as in Node. */
export const starters: Readonly<Partial<Record<BackendName, () => Promise<Started>>>> = {
  async cpu() {
    await import('@tensorflow/tfjs-backend-cpu');
    await tf.setBackend('cpu');
    return { backend: 'cpu', what: 'plain JavaScript' };
  },
  async wasm() {
    const { useWasm } = await import('@resnetjs/backend-wasm');
    const { threads, simd, relaxedSimd, fallback } = await useWasm();
    const what = `${threads} thread(s), ${relaxedSimd ? 'relaxed SIMD' : simd ? 'SIMD' : 'no SIMD'}${fallback ? `; ${fallback}` : ''}`;
    return { backend: 'wasm', what };
  },
  async webgl() {
    const { useWebGl } = await import('@resnetjs/backend-webgpu');
    const { version, renderer, precision, software } = await useWebGl();
    tf.env().set('WEBGL_CPU_FORWARD', false); // small problems too are for the GPU
    return { backend: 'webgl', what: `WebGL ${version}, ${precision} bits, ${renderer}`, software };
  },
  async webgpu() {
    const { useWebGpu } = await import('@resnetjs/backend-webgpu');
    const { adapter } = await useWebGpu();
    tf.env().set('WEBGPU_CPU_FORWARD', false);
    return { backend: 'webgpu', what: adapter.description || adapter.architecture, software: adapter.software };
  },
};
