import type { Value } from './plan.ts';
import { bounds, isSigned } from './plan.ts';

/** What becomes of results, as words of the table that `kernels/quantized/finish.ts` reads. */
export type Finishing = readonly number[];

const KINDS = { smallBytes: 0, bytes: 1, floats: 2 } as const;
/** 1.5 * 2^23 rounds what is added to it, if that is less than 2^22; what is more is clamped to half of it before. */
const MAGIC = 12582912;
const ROUNDED = 2 ** 22;

const word = new DataView(new ArrayBuffer(4));

/** The bits of a float32. */
export function floatBits(value: number): number {
  word.setFloat32(0, value);
  return word.getInt32(0);
}

export interface Branch {
  readonly type: 'u8' | 'i8';
  readonly scale: number;
}

/**
 * How results become a value; with a residual, the results' own type and scale before the two are added.
 *
 * @param largest a bound on what a result can be before it is rounded, where one is known
 */
export function finishing(
  output: Value,
  {
    residual,
    largest = Number.POSITIVE_INFINITY,
  }: { readonly residual?: { readonly value: Value; readonly branch: Branch } | undefined; readonly largest?: number } = {},
): Finishing {
  if (output.type === 'f32') return [KINDS.floats];
  const branch = residual ? bounds(residual.branch.type) : [0, 0];
  const [branchFactor, residualFactor] = residual ? [residual.branch.scale / output.scale, residual.value.scale / output.scale] : [0, 0];
  const isSmall = residual ? 256 * (branchFactor + residualFactor) < ROUNDED / 2 : largest < ROUNDED / 2;
  return [
    isSmall ? KINDS.smallBytes : KINDS.bytes,
    isSigned(output),
    ...[...branch, branchFactor, residualFactor].map(floatBits),
    residual ? isSigned(residual.value) : 0,
    ...[MAGIC, -ROUNDED / 2, ROUNDED / 2].map(floatBits),
  ];
}
