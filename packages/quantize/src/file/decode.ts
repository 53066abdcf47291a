import { storedShape, toStored } from '@resnetjs/core';
import type { Checkpoint } from '@resnetjs/weights';
import { multipliersOf } from '../filter.ts';
import { floatStep } from '../float-step.ts';
import type { Constant, Conv, QuantizedPlan, Step, Value } from '../plan.ts';
import { QuantizeError } from '../quantize-error.ts';
import { checkPlan } from './check-plan.ts';
import { layoutOf } from './encode.ts';
import { parsePlan, type StoredStep } from './schema.ts';

/**
 * The plan of a checkpoint of a network in 8 bits, for `quantizedPredictor`.
 *
 * @throws QuantizeError naming what of the plan does not fit its tensors, or itself.
 */
export function planOf({ manifest, stateDict, integers }: Pick<Checkpoint, 'manifest' | 'stateDict' | 'integers'>): QuantizedPlan {
  if (!manifest?.quantization) throw new QuantizeError('This checkpoint is of no quantized network: its manifest has no quantization.');
  const { values, steps, input, output } = parsePlan(manifest.quantization);
  const tensors = new Tensors(stateDict, integers);
  const plan = { values, input, output, steps: steps.map((step) => stepOf(step, values, tensors)) };
  tensors.checkAllUsed();
  checkPlan(plan);
  return plan;
}

/** The tensors of a file by their names, each of which a plan must use. */
class Tensors {
  readonly #floats: Checkpoint['stateDict'];
  readonly #integers: Checkpoint['integers'];
  readonly #used = new Set<string>();

  constructor(floats: Checkpoint['stateDict'], integers: Checkpoint['integers']) {
    this.#floats = floats;
    this.#integers = integers;
  }

  float(name: string): { readonly shape: readonly number[]; readonly data: Float32Array } {
    return this.#take(name, this.#floats.get(name), 'F32', 'Float32Array') as { shape: number[]; data: Float32Array };
  }

  int8(name: string): { readonly shape: readonly number[]; readonly data: Int8Array } {
    return this.#take(name, this.#integers.get(name), 'I8', 'Int8Array') as { shape: number[]; data: Int8Array };
  }

  int32(name: string): { readonly shape: readonly number[]; readonly data: Int32Array } {
    return this.#take(name, this.#integers.get(name), 'I32', 'Int32Array') as { shape: number[]; data: Int32Array };
  }

  /** A vector of so many float32 numbers, or with as many int32. */
  #take(name: string, found: { readonly data: ArrayLike<number> } | undefined, dtype: string, array: string): unknown {
    this.#used.add(name);
    if (!found) throw new QuantizeError(`The plan asks for ${name} of ${dtype} numbers, which the file has not. Fetch or make it again.`);
    if (found.data.constructor.name !== array) throw new QuantizeError(`${name}: expected ${dtype} numbers. Fetch or make the file again.`);
    return found;
  }

  checkAllUsed(): void {
    const idle = [...this.#floats.keys(), ...this.#integers.keys()].filter((name) => !this.#used.has(name));
    if (idle.length > 0)
      throw new QuantizeError(
        `The file has ${idle.length} tensors that its plan does not use: ${idle.slice(0, 5).join(', ')}. Fetch or make it again.`,
      );
  }
}

function stepOf(step: StoredStep, values: readonly Value[], tensors: Tensors): Step {
  if (step.kind === 'conv') return convOf(step, values, tensors);
  if (step.kind === 'affine')
    return { ...step, scale: tensors.float(`${step.name}.scale`).data, shift: tensors.float(`${step.name}.shift`).data };
  if (step.kind === 'averagePool') return { ...step, ratio: Math.fround(scaleOf(values, step.input) / scaleOf(values, step.output)) };
  if (step.kind !== 'float') return step;
  return floatStep({
    ...step,
    operands: step.operands.map((operand): number | Constant => {
      if (typeof operand === 'number') return operand;
      const { shape, data } = tensors.float(operand);
      const layout = layoutOf(shape.length);
      return { name: operand, shape: storedShape(shape, layout), data: toStored(data, shape, layout) };
    }),
  });
}

const scaleOf = (values: readonly Value[], id: number): number => values[id]?.scale ?? Number.NaN;

function convOf(step: Extract<StoredStep, { kind: 'conv' }>, values: readonly Value[], tensors: Tensors): Conv {
  const { shape, data } = tensors.int8(`${step.name}.weight`);
  if (shape.length !== 4)
    throw new QuantizeError(`${step.name}.weight: expected [O,C/groups,kh,kw] but the shape is [${shape.join(',')}].`);
  const weightScales = tensors.float(`${step.name}.weight_scale`).data;
  const resultScale = step.residual?.branchScale ?? scaleOf(values, step.output);
  return {
    ...step,
    weights: toStored(data, shape, 'OIHW'),
    filterShape: storedShape(shape, 'OIHW') as [number, number, number, number],
    weightScales,
    bias: tensors.int32(`${step.name}.bias`).data,
    multipliers: multipliersOf(weightScales, scaleOf(values, step.input), resultScale),
  };
}
