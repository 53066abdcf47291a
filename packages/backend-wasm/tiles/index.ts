import { float32 } from './arithmetic.ts';
import { gradientTile } from './gradient-tile.ts';
import { type PanelTile, panelTile } from './panel-tile.ts';
import { REGISTERS, registersOf, type Tile } from './tile.ts';

const plain = float32({ fused: false });
const fused = float32({ fused: true });

/**
 * The tiles that `kernels/panel.ts` chooses from. Sums, and so results, are the same whichever computes them.
 *
 * Fused multiply-adds already run as fast as the processor can in a loop that is not unrolled (58 GFLOPS of 59 in Node 24).
 */
export const PANEL_TILES = {
  tiles4x8: { rows: 4, columns: 8, unroll: 4, arithmetic: plain },
  tiles6x4: { rows: 6, columns: 4, unroll: 4, arithmetic: plain },
  tiles6x8: { rows: 6, columns: 8, unroll: 1, arithmetic: fused },
} as const satisfies Record<string, PanelTile>;

const GRADIENT_TILE: Tile = { rows: 4, columns: 8, arithmetic: plain };

/** The source of all tiles, an AssemblyScript module. @throws RangeError if one would not fit in registers. */
export function tilesSource(): string {
  for (const tile of [...Object.values(PANEL_TILES), GRADIENT_TILE]) assertFits(tile);
  return tilesModule([
    ...Object.entries(PANEL_TILES).map(([name, tile]) => panelTile(name, tile)),
    gradientTile('filterTile', GRADIENT_TILE),
  ]);
}

/** A module of tiles, for `kernels/`. */
export const tilesModule = (tiles: readonly string[]): string =>
  indented(
    ['// Made by build-kernels from tiles/. Not in git.', "import { clamp, loadLanes, madd, storeLanes } from './simd';", ...tiles].join(
      '\n',
    ),
  );

/** For readers of what was generated: lines indented by the braces around them, without empty ones. */
function indented(source: string): string {
  let depth = 0;
  const lines = source
    .split('\n')
    .map((line) => line.trim())
    .filter((line) => line !== '');
  return lines
    .map((line) => {
      if (line.startsWith('}')) depth--;
      const at = '  '.repeat(depth);
      if (line.endsWith('{')) depth++;
      return `${at}${line}\n`;
    })
    .join('');
}

function assertFits(tile: Tile): void {
  const registers = registersOf(tile);
  if (registers > REGISTERS)
    throw new RangeError(
      `A tile of ${tile.rows}x${tile.columns} (${tile.arithmetic.name}) takes ${registers} vector registers, but there are ${REGISTERS}: ` +
        'sums would go through memory. Take fewer rows or columns.',
    );
}
