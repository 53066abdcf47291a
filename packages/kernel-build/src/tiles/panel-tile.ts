import { steps } from './steps.ts';
import { each, eachSum, type Tile } from './tile.ts';

/** A {@link Tile} of rows by one packed panel. */
export interface PanelTile extends Tile {
  /** How many steps of the sums one pass of the loop takes. */
  readonly unroll: number;
}

/**
 * The source of a function that multiplies rows by one packed panel, some rows at a time, in registers.
 *
 * A row is a list of segments of `length` consecutive steps (floats, for float32): one segment for a 1x1 convolution, one for each filter row
 * or tap otherwise. `rows` holds two addresses for each row, where it starts and where its result goes; all rows share the segments' byte
 * offsets. The panel is `[segment][length][columns]`. The function's arguments:
 *
 * - `count`: rows, a multiple of the tile's (callers repeat the last row: it is computed twice, to the same values)
 * - `length`: 1 or more
 * - `column`: byte offset of the panel's first column in a result row
 * - `columns`: how many of the panel's columns exist
 * - `bias`: address of the first column's bias, or 0
 * - `sumSegments`: how many segments are summed up in registers; the sums are then added to what the result holds, which is more exact than
 *   one long sum
 * - `first`: whether these are a result's first segments: its sum starts at the bias, not at what the result holds
 * - `last`: whether these are its last: add the residual, clamp to `lo` and `hi`
 * - `residual`: what to add to a result's address to get its residual's; 0 for none
 */
export function panelTile(name: string, tile: PanelTile): string {
  const { rows, columns, arithmetic } = tile;
  const { lanes } = arithmetic;
  const isFloat = lanes === 'f32x4';
  const number = isFloat ? 'f32' : 'i32';
  /** Four columns of an address, of which only those that exist may be touched. */
  const load = (address: string, v: number) =>
    `whole ? v128.load(${address}, ${16 * v}) : loadLanes(${address} + ${16 * v}, columns - ${4 * v})`;
  const clamp = (sum: string) => (isFloat ? `clamp(${sum}, l, h)` : `i32x4.min_s(i32x4.max_s(${sum}, l), h)`);

  return `
export function ${name}(
  rows: usize, count: i32, panel: usize, segments: usize, segmentsEnd: usize, sumSegments: i32, length: i32, column: usize,
  columns: i32, bias: usize, first: bool, last: bool, residual: usize, lo: ${number}, hi: ${number},
): void {
  const whole = columns === ${columns};
  const bytes = <usize>(length << 2);
  const sumBytes = <usize>(sumSegments << 2);
  const end = rows + ((<usize>count) << 3);
  for (; rows < end; rows += ${8 * rows}) {
    ${each(rows, (r) => `const r${r} = <usize>load<u32>(rows, ${8 * r});`)}
    ${each(rows, (r) => `const y${r} = <usize>load<u32>(rows, ${8 * r + 4}) + column;`)}
    let b = panel;
    for (let begin = segments; begin < segmentsEnd; begin += sumBytes) {
      const stopSum = min(begin + sumBytes, segmentsEnd);
      const opens = first && begin === segments;
      const closes = last && stopSum === segmentsEnd;
      ${each(columns / 4, (v) => `let s${v} = ${lanes}.splat(0);`)}
      if (opens && bias) {
        ${each(columns / 4, (v) => `s${v} = ${load('bias', v)};`)}
      }
      ${eachSum(tile, (_, v, sum) => `let ${sum} = s${v};`)}
      for (let s = begin; s < stopSum; s += 4) {
        const offset = <usize>load<i32>(s);
        ${each(rows, (r) => `let a${r} = r${r} + offset;`)}
        const stop = a0 + bytes;
        ${steps(tile, {
          addresses: Array.from({ length: rows }, (_, r) => `a${r}`),
          stepBytes: 4,
          row: (r, step) => `a${r}, ${4 * step}`,
        })}
      }
      if (!opens) {
        ${eachSum(tile, (r, v, sum) => `${sum} = ${lanes}.add(${sum}, ${load(`y${r}`, v)});`)}
      }
      if (closes) {
        if (residual) {
          ${eachSum(tile, (r, v, sum) => `${sum} = ${lanes}.add(${sum}, ${load(`y${r} + residual`, v)});`)}
        }
        const l = ${lanes}.splat(lo);
        const h = ${lanes}.splat(hi);
        ${eachSum(tile, (_r, _v, sum) => `${sum} = ${clamp(sum)};`)}
      }
      if (whole) {
        ${eachSum(tile, (r, v, sum) => `v128.store(y${r}, ${sum}, ${16 * v});`)}
      } else {
        ${eachSum(tile, (r, v, sum) => `storeLanes(y${r} + ${16 * v}, ${sum}, columns - ${4 * v});`)}
      }
    }
  }
}`;
}
