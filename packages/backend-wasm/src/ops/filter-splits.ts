/** Of partial sums, over all splits. */
export const SUMS_BYTES = 32 * 2 ** 20;
const MOST_SPLITS = 16;

/** How the gradient of a filter is cut: blocks of pixels go to splits with sums of their own, and each split's panels of channels to chunks. */
export interface FilterSplits {
  readonly splits: number;
  readonly blocksPerSplit: number;
  readonly panelChunks: number;
  readonly panelsPerChunk: number;
}

/**
 * Cuts `blocks` whose sums take `sumsBytes`, for `panels` of result channels. The number of splits depends on the shapes alone: results
 * are equal on any number of threads.
 *
 * @param chunks wanted, at least
 */
export function filterSplits({
  blocks,
  sumsBytes,
  panels,
  chunks,
}: Record<'blocks' | 'sumsBytes' | 'panels' | 'chunks', number>): FilterSplits {
  const blocksPerSplit = Math.ceil(blocks / Math.max(1, Math.min(MOST_SPLITS, Math.floor(SUMS_BYTES / sumsBytes))));
  const splits = Math.ceil(blocks / blocksPerSplit);
  const panelsPerChunk = Math.ceil(panels / Math.min(panels, Math.ceil(chunks / splits)));
  return { splits, blocksPerSplit, panelChunks: Math.ceil(panels / panelsPerChunk), panelsPerChunk };
}
