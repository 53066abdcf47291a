import { constant, formatShape, Parameter, runOperation, trace } from '@resnetjs/core';
import { magnitudes } from '../filter.ts';
import { isValue } from '../float-step.ts';
import type { Conv, Float, QuantizedPlan, Step, Value, ValueId } from '../plan.ts';
import { inputsOfStep } from '../portable/portable-pass.ts';
import { QuantizeError } from '../quantize-error.ts';
import { type Integer, largest } from '../rounding.ts';

const INT32_MAX = 2 ** 31 - 1;
/** Sums of averages stay exact in float32 below this. */
const EXACT = 2 ** 24;

/**
 * Checks that a plan can be computed as it is: that each value is made once and before it is read, that shapes, types and arrays fit, and
 * that no sum can leave its type. Whoever computes it need not look again.
 *
 * @throws QuantizeError naming the first step that does not fit, and why.
 */
export function checkPlan({ values, steps, input, output }: QuantizedPlan): void {
  const made = new Set<ValueId>([input]);
  const valueAt = (id: ValueId): Value => values[id] as Value;
  const nameOf = (step: Step, i: number): string =>
    `step ${i} of the plan (${'name' in step ? step.name : step.kind === 'float' ? step.op : step.kind})`;
  if (valueAt(input)?.type !== 'f32') throw new QuantizeError('The plan of this quantized network has no f32 input.');
  for (const [i, step] of steps.entries()) {
    const unmade = inputsOfStep(step).find((id) => !made.has(id));
    const fault =
      unmade !== undefined
        ? `it reads value ${unmade}, which nothing made before`
        : made.has(step.output) || !values[step.output]
          ? `it makes value ${step.output}, which ${values[step.output] ? 'was made before' : 'the plan does not have'}`
          : faultOf(step, valueAt);
    if (fault) throw new QuantizeError(`${nameOf(step, i)}: ${fault}. Fetch or make the file again.`);
    made.add(step.output);
  }
  if (!made.has(output) || valueAt(output).type !== 'f32')
    throw new QuantizeError('The plan of this quantized network makes no f32 output.');
}

type ValueAt = (id: ValueId) => Value;

function faultOf(step: Step, valueAt: ValueAt): string | undefined {
  const to = valueAt(step.output);
  const from = inputsOfStep(step).map(valueAt);
  const [first] = from as [Value];
  const types = (...wanted: readonly boolean[]): string | undefined =>
    wanted.every(Boolean) ? undefined : `types ${from.map(({ type }) => type).join(', ')} to ${to.type} are none that it computes`;
  const shaped = (expected: readonly number[]): string | undefined =>
    expected.join() === to.shape.join() ? undefined : `it makes ${formatShape(expected)}, but its value is ${formatShape(to.shape)}`;
  const integers = from.every(isInteger);
  switch (step.kind) {
    case 'quantize':
      return types(first.type === 'f32', isInteger(to)) ?? shaped(first.shape);
    case 'dequantize':
      return types(integers, to.type === 'f32') ?? shaped(first.shape);
    case 'conv':
      return types(integers, isInteger(to) || !step.residual) ?? convFault(step, { first, to, added: from[1] });
    case 'maxPool':
      return types(integers, to.type === first.type, to.scale === first.scale) ?? windowFault(step, first) ?? shaped(pooled(step, first));
    case 'averagePool': {
      const whole = step.window[0] === first.shape[0] && step.window[1] === first.shape[1];
      const exact = step.window[0] * step.window[1] * largest(first.type as Integer) < EXACT;
      const shape = pooled(step, first);
      return (
        types(integers) ??
        (exact ? undefined : `sums under a window of ${step.window.join('x')} are not exact`) ??
        windowFault(step, first) ??
        shaped(whole && to.shape.length === 1 ? shape.slice(2) : shape)
      );
    }
    case 'add':
      return types(integers, isInteger(to)) ?? shaped(first.shape) ?? (from[1] && shaped(from[1].shape));
    case 'concat':
    case 'affine': {
      const channels = from.reduce((sum, { shape }) => sum + (shape.at(-1) ?? 0), 0);
      const beside = from.every(({ shape }) => shape.slice(0, -1).join() === first.shape.slice(0, -1).join());
      const fault = types(integers, isInteger(to), beside) ?? shaped([...first.shape.slice(0, -1), channels]);
      if (fault || step.kind === 'concat') return fault;
      const full = step.scale.length === channels && step.shift.length === channels;
      const finite = step.scale.every(Number.isFinite) && step.shift.every(Number.isFinite);
      return full && finite ? undefined : `scale and shift must be ${channels} finite numbers`;
    }
    case 'scaleChannels': {
      const gate = from[1] as Value;
      const channels = first.shape.at(-1);
      const fits =
        first.shape.length === 3 &&
        gate.shape.at(-1) === channels &&
        gate.shape.every((size, i) => size === 1 || i === gate.shape.length - 1);
      return (
        types(isInteger(first), gate.type === 'f32', isInteger(to)) ??
        (fits ? undefined : `gates ${formatShape(gate.shape)} are not those of ${formatShape(first.shape)}`) ??
        shaped(first.shape)
      );
    }
    case 'float':
      return (
        types(
          from.every(({ type }) => type === 'f32'),
          to.type === 'f32',
        ) ??
        floatFault(step, valueAt) ??
        undefined
      );
  }
}

