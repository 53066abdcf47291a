import * as tf from '@tensorflow/tfjs-core';
import type { Ability, Candidate } from '../backend-name.ts';
import { optional } from './optional.ts';

const webGpuPackage = () => optional('@resnetjs/backend-webgpu', () => import('@resnetjs/backend-webgpu'));
const having = (abilities: Partial<Record<Ability, boolean>>): Ability[] =>
  (['gpu', 'threads', 'float32'] as const).filter((ability) => abilities[ability]);

export const webgpu: Candidate = {
  backend: 'webgpu',
  registered: 'webgpu',
  async start() {
    const { useWebGpu } = await webGpuPackage();
    const { adapter, dispose } = await useWebGpu();
    const { description, vendor, architecture, software } = adapter;
    const name = description || `${vendor} ${architecture}`.trim();
    return { description: name, abilities: having({ gpu: !software, float32: true }), software, dispose };
  },
};

export const wasm: Candidate = {
  backend: 'wasm',
  registered: 'wasm',
  async start() {
    const { useWasm } = await optional('@resnetjs/backend-wasm', () => import('@resnetjs/backend-wasm'));
    const { threads, simd, relaxedSimd, fallback, dispose } = await useWasm();
    const speed = relaxedSimd ? 'relaxed SIMD' : simd ? 'SIMD' : 'no SIMD';
    const description = `${threads} ${threads === 1 ? 'thread' : 'threads'}, ${speed}${fallback ? ` (${fallback})` : ''}`;
    return { description, abilities: having({ threads: threads > 1, float32: true }), dispose };
  },
};

export const webgl: Candidate = {
  backend: 'webgl',
  registered: 'webgl',
  async start() {
    const { useWebGl } = await webGpuPackage();
    const { version, renderer, precision, software, dispose } = await useWebGl();
    const description = `WebGL ${version}, ${precision} bits, ${renderer}`;
    return { description, abilities: having({ gpu: !software, float32: precision === 32 }), software, dispose };
  },
};

let cpuFactory: (() => tf.KernelBackend | Promise<tf.KernelBackend>) | undefined;

export const cpu: Candidate = {
  backend: 'cpu',
  registered: 'cpu',
  async start() {
    await optional('@tensorflow/tfjs-backend-cpu', () => import('@tensorflow/tfjs-backend-cpu'));
    cpuFactory ??= tf.findBackendFactory('cpu') ?? undefined;
    if (cpuFactory && !tf.findBackendFactory('cpu')) tf.registerBackend('cpu', cpuFactory);
    await tf.setBackend('cpu');
    return { description: 'plain JavaScript, far slower than the others', abilities: ['float32'], dispose: () => tf.removeBackend('cpu') };
  },
};
