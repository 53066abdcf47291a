/**
 * Terms of a convolution that are summed up before they are added to what came before. Longer sums take 2 % less time where there are many
 * terms, and round more: no matter to logits, but it may flip a ReLU, and with it gradients.
 */
export const SUM = { whereGradientsFollow: 256, elsewhere: 1024 } as const;

/** What one result pixel of an implicit matrix multiplication reads. */
export interface Segments {
  /** Byte offsets of runs of equal length, in the order of the taps. */
  readonly offsets: number[];
  /** Floats in each. */
  readonly length: number;
}

/**
 * The runs under a filter's rows and columns.
 *
 * @param rows where each filter row reads, and @param columns each filter column, in pixels
 * @param channels read at each pixel, of `stride` that lie there
 * @param longest run of floats that is one segment: it is one sum
 */
export function segments(
  rows: readonly number[],
  columns: readonly number[],
  { rowBytes, channels, stride, longest }: { rowBytes: number; channels: number; stride: number; longest: number },
): Segments {
  const lines = rows.map((row) => row * rowBytes);
  // Neighbouring taps of one filter row are neighbours in memory too: one run.
  const neighbours = channels === stride && columns.every((column, i) => column === (columns[0] as number) + i);
  if (neighbours && columns.length * channels <= longest)
    return { offsets: lines.map((line) => line + (columns[0] as number) * stride * 4), length: columns.length * channels };
  const taps = lines.flatMap((line) => columns.map((column) => line + column * stride * 4));
  if (channels <= longest || channels % longest !== 0) return { offsets: taps, length: channels };
  const parts = Array.from({ length: channels / longest }, (_, i) => i * longest * 4);
  return { offsets: taps.flatMap((tap) => parts.map((part) => tap + part)), length: longest };
}
