import type { BackendWasm } from '@tensorflow/tfjs-backend-wasm';

/** What tfjs-backend-wasm knows a tensor's values by; tensors can share it. */
export type DataId = Parameters<BackendWasm['disposeData']>[0];
