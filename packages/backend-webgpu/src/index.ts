export { type AdapterInfo, gpuAdapters } from './adapter.ts';
export { BackendError, type MissingPiece } from './backend-error.ts';
export type { PowerPreference } from './gpu.ts';
export { useWebGl, type WebGlInfo } from './use-web-gl.ts';
export { useWebGpu, type WebGpuInfo, type WebGpuOptions } from './use-web-gpu.ts';
