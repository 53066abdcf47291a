import { KernelInputError } from '../kernel-input-error.ts';
import { sizeOf } from '../ops/chunks.ts';
import { convolutionOf, windowsOf } from './geometry.ts';
import { imageOf, type Plan, reads, type Step, type Value } from './plan.ts';

/** Numbers that addresses and sizes are made of are whole, and no value has more than this many. */
const MOST_NUMBERS = 2 ** 31;

const fail = (text: string): never => {
  throw new KernelInputError(text);
};
const words = (value: unknown) => JSON.stringify(value) ?? 'nothing';

/**
 * Refuses a plan whose parts do not fit each other: kernels read and write where it says. What they are told of is checked here once for
 * each plan; sizes of images come from the plan alone.
 *
 * @throws KernelInputError that names the step or the value
 */
export function checkPlan(plan: Plan): void {
  if (!Array.isArray(plan?.values) || !Array.isArray(plan.steps)) fail('plan: expected values and steps');
  plan.values.forEach(checkValue);
  const made = new Set<number>([plan.input]);
  for (const [name, value] of [['input', plan.input] as const, ['output', plan.output] as const])
    if (plan.values[value]?.type !== 'f32') fail(`plan: ${name}: expected the number of an f32 value but received ${words(value)}`);
  for (const [i, step] of plan.steps.entries()) {
    if (typeof step !== 'object' || step === null) fail(`step ${i}: expected a step but received ${words(step)}`);
    try {
      checkStep(plan, step, made);
    } catch (error) {
      if (error instanceof Error)
        error.message = `step ${i} (${[step?.kind, (step as { name?: string })?.name].filter(Boolean).join(' ')}): ${error.message}`;
      throw error;
    }
    made.add(step.output);
  }
  if (!made.has(plan.output)) fail(`plan: output: no step makes value ${plan.output}`);
}

function checkValue(value: Value, i: number): void {
  const { shape, type, scale } = value ?? {};
  const whole =
    Array.isArray(shape) && (shape.length === 1 || shape.length === 3) && shape.every((size) => Number.isInteger(size) && size > 0);
  if (!whole || sizeOf(value) >= MOST_NUMBERS) fail(`value ${i}: shape: expected [H,W,C] or [C] but received ${words(shape)}`);
  if (!['u8', 'i8', 'f32'].includes(type)) fail(`value ${i}: type: expected u8, i8 or f32 but received ${words(type)}`);
  if (!(Number.isFinite(scale) && scale > 0)) fail(`value ${i}: scale: expected a positive number but received ${words(scale)}`);
}

