import { DatasetError } from './dataset-error.ts';

/** What an IDX file of unsigned bytes holds. */
export interface IdxArray {
  readonly shape: readonly number[];
  readonly data: Uint8Array;
}

/**
 * Reads an IDX file (MNIST's format) of unsigned bytes.
 *
 * @throws DatasetError if it is of another type, or its bytes are not what its shape promises.
 * @see http://yann.lecun.com/exdb/mnist
 */
export function readIdx(bytes: Uint8Array, name: string): IdxArray {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const rank = bytes[3] ?? 0;
  if (bytes.length < 4 || view.getUint16(0) !== 0 || bytes[2] !== 8 || rank < 1 || bytes.length < 4 + rank * 4) {
    throw new DatasetError(`${name}: not an IDX file of unsigned bytes (expected it to start with 00 00 08).`);
  }
  const shape = Array.from({ length: rank }, (_, i) => view.getUint32(4 + i * 4));
  const expected = shape.reduce((product, size) => product * size, 1);
  const data = bytes.subarray(4 + rank * 4);
  if (data.length !== expected) {
    throw new DatasetError(`${name}: an array of ${shape.join('x')} has ${expected} bytes, but the file has ${data.length}. Get it again.`);
  }
  return { shape, data };
}
