import { imageOf, type Plan, type Step, type Value } from './plan.ts';

/** Whole numbers, the same for the same seed. */
export function randomInts(count: number, seed: number, [least, most]: readonly [number, number]): number[] {
  let state = seed >>> 0 || 1;
  return Array.from({ length: count }, () => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return least + Math.floor((state / 2 ** 32) * (most - least + 1));
  });
}

type Type = 'u8' | 'i8';
type Pair = readonly [number, number];
export const eightBits = (shape: readonly number[], type: Type, scale = 0.25): Value => ({ shape, type, scale });
export const floats = (shape: readonly number[]): Value => ({ shape, type: 'f32', scale: 1 });

/** A plan that is written down step by step, with numbers of its own. */
export class PlanBuilder {
  readonly #values: Value[] = [];
  readonly #steps: Step[] = [];
  #seed = 1;

  input(shape: readonly number[]): number {
    return this.value(floats(shape));
  }

  value(value: Value): number {
    this.#values.push(value);
    return this.#values.length - 1;
  }

  of(id: number): Value {
    return this.#values[id] as Value;
  }

  add(step: Step): number {
    this.#steps.push(step);
    return step.output;
  }

  numbers(count: number, range: Pair): number[] {
    return randomInts(count, this.#seed++, range);
  }

  quantize(input: number, type: Type, scale?: number): number {
    return this.add({ kind: 'quantize', input, output: this.value(eightBits(this.of(input).shape, type, scale)) });
  }

  dequantize(input: number): number {
    return this.add({ kind: 'dequantize', input, output: this.value(floats(this.of(input).shape)) });
  }

  /** @param filter `[kh,kw,O]` */
  conv(
    input: number,
    filter: readonly [number, number, number],
    {
      strides = [1, 1],
      pad = [0, 0, 0, 0],
      dilations = [1, 1],
      groups = 1,
      type = 'u8',
      residual,
      branchType = 'i8',
      weightRange = [-127, 127],
    }: {
      strides?: Pair;
      pad?: readonly [number, number, number, number];
      dilations?: Pair;
      groups?: number;
      type?: Value['type'];
      residual?: number | undefined;
      branchType?: Type;
      weightRange?: Pair;
    } = {},
  ): number {
    const [height, width, inC] = imageOf(this.of(input));
    const [kh, kw, outC] = filter;
    const out = (size: number, axis: 0 | 1, k: number) =>
      Math.floor((size + (pad[2 * axis] as number) + (pad[2 * axis + 1] as number) - (k - 1) * dilations[axis] - 1) / strides[axis]) + 1;
    const shape = [out(height, 0, kh), out(width, 1, kw), outC];
    const taps = (kh * kw * inC) / groups;
    // so that results use their range and some leave it
    const typical = 60 * Math.sqrt(taps) * 120;
    return this.add({
      kind: 'conv',
      input,
      output: this.value(type === 'f32' ? floats(shape) : eightBits(shape, type, 0.125)),
      weights: Int8Array.from(this.numbers(taps * outC, weightRange)),
      filterShape: [kh, kw, inC / groups, outC],
      bias: Int32Array.from(this.numbers(outC, [-typical, typical])),
      multipliers: Float32Array.from(this.numbers(outC, [40, 160]), (m) => m / typical),
      ...{ strides, pad, dilations, groups },
      ...(residual !== undefined && { residual: { value: residual, branchType, branchScale: 0.1 } }),
    });
  }

  plan(input: number, output: number): Plan {
    return { values: this.#values, steps: this.#steps, input, output };
  }
}

/** Floats that become every number of 8 bits, ties and more than fits among them. */
export function image(size: number, seed: number, scale: number): Float32Array {
  return Float32Array.from(randomInts(size, seed, [-300 * 4, 300 * 4]), (v) => (v / 4) * scale);
}
