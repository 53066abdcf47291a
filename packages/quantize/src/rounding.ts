import type { Value } from './plan.ts';

/** The nearest whole number, of two the even one: IEEE 754's default, as numpy's rint and ONNX have it. */
export function nearestEven(x: number): number {
  const below = Math.floor(x);
  const rest = x - below;
  if (rest !== 0.5) return rest < 0.5 ? below : below + 1;
  return below % 2 === 0 ? below : below + 1;
}

export const clamp = (x: number, low: number, high: number): number => Math.min(Math.max(x, low), high);

/** The types of 8 bits. */
export type Integer = Exclude<Value['type'], 'f32'>;

/** Least and greatest of a type. */
export const RANGE: Readonly<Record<Integer, readonly [number, number]>> = { u8: [0, 255], i8: [-128, 127] };

/** Of how many steps of the scale the largest magnitude is; -128 is left to what is clamped. */
export const LEVELS: Readonly<Record<Integer, number>> = { u8: 255, i8: 127 };

/** The greatest magnitude of a type, for bounds of sums. */
export const largest = (type: Integer): number => (type === 'u8' ? 255 : 128);
