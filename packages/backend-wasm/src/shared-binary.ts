const MEMORY_SECTION = 5;
const HAS_MAXIMUM = 1;
const SHARED = 2;

/** An unsigned LEB128 number and the offset after it. */
function varint(bytes: Uint8Array, at: number): [value: number, next: number] {
  let value = 0;
  for (let shift = 0; ; shift += 7) {
    const byte = bytes[at++] as number;
    value |= (byte & 127) << shift;
    if (byte < 128) return [value, at];
  }
}

/**
 * The same WebAssembly module with its memory declared shared, so that workers can compute on it.
 *
 * tfjs' single-threaded binary needs no other change: only the main thread runs its code. That spares the threaded
 * binary, whose glue starts eight idle threads and does not work in Node.
 *
 * @returns a copy; undefined if the module has no memory of its own with a maximum size.
 */
export function withSharedMemory(binary: Uint8Array): Uint8Array<ArrayBuffer> | undefined {
  if (!WebAssembly.validate(new Uint8Array(binary))) return undefined;
  const bytes = new Uint8Array(binary);
  for (let at = 8; at < bytes.length; ) {
    const id = bytes[at++];
    const [size, start] = varint(bytes, at);
    if (id === MEMORY_SECTION) {
      const [, limits] = varint(bytes, start);
      if (bytes[limits] !== HAS_MAXIMUM) return undefined;
      bytes[limits] = HAS_MAXIMUM | SHARED;
      return bytes;
    }
    at = start + size;
  }
  return undefined;
}
