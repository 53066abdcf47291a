/**
 * How a tile multiplies and adds up. A row is read four bytes at a time, which are repeated in all four lanes: a float32, or as many
 * integers as fit. Each such step meets one vector of the filter for every four columns.
 */
export interface Arithmetic {
  readonly name: string;
  /** The interpretation of a sum's four lanes. */
  readonly lanes: 'f32x4' | 'i32x4';
  /** Terms of a sum in one step of a row. */
  readonly terms: number;
  /** Bytes of the filter in memory for one step and four columns. */
  readonly filterBytes: number;
  /** Whether a product needs a register of its own before it is added: then V8 also loads all rows' values before it multiplies. */
  readonly holdsProducts: boolean;
  /** The four columns' part of a filter. */
  filter(address: string, offset: number): string;
  /** `sum + row * filter`, in each lane. */
  addProduct(row: string, filter: string, sum: string): string;
}

const vector = (address: string, offset: number) => `v128.load(${address}, ${offset})`;

/** Float32, as `madd` of `kernels/simd.ts` has it: a multiplication and an addition, or both at once where the engine fuses them. */
export const float32 = ({ fused }: { readonly fused: boolean }): Arithmetic => ({
  name: fused ? 'float32, fused' : 'float32',
  lanes: 'f32x4',
  terms: 1,
  filterBytes: 16,
  holdsProducts: !fused,
  filter: vector,
  addProduct: (row, filter, sum) => `madd(${row}, ${filter}, ${sum})`,
});

/** Pairs of int16 whose products are added up in int32: exact, and the same on every engine. */
export const int16: Arithmetic = {
  name: 'int16',
  lanes: 'i32x4',
  terms: 2,
  filterBytes: 16,
  holdsProducts: true,
  filter: vector,
  addProduct: (row, filter, sum) => `i32x4.add(${sum}, i32x4.dot_i16x8_s(${row}, ${filter}))`,
};

/** {@link int16} of a filter that is int8 in memory. */
export const widenedInt8: Arithmetic = {
  ...int16,
  name: 'int8 filter, widened',
  filterBytes: 8,
  filter: (address, offset) => `v128.load_ext<i8>(${address}, ${offset})`,
};

/** Fours of int8 by rows of 7 bits, one instruction where the processor has it; needs relaxed SIMD. */
export const relaxedInt8: Arithmetic = {
  name: 'int8, relaxed',
  lanes: 'i32x4',
  terms: 4,
  filterBytes: 16,
  holdsProducts: false,
  filter: vector,
  addProduct: (row, filter, sum) => `i32x4.relaxed_dot_i8x16_i7x16_add_s(${filter}, ${row}, ${sum})`,
};
