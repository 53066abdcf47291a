import { isFloat } from '../ops/chunks.ts';
import type { KernelCall, KernelImplementation } from '../registration.ts';

const floats = ({ inputs }: KernelCall) => isFloat(...Object.values(inputs));

/** Of strings they say themselves that they cannot be computed with. */
const arithmetic = (call: KernelCall) => floats(call) || Object.values(call.inputs).some((input) => input?.dtype === 'string');

const casting = ({ inputs: { x }, attrs }: KernelCall) => x?.dtype !== 'complex64' && (attrs as { dtype: string }).dtype !== 'complex64';

/** Of tensors of several types, too, it says that they do not go together. */
const alike = (call: KernelCall) => floats(call) || new Set(Object.values(call.inputs).map((input) => input?.dtype)).size > 1;

/** Kernels of ours that are there for some types, and have nothing to say about what else tfjs' kernel of that name takes. */
export const PARTIAL: Readonly<Record<string, (call: KernelCall) => boolean>> = {
  Add: arithmetic,
  Cast: casting,
  Concat: alike,
  FusedBatchNorm: arithmetic,
  Mean: (call) => arithmetic(call) && !call.inputs.x?.shape.includes(0),
  Multiply: arithmetic,
  PadV2: floats,
  Relu: arithmetic,
  Sigmoid: arithmetic,
  StridedSlice: floats,
  Tile: floats,
};

/** These kernels, of which some hand on what they are not for. */
export const handingOn = (kernels: Readonly<Record<string, KernelImplementation>>): Record<string, KernelImplementation> =>
  Object.fromEntries(
    Object.entries(kernels).map(([name, compute]) => [name, (call) => (PARTIAL[name]?.(call) === false ? call.stock() : compute(call))]),
  );
