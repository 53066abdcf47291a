import type { KernelsConfig } from '@resnetjs/kernel-build';
import {
  assertFits,
  float32,
  gradientTile,
  int16,
  type PanelTile,
  panelTile,
  type QuantizedTile,
  quantizedTile,
  tilesModule,
} from '@resnetjs/kernel-build/tiles';

const plain = float32({ fused: false });
const fused = float32({ fused: true });

/**
 * The tiles that `kernels/panel.ts` chooses from. Fused multiply-adds already run as fast as the processor can in a loop that is not
 * unrolled (58 GFLOPS of 59 in Node 24).
 */
const PANEL_TILES = {
  tiles4x8: { rows: 4, columns: 8, unroll: 4, arithmetic: plain },
  tiles6x4: { rows: 6, columns: 4, unroll: 4, arithmetic: plain },
  tiles6x8: { rows: 6, columns: 8, unroll: 1, arithmetic: fused },
} satisfies Record<string, PanelTile>;

const GRADIENT_TILE = { rows: 4, columns: 8, arithmetic: plain };

/** The tiles of 8-bit networks. Packed rows are 6 % faster than listed ones; groups of few channels are not worth packing. */
const QUANTIZED_TILES = {
  packed4x8: { rows: 4, columns: 8, unroll: 2, arithmetic: int16, rowsAre: 'packed' },
  listed4x8: { rows: 4, columns: 8, unroll: 2, arithmetic: int16, rowsAre: 'listed' },
  listed6x4: { rows: 6, columns: 4, unroll: 2, arithmetic: int16, rowsAre: 'listed' },
} satisfies Record<string, QuantizedTile>;

function quantizedTiles(): string {
  for (const tile of Object.values(QUANTIZED_TILES)) assertFits(tile);
  return tilesModule(
    Object.entries(QUANTIZED_TILES).map(([name, tile]) => quantizedTile(name, tile)),
    "import { Finish } from './finish';",
  );
}

function tiles(): string {
  for (const tile of [...Object.values(PANEL_TILES), GRADIENT_TILE]) assertFits(tile);
  return tilesModule([
    ...Object.entries(PANEL_TILES).map(([name, tile]) => panelTile(name, tile)),
    gradientTile('filterTile', GRADIENT_TILE),
  ]);
}

const options = [
  ...['--importMemory', '--sharedMemory', '--initialMemory', '1', '--maximumMemory', '65536'],
  ...['--enable', 'simd', '--enable', 'threads'],
];

/** The kernels, once for plain SIMD and once with fused multiply-add. */
export default {
  generated: { 'kernels/tiles.generated.ts': tiles, 'kernels/quantized/tiles.generated.ts': quantizedTiles },
  signatures: { of: 'kernels/index.ts', to: 'src/kernel-parameters.generated.ts' },
  modules: [
    { source: 'kernels/index.ts', to: 'src/kernels-simd.generated.ts', options },
    { source: 'kernels/index.ts', to: 'src/kernels-relaxed-simd.generated.ts', options: [...options, '--enable', 'relaxed-simd'] },
  ],
} satisfies KernelsConfig;
