const MEMORY_SECTION = 5;
const HAS_MAXIMUM = 1;
const SHARED = 2;

/**
 * What tfjs' memory may grow to, 512 MiB less than there is address space. Its allocator does not notice where an address that it asks for
 * goes round beyond 4 GiB, and then hands out memory that is not there, or others'.
 */
export const MOST_BYTES = 3.5 * 2 ** 30;
/** As pages of 64 KiB; it takes as many bytes as tfjs' own 65536. */
const MAXIMUM = [0x80, 0xc0, 0x03];

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
 * The same WebAssembly module with a memory that may grow to {@link MOST_BYTES}, and that workers can compute on if it is to be shared.
 *
 * tfjs' single-threaded binary needs no other change: only the main thread runs its code. That spares the threaded
 * binary, whose glue starts eight idle threads and does not work in Node.
 *
 * @returns a copy; undefined if the module has no memory of its own with a maximum size like tfjs'.
 */
export function withMemory(binary: Uint8Array, { shared }: { shared: boolean }): Uint8Array<ArrayBuffer> | undefined {
  if (!WebAssembly.validate(new Uint8Array(binary))) return undefined;
  const bytes = new Uint8Array(binary);
  for (let at = 8; at < bytes.length; ) {
    const id = bytes[at++];
    const [size, start] = varint(bytes, at);
    if (id === MEMORY_SECTION) {
      const [, limits] = varint(bytes, start);
      const [, maximum] = varint(bytes, limits + 1);
      if (bytes[limits] !== HAS_MAXIMUM || varint(bytes, maximum)[1] - maximum !== MAXIMUM.length) return undefined;
      bytes.set(MAXIMUM, maximum);
      if (shared) bytes[limits] = HAS_MAXIMUM | SHARED;
      return bytes;
    }
    at = start + size;
  }
  return undefined;
}
