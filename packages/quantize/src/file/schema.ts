import * as v from 'valibot';
import type { Affine, AveragePool, Conv, Float, QuantizedPlan, Step, Value } from '../plan.ts';
import { QuantizeError } from '../quantize-error.ts';

/** Which shape of plan a file holds; readers refuse others. */
export const FORMAT_VERSION = 1;

/** A step as files have it: arrays are tensors of the file, what follows from the rest is left out. */
export type StoredStep =
  | Exclude<Step, Conv | Affine | AveragePool | Float>
  | Omit<Conv, 'weights' | 'filterShape' | 'weightScales' | 'bias' | 'multipliers'>
  | Omit<Affine, 'scale' | 'shift'>
  | Omit<AveragePool, 'ratio'>
  | (Pick<Float, 'kind' | 'op' | 'attributes' | 'output'> & { readonly operands: readonly (number | string)[] });

export type StoredPlan = Pick<QuantizedPlan, 'values' | 'input' | 'output'> & { readonly steps: readonly StoredStep[] };

const whole = (least: number) => v.pipe(v.number(), v.integer(), v.minValue(least));
const id = whole(0);
const size = whole(1);
const pair = v.strictTuple([size, size]);
const pad = v.strictTuple([whole(0), whole(0), whole(0), whole(0)]);
const named = v.pipe(v.string(), v.nonEmpty());
/** A scale is a float32: any other number would be rounded to another one by whoever computes in float32. */
const scale = v.pipe(
  v.number(),
  v.check((s) => s > 0 && Number.isFinite(s) && Math.fround(s) === s, 'expected a float32 above 0'),
);
const integerType = v.picklist(['u8', 'i8']);

const value = v.pipe(
  v.object({ shape: v.pipe(v.array(size), v.minLength(1), v.maxLength(3)), type: v.picklist(['u8', 'i8', 'f32']), scale }),
  v.check((x) => x.type !== 'f32' || x.scale === 1, 'expected the scale 1 of an f32'),
);

const through = { input: id, output: id };
const pool = { ...through, window: pair, strides: pair, pad };
const step = v.variant('kind', [
  v.object({ kind: v.literal('quantize'), ...through }),
  v.object({ kind: v.literal('dequantize'), ...through }),
  v.object({
    kind: v.literal('conv'),
    name: named,
    ...through,
    strides: pair,
    pad,
    dilations: pair,
    groups: size,
    residual: v.exactOptional(v.object({ value: id, branchType: integerType, branchScale: scale })),
  }),
  v.object({ kind: v.literal('maxPool'), ...pool }),
  v.object({ kind: v.literal('averagePool'), ...pool, countPadding: v.boolean() }),
  v.object({ kind: v.literal('add'), inputs: v.strictTuple([id, id]), output: id }),
  v.object({ kind: v.literal('concat'), inputs: v.pipe(v.array(id), v.minLength(1)), output: id }),
  v.object({ kind: v.literal('affine'), name: named, inputs: v.pipe(v.array(id), v.minLength(1)), output: id }),
  v.object({ kind: v.literal('scaleChannels'), input: id, gate: id, output: id }),
  v.object({
    kind: v.literal('float'),
    op: named,
    attributes: v.record(v.string(), v.unknown()),
    operands: v.array(v.union([id, named])),
    output: id,
  }),
]);

const plan = v.object({ input: id, output: id, values: v.array(value), steps: v.array(step) });

/**
 * Checks what a manifest holds as a plan: the form of each entry, not yet whether they fit each other.
 *
 * @throws QuantizeError listing what is wrong by its path.
 */
export function parsePlan(stored: Readonly<Record<string, unknown>>): StoredPlan {
  if (stored.formatVersion !== FORMAT_VERSION)
    throw new QuantizeError(
      `The plan of this quantized network has format version ${JSON.stringify(stored.formatVersion)}, but ${FORMAT_VERSION} is what is read here. Use a newer @resnetjs/quantize.`,
    );
  const result = v.safeParse(plan, stored);
  if (result.success) return result.output satisfies { readonly values: readonly Value[] };
  const faults = result.issues.slice(0, MOST_FAULTS).map((issue) => `${v.getDotPath(issue) ?? 'the plan'}: ${issue.message}`);
  throw new QuantizeError(`The plan of this quantized network is not valid: ${faults.join('; ')}.`);
}

const MOST_FAULTS = 8;
