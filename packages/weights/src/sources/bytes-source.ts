import type { ByteSource } from './byte-source.ts';

/** Bytes in memory; reads are views, nothing is copied. */
export const bytesSource = (bytes: Uint8Array | ArrayBuffer, name = 'bytes'): ByteSource => {
  // A Node Buffer becomes a plain array: its slice() does not copy.
  const all = bytes instanceof Uint8Array ? new Uint8Array(bytes.buffer, bytes.byteOffset, bytes.byteLength) : new Uint8Array(bytes);
  return { name, sizeBytes: all.byteLength, read: async (start, end) => all.subarray(start, end) };
};

/** A `Blob` or `File`, read piece by piece; it may lie on disk. */
export const blobSource = (blob: Blob, name = 'name' in blob ? String(blob.name) : 'blob'): ByteSource => ({
  name,
  sizeBytes: blob.size,
  read: async (start, end) => new Uint8Array(await blob.slice(start, end).arrayBuffer()),
  gives: true,
});
