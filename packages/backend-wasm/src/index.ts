export { BackendError, OutOfMemoryError } from './backend-error.ts';
export type { WasmMemory } from './heap.ts';
export { KernelInputError } from './kernel-input-error.ts';
export { type BackendInfo, useWasm, type WasmOptions } from './use-wasm.ts';
export type { WasmFileName, WasmPaths } from './wasm-files.ts';
