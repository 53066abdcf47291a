import type { FoldedConvStep, FoldedNormStep, FoldedPass } from '@resnetjs/core';
import { multipliersOf, quantizeFilter } from '../filter.ts';
import type { Constant, Conv } from '../plan.ts';
import { type Integer, largest } from '../rounding.ts';
import { type Builder, builder, type Lowered, type Scales } from './builder.ts';
import { lowerOperation } from './operations.ts';
import { readersOf } from './readers.ts';

/**
 * The plan of a folded pass in 8 bits. A convolution, a linear layer and a norm are computed on integers unless they shall stay in
 * float; so is what lies between such, as far as there is a step for it. Everything else is a float step.
 *
 * @param staysFloat of layers, by their names.
 */
export function lower(pass: FoldedPass, scales: Scales, staysFloat: (name: string) => boolean): Lowered {
  const plan = builder(pass, scales);
  const readers = readersOf(pass, staysFloat);
  for (const step of pass.steps) {
    if (step.kind === 'operation') lowerOperation(plan, step, readers.wantedAsFloat(step.output));
    else if (step.kind === 'norm') (readers.onIntegers(step) ? lowerNorm : lowerFloatNorm)(plan, step);
    else if (readers.onIntegers(step)) lowerConv(plan, step, readers.wantedAsInteger(step.output));
    else lowerFloatConv(plan, step);
  }
  return plan.finish();
}

function lowerConv(plan: Builder, step: FoldedConvStep, wantedAsInteger: boolean): void {
  const { filter, bias, residual, activation, output } = step;
  const input = plan.integer(step.input);
  const { scale: inputScale, type } = plan.valueAt(input);
  const added = residual === undefined ? undefined : plan.integer(residual);
  const asFloat = added === undefined && activation === 'linear' && !wantedAsInteger;
  const made = asFloat ? plan.makeFloat(output) : plan.makeInteger(output);
  const resultScale = added === undefined ? plan.valueAt(made).scale : plan.branchScaleOf(output);
  const quantized = quantizeFilter({ filter: filter.data, bias: bias.data, inputScale, largestInput: largest(type as Integer) });
  const { strides, pad, dilations, groups } = step.attributes;
  plan.push({
    kind: 'conv',
    name: plan.unique(step.name),
    input,
    output: made,
    ...quantized,
    filterShape: filter.shape as Conv['filterShape'],
    multipliers: multipliersOf(quantized.weightScales, inputScale, resultScale),
    strides,
    pad,
    dilations,
    groups,
    ...(added !== undefined && { residual: { value: added, branchType: 'i8', branchScale: resultScale } }),
  });
}

function lowerFloatConv(plan: Builder, step: FoldedConvStep): void {
  const { op, input, residual, output, filter, bias, attributes, activation } = step;
  const name = plan.unique(step.name);
  const [, , inC, outC] = filter.shape;
  const weight = { ...filter, name: `${name}.weight`, ...(op === 'linear' && { shape: [inC as number, outC as number] }) };
  const x = plan.float(input);
  const added = residual === undefined ? undefined : plan.float(residual);
  plan.pushFloat(output, [
    { op, attributes: op === 'linear' ? {} : attributes, operands: [x, weight, { ...bias, name: `${name}.bias` }] },
    ...(added !== undefined ? [{ op: 'addRelu', operands: [added] }] : activation === 'relu' ? [{ op: 'relu', operands: [] }] : []),
  ]);
}

function lowerNorm(plan: Builder, { name, inputs, output, scale, shift }: FoldedNormStep): void {
  const from = inputs.map(plan.integer);
  const made = plan.makeInteger(output);
  const { scale: unit } = plan.valueAt(made);
  const units = from.map(plan.valueAt).flatMap((value) => new Array<number>(value.shape.at(-1) ?? 0).fill(value.scale));
  plan.push({
    kind: 'affine',
    name: plan.unique(name),
    inputs: from,
    output: made,
    scale: scale.map((s, c) => (s * (units[c] as number)) / unit),
    shift: shift.map((s) => s / unit),
  });
}

function lowerFloatNorm(plan: Builder, step: FoldedNormStep): void {
  const name = plan.unique(step.name);
  const channels = step.scale.length;
  const arrays = { scale: step.scale, shift: step.shift, mean: new Float32Array(channels), variance: new Float32Array(channels).fill(1) };
  const statistics = Object.entries(arrays).map(([key, data]): Constant => ({ name: `${name}.${key}`, shape: [channels], data }));
  const [first, ...others] = step.inputs.map(plan.float);
  const norm = { op: 'batchNorm', attributes: { epsilon: 0 } };
  plan.pushFloat(step.output, [
    ...(others.length > 0
      ? [
          { op: 'concat', operands: [first as number, ...others] },
          { ...norm, operands: statistics },
        ]
      : [{ ...norm, operands: [first as number, ...statistics] }]),
    ...(step.activation === 'relu' ? [{ op: 'relu', operands: [] }] : []),
  ]);
}
