import { useWasm } from '@resnetjs/backend-wasm';
import { meterBytes } from '@resnetjs/testing';
import { gradients } from '@resnetjs/train';
import { createModel, modelInfo } from '@resnetjs/zoo';
import * as tf from '@tensorflow/tfjs-core';

/** What one training step of one network takes. */
export interface StepMemory {
  readonly name: string;
  readonly batch: number;
  /** 0: everything is kept; n: what enters every n-th block. */
  readonly checkpointing: number;
  /** Parameters and running statistics, MiB. */
  readonly parameters: number;
  /** The most tensor data alive at once, parameters included, MiB. */
  readonly peak: number;
  /** WebAssembly memory after the step, MiB: that, the kernels' scratch, and what fragmentation costs. */
  readonly wasmMemory: number;
  readonly seconds: number;
  readonly loss: number;
  /** Σ‖gradient‖² over all parameters: the same for every way of keeping. */
  readonly gradient: number;
}

const MIB = 2 ** 20;

/** Runs one step: forward pass, cross-entropy, every gradient. Meant for a process of its own, as memory only grows. */
export async function measureStep(name: string, batch: number, checkpointing: number): Promise<StepMemory> {
  await useWasm();
  const meter = meterBytes();
  const { inputSize, classes } = modelInfo(name);
  const model = createModel(name, { seed: 1, gradientCheckpointing: checkpointing === 0 ? false : checkpointing });
  const parameters = meter.live / MIB;
  const images = tf.randomNormal<tf.Rank.R4>([batch, inputSize, inputSize, 3], 0, 1, 'float32', 1);
  const labels = Int32Array.from({ length: batch }, (_, i) => (i * 7) % classes);
  meter.reset();
  const start = performance.now();
  const { loss, grads } = gradients(model, images, labels, { seed: 1 });
  const gradient = tf.tidy(() => [...grads.values()].reduce((sum, g) => sum + (tf.sum(tf.square(g)).dataSync()[0] as number), 0));
  const seconds = (performance.now() - start) / 1000;
  const { wasm } = tf.backend() as unknown as { wasm: { HEAPU8: Uint8Array } };
  return {
    ...{ name, batch, checkpointing, parameters, peak: meter.peak / MIB, wasmMemory: wasm.HEAPU8.buffer.byteLength / MIB },
    ...{ seconds, loss: (await loss.data())[0] as number, gradient },
  };
}
