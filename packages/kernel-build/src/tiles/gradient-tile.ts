import { addProducts, eachSum, type Tile } from './tile.ts';

/**
 * The source of a function that adds to a tile of a filter's gradient (input channels by output channels) the products of a block's pixels.
 * Its arguments:
 *
 * - `x`: the block's panel of as many channels as the tile has rows, at the tap
 * - `dy`: its panel of result gradients, `[line][pixel][columns]`
 * - `lines` to `linesEnd`: where each result line starts in `x`, in bytes
 * - `dyLine`: bytes of one result line in `dy`
 * - `xStep`: bytes from one result pixel's input to the next's
 * - `to`: the tile's sums so far, row by row
 */
export function gradientTile(name: string, tile: Tile): string {
  const { columns, arithmetic } = tile;
  const rowBytes = 4 * columns;
  return `
export function ${name}(x: usize, dy: usize, lines: usize, linesEnd: usize, dyLine: usize, xStep: usize, to: usize): void {
  ${eachSum(tile, (_r, _v, sum) => `let ${sum} = ${arithmetic.lanes}.splat(0);`)}
  let b = dy;
  for (; lines < linesEnd; lines += 4) {
    let a = x + <usize>load<u32>(lines);
    const stop = b + dyLine;
    do {
      ${addProducts(tile, { step: 0, row: (r) => `a, ${4 * r}`, filter: 'b' })}
      a += xStep;
      b += ${(columns / 4) * arithmetic.filterBytes};
    } while (b < stop);
  }
  ${eachSum(tile, (r, v, sum) => {
    const offset = r * rowBytes + 16 * v;
    return `v128.store(to, ${arithmetic.lanes}.add(v128.load(to, ${offset}), ${sum}), ${offset});`;
  })}
}`;
}
