import type { FoldedOperationStep } from '@resnetjs/core';
import type { Builder } from './builder.ts';
import { inputsOf, ON_INTEGERS } from './readers.ts';

/** Sums of 8-bit numbers under windows of so many places are exact in float32. */
const LARGEST_WINDOW = Math.floor(2 ** 24 / 255);

/** An operation that is no layer: on integers where one of its images is such and there is a step for it, else in float. */
export function lowerOperation(plan: Builder, step: FoldedOperationStep, wantedAsFloat: boolean): void {
  const images = inputsOf(step);
  const onIntegers = ON_INTEGERS.has(step.op) && (step.op === 'scaleChannels' ? images.slice(0, 1) : images).some(plan.isInteger);
  if (onIntegers && lowerOnIntegers(plan, step, images, wantedAsFloat)) return;
  const operands = step.operands.map((operand) => (typeof operand === 'number' ? plan.float(operand) : operand));
  plan.pushFloat(step.output, [{ op: step.op, attributes: step.attributes, operands }]);
}

/** @returns whether it was done. */
function lowerOnIntegers(plan: Builder, step: FoldedOperationStep, images: readonly number[], wantedAsFloat: boolean): boolean {
  const [first, second] = images as [number, number];
  const { op, output } = step;
  if (op === 'averagePool' || op === 'globalAveragePool') return lowerAverage(plan, step, first, wantedAsFloat);
  if (op === 'maxPool') {
    const { filterSize: window, strides, pad } = step.attributes as unknown as PoolAttributes;
    const input = plan.integer(first);
    plan.push({ kind: 'maxPool', input, output: plan.makeInteger(output, plan.valueAt(input)), window, strides, pad });
  } else if (op === 'concat') plan.push({ kind: 'concat', inputs: images.map(plan.integer), output: plan.makeInteger(output) });
  else if (op === 'scaleChannels')
    plan.push({ kind: 'scaleChannels', input: plan.integer(first), gate: plan.float(second), output: plan.makeInteger(output) });
  else if (op === 'paddedShortcut') lowerPaddedShortcut(plan, step, first);
  else if (op === 'relu') lowerRelu(plan, step, first);
  else plan.push({ kind: 'add', inputs: [plan.integer(first), plan.integer(second)], output: plan.makeInteger(output) });
  return true;
}

interface PoolAttributes {
  readonly filterSize: readonly [number, number];
  readonly strides: readonly [number, number];
  readonly pad: readonly [number, number, number, number];
  readonly countPadding?: boolean;
}

function lowerAverage(plan: Builder, { op, attributes, output }: FoldedOperationStep, image: number, wantedAsFloat: boolean): boolean {
  const [h = 1, w = 1] = plan.shapeOf(image);
  const whole: PoolAttributes = { filterSize: [h, w], strides: [1, 1], pad: [0, 0, 0, 0], countPadding: true };
  const pool = op === 'globalAveragePool' ? whole : (attributes as unknown as PoolAttributes);
  const { filterSize: window, strides, pad, countPadding = false } = pool;
  if (window[0] * window[1] > LARGEST_WINDOW) return false;
  const input = plan.integer(image);
  const made = wantedAsFloat ? plan.makeFloat(output) : plan.makeInteger(output);
  const ratio = Math.fround(plan.valueAt(input).scale / plan.valueAt(made).scale);
  plan.push({ kind: 'averagePool', input, output: made, window, strides, pad, countPadding, ratio });
  return true;
}

/** Channels that are copied and zeros beside them are a convolution by ones and zeros: exact, and no step of its own. */
function lowerPaddedShortcut(plan: Builder, { name, attributes, output }: FoldedOperationStep, image: number): void {
  const { stride } = attributes as { readonly stride: number };
  const input = plan.integer(image);
  const [inC, outC] = [plan.shapeOf(image).at(-1) ?? 0, plan.shapeOf(output).at(-1) ?? 0];
  const before = Math.floor((outC - inC) / 2);
  const weights = new Int8Array(inC * outC);
  for (let c = 0; c < inC; c++) weights[c * outC + before + c] = 1;
  const ones = new Float32Array(outC).fill(1);
  plan.push({
    kind: 'conv',
    name: plan.unique(`${name}.shortcut`),
    input,
    output: plan.makeInteger(output, plan.valueAt(input)),
    weights,
    filterShape: [1, 1, inC, outC],
    weightScales: ones,
    bias: new Int32Array(outC),
    multipliers: ones,
    strides: [stride, stride],
    pad: [0, 0, 0, 0],
    dilations: [1, 1],
    groups: 1,
  });
}

/** Negative numbers of the input become 0 where the output has none. */
function lowerRelu(plan: Builder, { name, output }: FoldedOperationStep, image: number): void {
  const input = plan.integer(image);
  const made = plan.makeInteger(output);
  const channels = plan.shapeOf(image).at(-1) ?? 0;
  const scale = new Float32Array(channels).fill(plan.valueAt(input).scale / plan.valueAt(made).scale);
  plan.push({ kind: 'affine', name: plan.unique(`${name}.relu`), inputs: [input], output: made, scale, shift: new Float32Array(channels) });
}
