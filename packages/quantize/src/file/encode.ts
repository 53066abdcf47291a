import { type Layout, toTorch } from '@resnetjs/core';
import type { CheckpointToSave, Manifest, TensorToWrite } from '@resnetjs/weights';
import { isValue } from '../float-step.ts';
import type { Constant, QuantizedPlan, Step } from '../plan.ts';
import { FORMAT_VERSION, type StoredStep } from './schema.ts';

/**
 * A network in 8 bits as a file: its arrays as tensors, its plan in the manifest. For `saveCheckpoint` and `encodeCheckpoint` of
 * `@resnetjs/weights`.
 *
 * @param manifest what is known of the network that it was made of.
 */
export function quantizedCheckpoint(
  { plan }: { readonly plan: QuantizedPlan },
  manifest: Manifest,
): Required<Pick<CheckpointToSave, 'stateDict' | 'manifest'>> {
  const tensors = new Map<string, TensorToWrite>();
  const steps = plan.steps.map((step) => storedStep(step, tensors));
  const { values, input, output } = plan;
  return { stateDict: tensors, manifest: { ...manifest, quantization: { formatVersion: FORMAT_VERSION, input, output, values, steps } } };
}

function storedStep(step: Step, tensors: Map<string, TensorToWrite>): StoredStep {
  if (step.kind === 'conv') {
    const { kind, name, input, output, strides, pad, dilations, groups, residual } = step;
    const [kh, kw, inC, outC] = step.filterShape;
    const shape = [outC, inC, kh, kw];
    tensors.set(`${name}.weight`, { shape, data: toTorch(step.weights, shape, 'OIHW') });
    tensors.set(`${name}.weight_scale`, { shape: [outC], data: step.weightScales });
    tensors.set(`${name}.bias`, { shape: [outC], data: step.bias });
    return { kind, name, input, output, strides, pad, dilations, groups, ...(residual && { residual }) };
  }
  if (step.kind === 'affine') {
    const { kind, name, inputs, output, scale, shift } = step;
    tensors.set(`${name}.scale`, { shape: [scale.length], data: scale });
    tensors.set(`${name}.shift`, { shape: [shift.length], data: shift });
    return { kind, name, inputs, output };
  }
  if (step.kind === 'averagePool') {
    const { ratio: _, ...stored } = step;
    return stored;
  }
  if (step.kind !== 'float') return step;
  const { kind, op, attributes, operands, output } = step;
  return { kind, op, attributes, operands: operands.map((operand) => (isValue(operand) ? operand : put(operand, tensors))), output };
}

/** Puts an array into the file, in PyTorch's layout. @returns its name there. */
function put({ name, shape, data }: Constant, tensors: Map<string, TensorToWrite>): string {
  const layout = layoutOf(shape.length);
  const [a = 1, b = 1, c = 1, d = 1] = shape;
  const torch = layout === 'OIHW' ? [d, c, a, b] : layout === 'OI' ? [b, a] : shape;
  let free = name;
  for (let n = 2; tensors.has(free); n++) free = `${name}#${n}`;
  tensors.set(free, { shape: torch, data: toTorch(data, torch, layout) });
  return free;
}

/** Arrays of four axes are filters, of two the weights of linear layers. */
export const layoutOf = (rank: number): Layout => (rank === 4 ? 'OIHW' : rank === 2 ? 'OI' : 'vector');
