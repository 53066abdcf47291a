import type { Value } from './plan.ts';
import { bounds, isSigned } from './plan.ts';

/** What becomes of results, as words of the table that `kernels/quantized/finish.ts` reads. */
export type Finishing = readonly number[];

const KINDS = { bytes: 0, floats: 1 } as const;
/** 1.5 * 2^23 */
const MAGIC = 12582912;
const BYTE_MASK = 255;

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

/** How results become a value; with a residual, the results' own type and scale before the two are added. */
export function finishing(output: Value, residual?: { readonly value: Value; readonly branch: Branch }): Finishing {
  if (output.type === 'f32') return [KINDS.floats];
  const branch = residual ? bounds(residual.branch.type) : [0, 0];
  const factors = residual ? [residual.branch.scale / output.scale, residual.value.scale / output.scale] : [0, 0];
  return [
    KINDS.bytes,
    ...[...bounds(output.type), ...branch, ...factors].map(floatBits),
    residual ? isSigned(residual.value) : 0,
    floatBits(MAGIC),
    BYTE_MASK,
  ];
}