const isInteger = ({ type }: Value): boolean => type !== 'f32';

function convFault(step: Conv, { first, to, added }: { first: Value; to: Value; added: Value | undefined }): string | undefined {
  const { filterShape, groups, weights, weightScales, bias, multipliers } = step;
  const [kh, kw, inC, outC] = filterShape;
  const image = first.shape.length === 1 ? [1, 1, ...first.shape] : first.shape;
  if (image[2] !== inC * groups || outC % groups !== 0)
    return `a filter [O,C/groups,kh,kw] of [${outC},${inC},${kh},${kw}] in ${groups} group(s) does not take ${formatShape(first.shape)}`;
  const made = [...slid(image, { window: [kh, kw], ...step }), outC];
  const expected = first.shape.length === 1 ? made.slice(2) : made;
  if (expected.join() !== to.shape.join() || made.some((size) => size < 1))
    return `it makes ${formatShape(expected)}, but its value is ${formatShape(to.shape)}`;
  if (weightScales.length !== outC || bias.length !== outC)
    return `${outC} scales and biases are needed, but there are ${weightScales.length} and ${bias.length}`;
  const bad = weightScales.findIndex((scale) => !(scale > 0 && Number.isFinite(scale)));
  if (bad >= 0) return `the scale of output channel ${bad} is ${weightScales[bad]}; it must be a number above 0`;
  if (!multipliers.every(Number.isFinite)) return 'scales of weights, input and output differ so much that float32 has no number for it';
  if (weights.includes(-128)) return 'a weight is -128; they are symmetric, from -127 to 127';
  const sums = magnitudes(weights, outC);
  const wide = sums.findIndex((sum, c) => sum * largest(first.type as Integer) + Math.abs(bias[c] as number) > INT32_MAX);
  if (wide >= 0) return `sums of output channel ${wide} can leave int32`;
  return added && added.shape.join() !== to.shape.join()
    ? `${formatShape(added.shape)} cannot be added to ${formatShape(to.shape)}`
    : undefined;
}

interface Slide {
  readonly window: readonly [number, number];
  readonly strides: readonly [number, number];
  readonly pad: readonly [number, number, number, number];
  readonly dilations?: readonly [number, number];
}

/** Height and width of what a window makes of an image. */
function slid([h = 0, w = 0]: readonly number[], { window, strides, pad: [t, b, l, r], dilations = [1, 1] }: Slide): [number, number] {
  return [
    Math.floor((h + t + b - dilations[0] * (window[0] - 1) - 1) / strides[0]) + 1,
    Math.floor((w + l + r - dilations[1] * (window[1] - 1) - 1) / strides[1]) + 1,
  ];
}

const pooled = (step: Slide, { shape }: Value): number[] => [...slid(shape, step), shape[2] ?? 0];

/** Windows of which every one sees a pixel. */
function windowFault({ window, pad }: Slide, { shape }: Value): string | undefined {
  if (shape.length !== 3) return `it takes images [H,W,C], not ${formatShape(shape)}`;
  const [t, b, l, r] = pad;
  return t < window[0] && b < window[0] && l < window[1] && r < window[1]
    ? undefined
    : `padding [${pad.join(',')}] is as large as its window`;
}

/** An operation of core knows itself what fits it. */
function floatFault({ op, attributes, operands, output }: Float, valueAt: ValueAt): string | undefined {
  const shapes = operands.map((operand) => (isValue(operand) ? [1, ...valueAt(operand).shape] : operand.shape));
  const [first = [], ...others] = shapes;
  const rest = others.map((shape) => new Parameter(shape, { role: 'buffer', initializer: constant(0) }));
  try {
    const forward = (x: unknown) => runOperation(op, [x, ...rest] as never, attributes);
    const { shape } = trace({ kind: op, forward: forward as never }, first).output;
    const expected = valueAt(output).shape;
    return shape.slice(1).join() === expected.join()
      ? undefined
      : `it makes ${formatShape(shape.slice(1))}, but its value is ${formatShape(expected)}`;
  } catch (error) {
    return (error as Error).message;
  }
}
