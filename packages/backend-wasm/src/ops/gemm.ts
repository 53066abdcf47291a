import type { Runtime } from '../runtime.ts';

/** A general matrix multiplication whose left matrix is implicit: see `kernels/convolve.ts`. Addresses and steps are in bytes. */
export interface Gemm {
  readonly x: number;
  readonly y: number;
  readonly packed: number;
  readonly bias: number;
  /** Address of a tensor like the result that is added to it, or 0. */
  readonly residual: number;
  readonly lo: number;
  readonly hi: number;
  readonly images: number;
  readonly height: number;
  readonly width: number;
  readonly xSteps: readonly [image: number, row: number, column: number];
  readonly ySteps: readonly [image: number, row: number, column: number];
  /** Offsets of one row's segments, for the first group. */
  readonly segments: readonly number[];
  readonly segmentLength: number;
  /** How many terms are summed up before they are added to what came before. */
  readonly sum: number;
  readonly groups: number;
  readonly groupIn: number;
  readonly groupOut: number;
}

/** Four columns a panel serve groups of up to four output channels; otherwise eight. */
export const panelWidth = (groupOut: number): 4 | 8 => (groupOut <= 4 ? 4 : 8);

/** Rows of a chunk at most, and how much of the second-level cache may go to the pixels that they read. */
const ROWS = 120;
const ROWS_BYTES = 512 * 1024;
/** Where sums are short the results weigh more: with fewer rows all columns of a row are finished while it is near. */
const ROWS_OF_SHORT_SUMS = 36;
const SHORT_SUM = 256;
/** A multiple of the heights of the tiles of eight columns. */
const TILES_ROWS = 12;

export function gemm(runtime: Runtime, m: Gemm): void {
  const { heap } = runtime;
  const pixels = m.images * m.height * m.width;
  if (pixels === 0) return;
  const width = panelWidth(m.groupOut);
  const panels = m.groups * Math.ceil(m.groupOut / width);
  const isShort = m.segments.length * m.segmentLength <= SHORT_SUM;
  const rows = isShort ? ROWS_OF_SHORT_SUMS : Math.max(TILES_ROWS, Math.min(ROWS, Math.floor(ROWS_BYTES / m.xSteps[2])));
  // Chunks of like size: a last one of a few rows would read the whole filter for them.
  const evenly = Math.ceil(pixels / Math.max(1, Math.min(2000, Math.ceil(pixels / rows))));
  const rowsPerChunk = Math.ceil(evenly / TILES_ROWS) * TILES_ROWS;
  const rowChunks = Math.ceil(pixels / rowsPerChunk);
  const wanted = runtime.threads === 1 ? 1 : Math.min(panels, Math.ceil((4 * runtime.threads) / rowChunks));
  const panelsPerChunk = Math.ceil(panels / wanted);
  const panelChunks = Math.ceil(panels / panelsPerChunk);

  const offsets: number[] = [];
  for (let g = 0; g < m.groups; g++) for (const offset of m.segments) offsets.push(offset + g * m.groupIn * 4);
  const table = heap.table('segments', offsets);
  const rowTable = heap.scratch('rows', runtime.threads * runtime.ask('convolveRowTableBytes', { rowsPerChunk }));

  const [xImage, xRow, xColumn] = m.xSteps;
  const [yImage, yRow, yColumn] = m.ySteps;
  runtime.run('convolve', rowChunks * panelChunks, {
    ...{ x: m.x, y: m.y, packed: m.packed, bias: m.bias, residual: m.residual && m.residual - m.y, lo: m.lo, hi: m.hi },
    ...{ pixels, height: m.height, width: m.width, xImage, xRow, xColumn, yImage, yRow, yColumn },
    ...{ segments: table, segmentCount: m.segments.length, length: m.segmentLength },
    sumSegments: Math.max(1, Math.floor(m.sum / m.segmentLength)),
    ...{ groups: m.groups, groupOut: m.groupOut, panelWidth: width, rowsPerChunk, panelChunks, panelsPerChunk, rowTable },
  });
}
