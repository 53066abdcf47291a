import type { PanelTile } from './panel-tile.ts';
import { steps } from './steps.ts';
import { each, eachSum } from './tile.ts';

/** A {@link PanelTile} of integers, whose sums become numbers of 8 bits while they are in registers. */
export interface QuantizedTile extends PanelTile {
  /**
   * `packed`: `[step][row]` for as many rows as the tile has, one after the other: one address for all rows. `listed`: each row begins at an
   * address of its own, and reads the same segments from there.
   */
  readonly rowsAre: 'packed' | 'listed';
}

/**
 * The source of a function that multiplies rows of integers by one packed panel, some rows at a time, in registers, and finishes the sums
 * (a function for this tile, `finish4x8` or the like, of `kernels/quantized/finish.ts`: what becomes of them is written there). Its arguments:
 *
 * - `rows`: two addresses for each row: where it starts (of listed rows), and where its result goes
 * - `count`: rows, a multiple of the tile's (callers repeat the last row: it is computed twice, to the same values)
 * - packed: `packed`, where the rows are, and `length`, the steps of a sum; listed: `segments` to `segmentsEnd`, byte offsets of runs of
 *   `length` steps
 * - `panel`: `[step][columns]`
 * - `column`: byte offset of the panel's first column in a result row
 * - `columns`: how many of the panel's columns exist
 * - `bias`: address of the first column's, or 0
 * - `multipliers`, `finishing`, `residual`: as `finish` takes them
 */
export function quantizedTile(name: string, tile: QuantizedTile): string {
  const { rows, columns, arithmetic, rowsAre } = tile;
  const vectors = columns / 4;
  const filterBytes = vectors * arithmetic.filterBytes;
  const isPacked = rowsAre === 'packed';
  const loop = isPacked
    ? `
      let a = packed;
      const stop = a + bytes;
      ${steps(tile, { addresses: ['a'], stepBytes: 4 * rows, row: (r, step) => `a, ${4 * (step * rows + r)}` })}
      packed = stop;`
    : `
      for (let s = segments; s < segmentsEnd; s += 4) {
        const offset = <usize>load<i32>(s);
        ${each(rows, (r) => `let a${r} = <usize>load<u32>(rows, ${8 * r}) + offset;`)}
        const stop = a0 + bytes;
        ${steps(tile, {
          addresses: Array.from({ length: rows }, (_, r) => `a${r}`),
          stepBytes: 4,
          row: (r, step) => `a${r}, ${4 * step}`,
        })}
      }`;
  return `
// ${filterBytes} bytes of the panel a step
export function ${name}(
  rows: usize, count: i32, ${isPacked ? 'packed: usize' : 'segments: usize, segmentsEnd: usize'}, length: i32, panel: usize, column: usize,
  columns: i32, bias: usize, multipliers: usize, finishing: usize, residual: usize,
): void {
  const bytes = <usize>(length * ${isPacked ? 4 * rows : 4});
  const end = rows + ((<usize>count) << 3);
  for (; rows < end; rows += ${8 * rows}) {
    let b = panel;
    ${each(vectors, (v) => `let s${v} = i32x4.splat(0);`)}
    if (bias) {
      ${each(vectors, (v) => `s${v} = v128.load(bias, ${16 * v});`)}
    }
    ${eachSum(tile, (_, v, sum) => `let ${sum} = s${v};`)}
    ${loop}
    Finish.finish${rows}x${columns}(
      ${each(rows, (r) => `<usize>load<u32>(rows, ${8 * r + 4}) + column,`)}
      ${eachSum(tile, (_r, _v, sum) => `${sum},`)}
      columns, multipliers, finishing, residual,
    );
  }
}`;
}
