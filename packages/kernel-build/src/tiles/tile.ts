import type { Arithmetic } from './arithmetic.ts';

/** A block of results that is computed in registers. */
export interface Tile {
  readonly rows: number;
  /** A multiple of four. */
  readonly columns: number;
  readonly arithmetic: Arithmetic;
}

/** Vector registers of x64 that V8 gives to a function; it keeps the sixteenth to itself. */
export const REGISTERS = 15;

/**
 * Vector registers that one step of a tile takes: its sums, a vector of the filter for every four columns, and what is read of the rows.
 * Where products are added in an instruction of their own, V8 loads every row first, and the product takes one more.
 */
export function registersOf({ rows, columns, arithmetic }: Tile): number {
  const vectors = columns / 4;
  return rows * vectors + vectors + (arithmetic.holdsProducts ? rows + 1 : 1);
}

/** @throws RangeError if a tile's sums would go through memory. */
export function assertFits(tile: Tile): void {
  const registers = registersOf(tile);
  if (registers > REGISTERS)
    throw new RangeError(
      `A tile of ${tile.rows}x${tile.columns} (${tile.arithmetic.name}) takes ${registers} vector registers, but there are ${REGISTERS}: ` +
        'sums would go through memory. Take fewer rows or columns.',
    );
}

/** Lines of a kernel's source for each number below `count`. */
export const each = (count: number, line: (i: number) => string): string => Array.from({ length: count }, (_, i) => line(i)).join('\n');

/** Lines for each vector of a tile's sums: `c00` is the first row's first four columns. */
export const eachSum = ({ rows, columns }: Tile, line: (row: number, vector: number, sum: string) => string): string =>
  each(rows, (r) => each(columns / 4, (v) => line(r, v, `c${r}${v}`)));

/**
 * One step of the sums: the products of one step of every row with the columns' part of the filter.
 *
 * @param step counted within a pass of the loop, for the names of what it reads
 * @param row the address of a row's value, and its offset
 * @param filter the address of the filter's vectors
 */
export function addProducts(
  tile: Tile,
  { step, row, filter }: { readonly step: number; readonly row: (r: number) => string; readonly filter: string },
): string {
  const { rows, columns, arithmetic } = tile;
  const vectors = columns / 4;
  const bytes = vectors * arithmetic.filterBytes;
  return `
    ${each(vectors, (v) => `const b${step}${v} = ${arithmetic.filter(filter, step * bytes + v * arithmetic.filterBytes)};`)}
    ${each(
      rows,
      (r) => `
        const x${step}${r} = v128.load32_splat(${row(r)});
        ${each(vectors, (v) => `c${r}${v} = ${arithmetic.addProduct(`x${step}${r}`, `b${step}${v}`, `c${r}${v}`)};`)}`,
    )}`;
}
