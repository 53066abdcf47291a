import type * as tf from '@tensorflow/tfjs-core';
import { KernelInputError } from '../kernel-input-error.ts';
import type { Runtime } from '../runtime.ts';
import type { DataId } from '../start-tfjs.ts';
import { PackedPlan } from './packed-plan.ts';
import { Pass } from './pass.ts';
import type { Plan, Value } from './plan.ts';

/** What is held of a plan: its weights, and the pass over as many images as it saw last. */
interface Entry {
  readonly packed: PackedPlan;
  pass: { readonly images: number; readonly prepared: Pass } | undefined;
  used: number;
  running: number;
}

/**
 * Quantized networks that were made ready to run. Each belongs to a tensor, its owner, and is freed with it. All of it can be made again from
 * the plan, so that it goes when memory is short.
 */
export class QuantizedPasses {
  readonly #runtime: Runtime;
  readonly #entries = new Map<DataId, Entry>();

  constructor(runtime: Runtime) {
    this.#runtime = runtime;
  }

  /**
   * What a plan makes of images.
   *
   * @throws KernelInputError if the plan does not fit together, or not to `x`
   */
  run(x: tf.TensorInfo, owner: tf.TensorInfo, plan: Plan): tf.TensorInfo {
    const entry = this.#entry(owner.dataId, plan);
    entry.used = this.#runtime.now;
    entry.running++;
    try {
      const input = plan.values[plan.input] as Value;
      const [images = 0, ...shape] = x.shape;
      if (shape.join() !== input.shape.join())
        throw new KernelInputError(`x: expected [N,${input.shape.join()}], which the plan was made for, but received [${x.shape.join()}]`);
      if (images === 0) return this.#runtime.output([0, ...(plan.values[plan.output] as Value).shape]);
      return this.#pass(entry, images).run(x);
    } finally {
      entry.running--;
    }
  }

  #entry(owner: DataId, plan: Plan): Entry {
    const held = this.#entries.get(owner);
    if (held?.packed.plan === plan) return held;
    this.forget(owner);
    const entry: Entry = { packed: new PackedPlan(plan, this.#runtime.heap), pass: undefined, used: 0, running: 0 };
    this.#entries.set(owner, entry);
    return entry;
  }

  #pass(entry: Entry, images: number): Pass {
    if (entry.pass?.images === images) return entry.pass.prepared;
    entry.pass?.prepared.dispose();
    entry.pass = undefined;
    const prepared = new Pass(this.#runtime, entry.packed, images);
    entry.pass = { images, prepared };
    return prepared;
  }

  /** Frees what belongs to this tensor. */
  forget(owner: DataId): void {
    const entry = this.#entries.get(owner);
    if (!entry) return;
    this.#entries.delete(owner);
    entry.pass?.prepared.dispose();
    entry.packed.dispose();
  }

  /** The owner of what was used least lately and does not run; undefined if there is none. */
  get oldest(): { readonly owner: DataId; readonly used: number } | undefined {
    const idle = [...this.#entries].filter(([, { running }]) => running === 0);
    const [oldest] = idle.sort(([, a], [, b]) => a.used - b.used);
    return oldest && { owner: oldest[0], used: oldest[1].used };
  }

  dispose(): void {
    for (const owner of [...this.#entries.keys()]) this.forget(owner);
  }
}
