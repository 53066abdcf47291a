const PAGE_BYTES = 65536;
// What an instance may keep between calls; larger images get memory that is dropped afterwards.
const KEEP_BYTES = 64 * 1024 * 1024;

/** A WebAssembly module's memory, handed out from the start for the length of one call. */
export interface Arena<Exports> {
  readonly exports: Exports;
  /** Reserves `bytes` at a multiple of 16, the address is returned. Contents are what an earlier call left. */
  take(bytes: number): number;
  bytes(at: number, length: number): Uint8Array;
  words(at: number, length: number): Int32Array;
}

/**
 * Compiles a kernel on its first use and runs calls in its memory.
 *
 * @returns runs `call` with an empty arena; undefined where there is no WebAssembly with SIMD (or a page's security
 *   policy forbids it) or not enough memory: the caller then does without.
 */
export function kernelArena<Exports>(hex: string): <T>(call: (arena: Arena<Exports>) => T) => T | undefined {
  let module: WebAssembly.Module | undefined;
  let instance: { exports: Exports & { memory: WebAssembly.Memory } } | undefined;
  let broken = false;

  const start = () => {
    module ??= new WebAssembly.Module(Uint8Array.from(hex.match(/../g) ?? [], (byte) => Number.parseInt(byte, 16)));
    instance = new WebAssembly.Instance(module, { env: { abort() {} } }) as unknown as NonNullable<typeof instance>;
    return instance;
  };

  return (call) => {
    if (broken) return undefined;
    try {
      instance ??= start();
    } catch {
      broken = true;
      return undefined;
    }
    const { exports } = instance;
    const { memory } = exports;
    let top = PAGE_BYTES; // the module's own data come first
    let full = false;
    try {
      return call({
        exports,
        take(bytes) {
          const at = top;
          top = (at + bytes + 15) & ~15;
          const missing = top - memory.buffer.byteLength;
          if (top < 0 || top > 2 ** 31 - PAGE_BYTES) full = true;
          else if (missing > 0) {
            try {
              memory.grow(Math.ceil(missing / PAGE_BYTES));
            } catch {
              full = true;
            }
          }
          if (full) throw new RangeError('no memory');
          return at;
        },
        bytes: (at, length) => new Uint8Array(memory.buffer, at, length),
        words: (at, length) => new Int32Array(memory.buffer, at, length),
      });
    } catch (error) {
      if (full) return undefined;
      throw error;
    } finally {
      if (full || memory.buffer.byteLength > KEEP_BYTES) instance = undefined;
    }
  };
}
