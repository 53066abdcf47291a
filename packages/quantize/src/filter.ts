import type { Conv } from './plan.ts';
import { clamp, nearestEven } from './rounding.ts';

const WEIGHT_LEVELS = 127;
/** Below float32's normal numbers quotients lose their bits. */
const LEAST_SCALE = 2 ** -126;
const LARGEST_BIAS = 2 ** 30;
const INT32_MAX = 2 ** 31 - 1;

interface FloatFilter {
  /** `[kh,kw,C/groups,O]` */
  readonly filter: Float32Array;
  readonly bias: Float32Array;
  readonly inputScale: number;
  /** Greatest magnitude of the input's numbers. */
  readonly largestInput: number;
}

/**
 * A filter in 8 bits, symmetric, with a scale for each output channel: its largest magnitude is 127, unless its bias needs a
 * coarser one to be an int32.
 */
export function quantizeFilter({ filter, bias, inputScale, largestInput }: FloatFilter): Pick<Conv, 'weights' | 'weightScales' | 'bias'> {
  const outC = bias.length;
  const weightScales = new Float32Array(outC);
  for (let at = 0; at < filter.length; at++) {
    const c = at % outC;
    weightScales[c] = Math.max(weightScales[c] as number, Math.abs(filter[at] as number));
  }
  for (let c = 0; c < outC; c++) {
    const forBias = Math.abs(bias[c] as number) / (inputScale * LARGEST_BIAS);
    const scale = Math.max((weightScales[c] as number) / WEIGHT_LEVELS, forBias);
    weightScales[c] = scale < LEAST_SCALE ? 1 : scale;
  }
  const weights = Int8Array.from(filter, (w, at) =>
    clamp(nearestEven(Math.fround(w / (weightScales[at % outC] as number))), -WEIGHT_LEVELS, WEIGHT_LEVELS),
  );
  const sums = magnitudes(weights, outC);
  const whole = Int32Array.from(bias, (b, c) => {
    const room = INT32_MAX - (sums[c] as number) * largestInput;
    return clamp(nearestEven(b / (inputScale * (weightScales[c] as number))), -room, room);
  });
  return { weights, weightScales, bias: whole };
}

/** Of each output channel, the sum of its weights' magnitudes: what its sums are bounded by. */
export function magnitudes(weights: Int8Array, outC: number): Float64Array {
  const sums = new Float64Array(outC);
  for (let at = 0; at < weights.length; at++) {
    const c = at % outC;
    sums[c] = (sums[c] as number) + Math.abs(weights[at] as number);
  }
  return sums;
}

/** What a sum is multiplied with to be in units of what it becomes: fround(input's scale * channel's / result's). */
export const multipliersOf = (weightScales: Float32Array, inputScale: number, resultScale: number): Float32Array =>
  weightScales.map((scale) => (inputScale * scale) / resultScale);
