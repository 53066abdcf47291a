import type { Heap } from '../heap.ts';
import { checkPlan } from './check-plan.ts';
import { convolutionOf } from './geometry.ts';
import { columnsOf, packColumns, packWeights, type WeightLayout, weightBytes, weightLayout } from './packed-weights.ts';
import type { Affine, Conv, Plan, Step, Value } from './plan.ts';

export interface PackedConv extends WeightLayout {
  readonly weights: number;
  readonly bias: number;
  readonly multipliers: number;
}

export interface PackedAffine {
  readonly scale: number;
  readonly shift: number;
}

/** Blocks begin at whole vectors, and kernels read up to a vector beyond the last number of a block. */
const VECTOR_BYTES = 16;
const vectors = (bytes: number) => Math.ceil(bytes / VECTOR_BYTES) * VECTOR_BYTES + VECTOR_BYTES;

/** A plan's weights as kernels read them, in one block of memory. */
export class PackedPlan {
  readonly plan: Plan;
  readonly #heap: Heap;
  readonly #address: number;
  readonly #convs = new Map<Step, PackedConv>();
  readonly #affines = new Map<Step, PackedAffine>();

  /**
   * @throws KernelInputError if the plan does not fit together
   * @throws OutOfMemoryError if the memory is full
   */
  constructor(plan: Plan, heap: Heap) {
    checkPlan(plan);
    this.plan = plan;
    this.#heap = heap;
    let sizeBytes = 0;
    const take = (bytes: number) => {
      const at = sizeBytes;
      sizeBytes += vectors(bytes);
      return at;
    };
    for (const step of plan.steps) {
      if (step.kind === 'conv') {
        const layout = weightLayout(step, plan.values[step.input] as Value, this.#geometry(step));
        const columns = columnsOf(layout) * 4;
        this.#convs.set(step, { ...layout, weights: take(weightBytes(layout)), bias: take(columns), multipliers: take(columns) });
      } else if (step.kind === 'affine') {
        const bytes = step.scale.length * 4;
        this.#affines.set(step, { scale: take(bytes), shift: take(bytes) });
      }
    }
    this.#address = heap.allocate(sizeBytes, 'filters');
    this.#write();
  }

  #geometry(step: Conv) {
    return convolutionOf(step, this.plan.values[step.input] as Value, 1);
  }

  #write(): void {
    const { memory } = this.#heap;
    const integers = (at: number, count: number) => new Int32Array(memory.buffer, at, count);
    const floats = (at: number, count: number) => new Float32Array(memory.buffer, at, count);
    for (const step of this.plan.steps) {
      if (step.kind === 'conv') {
        const packed = this.conv(step);
        const columns = columnsOf(packed);
        packWeights(step, this.#geometry(step), packed, new Int8Array(memory.buffer, packed.weights, weightBytes(packed)));
        packColumns(step.bias, step.groups, packed, integers(packed.bias, columns));
        packColumns(step.multipliers, step.groups, packed, floats(packed.multipliers, columns));
      } else if (step.kind === 'affine') {
        const { scale, shift } = this.affine(step);
        floats(scale, step.scale.length).set(step.scale);
        floats(shift, step.shift.length).set(step.shift);
      }
    }
  }

  /** How a convolution's weights lie, and where. */
  conv(step: Conv): PackedConv {
    const { weights, bias, multipliers, ...layout } = this.#convs.get(step) as PackedConv;
    return { ...layout, weights: weights + this.#address, bias: bias + this.#address, multipliers: multipliers + this.#address };
  }

  affine(step: Affine): PackedAffine {
    const { scale, shift } = this.#affines.get(step) as PackedAffine;
    return { scale: scale + this.#address, shift: shift + this.#address };
  }

  dispose(): void {
    this.#heap.free(this.#address);
  }
}
