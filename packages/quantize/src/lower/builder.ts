import type { FoldedPass } from '@resnetjs/core';
import { floatStep } from '../float-step.ts';
import type { Constant, QuantizedPlan, Step, Value, ValueId } from '../plan.ts';
import type { Integer } from '../rounding.ts';
import { neverNegative } from './signs.ts';

/** How the values of a pass are scaled, by their numbers in it. */
export interface Scales {
  /** What 1 stands for in a value that has the type. */
  of(value: number, type: Integer): number;
  /** The same for a convolution's result before the addition, by the convolution's output. */
  ofBranch(value: number, type: Integer): number;
}

/** One of several float steps after another; each reads what the one before made, then its operands. */
interface Link {
  readonly op: string;
  readonly attributes?: object;
  readonly operands: readonly (ValueId | Constant)[];
}

/** A plan, and which value of the pass each of its values stands for; of what lies between two float steps, none. */
export interface Lowered {
  readonly plan: QuantizedPlan;
  readonly sources: readonly (number | undefined)[];
}

export type Builder = ReturnType<typeof builder>;

/**
 * A plan in the making. Every value of the pass is there in 8 bits, in float or in both: it is quantized or dequantized where somebody
 * first asks for what it is not.
 */
export function builder({ shapes, steps: folded, input, output }: FoldedPass, scales: Scales) {
  const unsigned = neverNegative(folded);
  const values: Value[] = [];
  const sources: (number | undefined)[] = [];
  const steps: Step[] = [];
  const integers = new Map<number, ValueId>();
  const floats = new Map<number, ValueId>();
  const names = new Map<string, number>();

  const shapeOf = (value: number): readonly number[] => shapes[value] as readonly number[];
  const make = (value: Value, source?: number): ValueId => {
    sources.push(source);
    return values.push(value) - 1;
  };

  /** A new value of 8 bits for one of the pass; scaled as calibrated unless it shall be like another. */
  const makeInteger = (value: number, like?: Value): ValueId => {
    const type = like ? (like.type as Integer) : unsigned.has(value) ? 'u8' : 'i8';
    const id = make({ shape: shapeOf(value), type, scale: like?.scale ?? scales.of(value, type) }, value);
    integers.set(value, id);
    return id;
  };
  const makeFloat = (value: number): ValueId => {
    const id = make({ shape: shapeOf(value), type: 'f32', scale: 1 }, value);
    floats.set(value, id);
    return id;
  };
  const integer = (value: number): ValueId => {
    const known = integers.get(value);
    if (known !== undefined) return known;
    const made = makeInteger(value);
    steps.push({ kind: 'quantize', input: floats.get(value) as ValueId, output: made });
    return made;
  };
  const float = (value: number): ValueId => {
    const known = floats.get(value);
    if (known !== undefined) return known;
    const made = makeFloat(value);
    steps.push({ kind: 'dequantize', input: integers.get(value) as ValueId, output: made });
    return made;
  };

  const begin = makeFloat(input);
  return {
    shapeOf,
    valueAt: (id: ValueId): Value => values[id] as Value,
    branchScaleOf: (value: number): number => scales.ofBranch(value, 'i8'),
    isInteger: (value: number): boolean => integers.has(value),
    makeInteger,
    makeFloat,
    integer,
    float,
    push: (step: Step): void => void steps.push(step),
    /** Float steps of which the last makes a value of the pass. */
    pushFloat(value: number, chain: readonly Link[]): void {
      let before: ValueId | undefined;
      for (const [i, { op, attributes = {}, operands }] of chain.entries()) {
        const made = i === chain.length - 1 ? makeFloat(value) : make({ shape: shapeOf(value), type: 'f32', scale: 1 });
        const all = before === undefined ? operands : [before, ...operands];
        steps.push(floatStep({ op, attributes: attributes as Record<string, unknown>, operands: all, output: made }));
        before = made;
      }
    },
    /** Names are those of tensors in a file: a layer that runs twice has two. */
    unique(name: string): string {
      const times = (names.get(name) ?? 0) + 1;
      names.set(name, times);
      return times === 1 ? name : `${name}#${times}`;
    },
    finish: (): Lowered => ({ plan: { output: float(output), values, steps, input: begin }, sources }),
  };
}
