import * as tf from '@tensorflow/tfjs-core';
import { KernelInputError } from './kernel-input-error.ts';
import type { Runtime } from './runtime.ts';

/** What a kernel receives from tfjs. */
export interface KernelCall {
  readonly inputs: Record<string, tf.TensorInfo | undefined>;
  readonly attrs: object;
  readonly runtime: Runtime;
  /**
   * Runs the kernel that tfjs-backend-wasm has under this name. It checks hardly anything: what it cannot compute must not come so far.
   */
  stock(): tf.TensorInfo | tf.TensorInfo[];
}

/** Computes a kernel; calls `stock` for what it does not cover. */
export type KernelImplementation = (call: KernelCall) => tf.TensorInfo | tf.TensorInfo[];

/**
 * Registers kernels for tfjs' backend `wasm`, in place of its own where it has some by those names.
 *
 * @returns a function that puts things back as they were.
 */
export function registerKernels(runtime: Runtime, kernels: Readonly<Record<string, KernelImplementation>>): () => void {
  const restore = Object.entries(kernels).map(([kernelName, compute]) => {
    const before = tf.getKernel(kernelName, 'wasm');
    if (before) tf.unregisterKernel(kernelName, 'wasm');
    tf.registerKernel({
      kernelName,
      backendName: 'wasm',
      // tfjs' own set-up still runs, so that `stock` works.
      ...(before?.setupFunc && { setupFunc: before.setupFunc }),
      kernelFunc: (call) => {
        const stock = () => {
          if (!before) throw new KernelInputError(`called with what it does not cover: ${JSON.stringify(call.attrs)}`);
          return before.kernelFunc(call);
        };
        return runtime.attempt(kernelName, () => compute({ inputs: call.inputs, attrs: call.attrs ?? {}, runtime, stock }));
      },
    });
    return () => {
      tf.unregisterKernel(kernelName, 'wasm');
      if (before) tf.registerKernel(before);
    };
  });
  return () => {
    for (const undo of restore) undo();
  };
}
