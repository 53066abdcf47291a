import { type IndexedDataset, indexedDataset } from './dataset.ts';
import { DatasetError } from './dataset-error.ts';

const SIDE = 32;
const PLANE = SIDE * SIDE;

/** Which of CIFAR's record layouts: CIFAR-100 has a coarse label before the fine one. */
export interface CifarLayout {
  /** Label bytes before the pixels. */
  readonly labelBytes: 1 | 2;
  /** Which of them is the label. */
  readonly labelAt: 0 | 1;
  readonly classes: readonly string[];
}

/**
 * Reads CIFAR's binary version: records of label bytes and 32x32 pixels, red plane first.
 *
 * @param files name and bytes of each, in order
 * @throws DatasetError for a file that is not a whole number of records, or has labels beyond the classes.
 */
export function cifarRecords(
  files: readonly { name: string; bytes: Uint8Array }[],
  { labelBytes, labelAt, classes }: CifarLayout,
): IndexedDataset {
  const recordBytes = labelBytes + 3 * PLANE;
  const labels: number[] = [];
  const records: Uint8Array[] = [];
  for (const { name, bytes } of files) {
    if (bytes.length === 0 || bytes.length % recordBytes !== 0) {
      throw new DatasetError(
        `${name}: expected records of ${recordBytes} bytes, but the file has ${bytes.length}. Use the binary version of CIFAR, unpacked.`,
      );
    }
    for (let at = 0; at < bytes.length; at += recordBytes) {
      const label = bytes[at + labelAt] as number;
      if (label >= classes.length) {
        throw new DatasetError(`${name}: record ${at / recordBytes} has label ${label}, but there are ${classes.length} classes.`);
      }
      labels.push(label);
      records.push(bytes.subarray(at + labelBytes, at + recordBytes));
    }
  }
  return indexedDataset({ length: labels.length, classes }, (index) => ({
    image: { width: SIDE, height: SIDE, data: interleave(records[index] as Uint8Array) },
    label: labels[index] as number,
  }));
}

function interleave(planes: Uint8Array): Uint8Array {
  const data = new Uint8Array(3 * PLANE);
  for (let i = 0; i < PLANE; i++) {
    data[i * 3] = planes[i] as number;
    data[i * 3 + 1] = planes[PLANE + i] as number;
    data[i * 3 + 2] = planes[2 * PLANE + i] as number;
  }
  return data;
}