function checkStep(plan: Plan, step: Step, made: ReadonlySet<number>): void {
  const value = (id: number, role: string): Value => plan.values[id] ?? fail(`${role}: there is no value ${words(id)}`);
  if (made.has(step.output)) fail(`output: value ${step.output} was there before`);
  const output = value(step.output, 'output');
  if ('inputs' in step && !Array.isArray(step.inputs))
    fail(`inputs: expected a list of values' numbers but received ${words(step.inputs)}`);
  const inputs = reads(step).map((id) => {
    const read = value(id, 'input');
    if (!made.has(id)) fail(`input: no step before makes value ${id}`);
    return read;
  });
  const [input] = inputs as [Value, ...Value[]];
  const same = (of: Value, role: string) => of.shape.join() === output.shape.join() || fail(shapes(role, output.shape, of.shape));
  const isType = (of: Value, role: string, ...types: Value['type'][]) =>
    types.includes(of.type) || fail(`${role}: expected ${types.join(' or ')} but received ${of.type}`);
  const eightBits = (of: Value, role: string) => isType(of, role, 'u8', 'i8');
  switch (step.kind) {
    case 'quantize':
      isType(input, 'input', 'f32');
      eightBits(output, 'output');
      same(input, 'input');
      return;
    case 'dequantize':
      eightBits(input, 'input');
      isType(output, 'output', 'f32');
      same(input, 'input');
      return;
    case 'conv': {
      eightBits(input, 'input');
      const g = convolutionOf(step, input, 1);
      resultIs(output, [g.outHeight, g.outWidth, g.outChannels]);
      holds('weights', step.weights, Int8Array, sizeOf({ shape: step.filterShape }));
      holds('bias', step.bias, Int32Array, g.outChannels);
      holds('multipliers', step.multipliers, Float32Array, g.outChannels);
      if (!step.residual) return;
      const { branchType, branchScale } = step.residual;
      eightBits(output, 'output');
      const residual = inputs.at(-1) as Value;
      eightBits(residual, 'residual');
      same(residual, 'residual');
      if (branchType !== 'u8' && branchType !== 'i8') fail(`branchType: expected u8 or i8 but received ${words(branchType)}`);
      if (!(Number.isFinite(branchScale) && branchScale > 0))
        fail(`branchScale: expected a positive number but received ${words(branchScale)}`);
      return;
    }
    case 'maxPool':
    case 'averagePool': {
      eightBits(input, 'input');
      const g = windowsOf(step, input, 1);
      resultIs(output, [g.outHeight, g.outWidth, imageOf(input)[2]]);
      // Every window has a pixel: padding before is less than a window, and so is what the last one has beyond the image.
      if (g.top >= g.kernelHeight || g.left >= g.kernelWidth || g.bottom >= g.kernelHeight || g.right >= g.kernelWidth)
        fail(`pad: expected less than the window ${words(step.window)} but received ${words(step.pad)}`);
      if (step.kind === 'maxPool') isType(output, 'output', input.type);
      else if (!Number.isFinite(step.ratio)) fail(`ratio: expected a number but received ${words(step.ratio)}`);
      return;
    }
    case 'add':
      for (const operand of inputs) {
        eightBits(operand, 'input');
        same(operand, 'input');
      }
      if (inputs.length !== 2) fail(`inputs: expected two but received ${inputs.length}`);
      eightBits(output, 'output');
      return;
    case 'concat':
    case 'affine': {
      eightBits(output, 'output');
      const [height, width, channels] = imageOf(output);
      let sum = 0;
      for (const part of inputs) {
        eightBits(part, 'input');
        const image = imageOf(part);
        if (image[0] !== height || image[1] !== width) fail(shapes('input', [height, width, 'C'], part.shape));
        sum += image[2];
      }
      if (sum !== channels) fail(`inputs: expected ${channels} channels together but received ${sum}`);
      if (step.kind === 'concat') return;
      holds('scale', step.scale, Float32Array, channels);
      holds('shift', step.shift, Float32Array, channels);
      return;
    }
    case 'scaleChannels': {
      const gate = inputs[1] as Value;
      eightBits(input, 'input');
      eightBits(output, 'output');
      isType(gate, 'gate', 'f32');
      same(input, 'input');
      if (sizeOf(gate) !== imageOf(output)[2]) fail(shapes('gate', [imageOf(output)[2]], gate.shape));
      return;
    }
    case 'float':
      if (typeof step.run !== 'function') fail('run: expected a function of tensors');
      for (const operand of [...inputs, output]) isType(operand, 'operand', 'f32');
      return;
    default:
      fail('there is no such kind of step');
  }
}

const shapes = (role: string, expected: readonly unknown[], received: readonly number[]) =>
  `${role}: expected [${expected.join()}] but received [${received.join()}]`;

/** A result of one pixel may be without its height and width. */
function resultIs(output: Value, expected: readonly [number, number, number]): void {
  if (imageOf(output).join() !== expected.join()) fail(shapes('output', expected, output.shape));
}

function holds<T extends Int8Array | Int32Array | Float32Array>(name: string, array: T, kind: abstract new () => T, size: number): void {
  if (!(array instanceof kind)) fail(`${name}: expected a typed array of another type, or one at all`);
  if (array.length !== size) fail(`${name}: expected ${size} numbers but received ${array.length}`);
  if (array instanceof Float32Array && !array.every(Number.isFinite)) fail(`${name}: expected finite numbers`);
}
