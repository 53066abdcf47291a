import { useBackend } from '@resnetjs/backend-auto';
import { useWasm } from '@resnetjs/backend-wasm';
import * as tf from '@tensorflow/tfjs-core';
import type { WorkerMemory, WorkerModel } from './protocol.ts';

export interface StartedBackend {
  /** In words. */
  readonly description: string;
  memory(): WorkerMemory;
}

/** Starts what a worker computes on: WebAssembly with so many threads, or another backend by name. */
export async function startBackend({ backend, threads }: Pick<WorkerModel, 'backend' | 'threads'>): Promise<StartedBackend> {
  if (backend !== 'wasm') {
    const { description } = await useBackend(backend);
    return { description: `${backend}: ${description}`, memory: () => held(tf.memory().numBytes) };
  }
  const wasm = await useWasm({ threads, everyOp: false });
  const words = `wasm, ${wasm.threads} ${wasm.threads === 1 ? 'thread' : 'threads'}${wasm.fallback ? ` (${wasm.fallback})` : ''}`;
  return { description: words, memory: () => held(wasm.memory()?.total ?? tf.memory().numBytes) };
}

function held(backendBytes: number): WorkerMemory {
  const { heapUsed, external } = process.memoryUsage();
  return { bytes: backendBytes + heapUsed + external, tensors: tf.memory().numTensors };
}
