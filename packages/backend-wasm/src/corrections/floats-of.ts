import type { TensorInfo } from '@tensorflow/tfjs-core';
import type { Runtime } from '../runtime.ts';

/**
 * A tensor's floats where they lie, for JavaScript to compute with, which cannot be recorded; to be asked for after every allocation, which
 * may move the memory.
 */
export function floatsOf(runtime: Runtime, tensor: TensorInfo): Float32Array {
  runtime.recordings.endRecording();
  return runtime.backend.typedArrayFromHeap(tensor) as Float32Array;
}
