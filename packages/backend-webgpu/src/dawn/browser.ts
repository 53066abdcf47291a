import { BackendError } from '../backend-error.ts';
import { existingGpu, type GpuSource } from '../gpu.ts';

export const provideGpu: GpuSource['provideGpu'] = async () => {
  const gpu = existingGpu();
  if (gpu) return gpu;
  throw new BackendError(
    'webgpu',
    globalThis.isSecureContext === false
      ? 'WebGPU is for secure pages only, and this one is not: serve it by https, or from localhost.'
      : 'This browser has no WebGPU. Chrome and Edge have it from 113, Safari from 26, Firefox from 141; use useWebGl() or @resnetjs/backend-wasm in older ones.',
  );
};
