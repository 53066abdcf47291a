export { type Arithmetic, float32, int16, relaxedInt8, widenedInt8 } from './arithmetic.ts';
export { gradientTile } from './gradient-tile.ts';
export { type PanelTile, panelTile } from './panel-tile.ts';
export { type QuantizedTile, quantizedTile } from './quantized-tile.ts';
export { assertFits, REGISTERS, registersOf, type Tile } from './tile.ts';
export { tilesModule } from './tiles-module.ts';
