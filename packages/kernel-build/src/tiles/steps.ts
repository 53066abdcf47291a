import { addProducts, each, type Tile } from './tile.ts';

/**
 * The loop over the steps of a sum, from addresses `a0`, `a1`, … (or one for all rows) and `b` of the filter until `stop`.
 *
 * With several steps a pass, addresses are counted up once for all of them. Between steps the pass may end: that serves every length, and V8
 * does not load ahead across a branch, which would take more registers than there are (4x8 unrolled by four without it is 15 % slower than
 * not unrolled; with it, 11 % faster).
 *
 * @param addresses names of the rows' addresses, and @param stepBytes how far each goes in one step
 * @param row where a row's value of a step is
 */
export function steps(
  tile: Tile & { readonly unroll: number },
  {
    addresses,
    stepBytes,
    row,
  }: { readonly addresses: readonly string[]; readonly stepBytes: number; readonly row: (r: number, step: number) => string },
): string {
  const { columns, unroll, arithmetic } = tile;
  const [first] = addresses;
  const filterBytes = (columns / 4) * arithmetic.filterBytes;
  return `
    ${each(unroll - 1, (step) => `const stop${step + 1} = stop - ${stepBytes * (step + 1)};`)}
    for (;;) {
      ${each(
        unroll,
        (step) => `
          ${addProducts(tile, { step, row: (r) => row(r, step), filter: 'b' })}
          ${step + 1 < unroll ? `if (${first} === stop${step + 1}) { b += ${(step + 1) * filterBytes}; break; }` : ''}`,
      )}
      ${addresses.map((address) => `${address} += ${stepBytes * unroll};`).join('\n')}
      b += ${unroll * filterBytes};
      if (${first} === stop) break;
    }`;
}
