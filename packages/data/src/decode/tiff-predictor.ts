import { UnsupportedKindError } from './file-decoder.ts';

/** Of what the samples of a row are. */
export interface RowLayout {
  readonly bits: number;
  /** Samples of one pixel that stand together: the distance to the same sample of the pixel before. */
  readonly step: number;
  readonly isLittleEndian: boolean;
}

/** Undoes, in place, the differences that a writer took before it compressed: `predictor` 1 is none. */
export function undoPredictor(predictor: number, rows: Uint8Array, rowBytes: number, layout: RowLayout): void {
  if (predictor === 1) return;
  const { bits } = layout;
  const undo = predictor === 2 ? DIFFERENCES[bits] : predictor === 3 && bits === 32 ? floats : undefined;
  if (!undo) throw new UnsupportedKindError(`a TIFF with predictor ${predictor} of ${bits} bits`);
  for (let at = 0; at < rows.length; at += rowBytes) undo(rows.subarray(at, at + rowBytes), layout);
}

const DIFFERENCES: Record<number, (row: Uint8Array, layout: RowLayout) => void> = {
  8: (row, { step }) => {
    for (let i = step; i < row.length; i++) row[i] = (row[i] as number) + (row[i - step] as number);
  },
  16: (row, { step, isLittleEndian }) => {
    const view = new DataView(row.buffer, row.byteOffset, row.byteLength);
    for (let at = 2 * step; at + 1 < row.length; at += 2)
      view.setUint16(at, view.getUint16(at, isLittleEndian) + view.getUint16(at - 2 * step, isLittleEndian), isLittleEndian);
  },
  32: (row, { step, isLittleEndian }) => {
    const view = new DataView(row.buffer, row.byteOffset, row.byteLength);
    for (let at = 4 * step; at + 3 < row.length; at += 4)
      view.setUint32(at, view.getUint32(at, isLittleEndian) + view.getUint32(at - 4 * step, isLittleEndian), isLittleEndian);
  },
};

/** Floats whose bytes stand apart, all highest ones first, and are differences. */
function floats(row: Uint8Array, { step, isLittleEndian }: RowLayout): void {
  for (let i = step; i < row.length; i++) row[i] = (row[i] as number) + (row[i - step] as number);
  const apart = row.slice();
  const count = row.length / 4;
  for (let i = 0; i < count; i++) {
    for (let byte = 0; byte < 4; byte++) row[4 * i + (isLittleEndian ? 3 - byte : byte)] = apart[byte * count + i] as number;
  }
}
