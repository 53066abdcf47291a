import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';

// The pages of the process tell neither of these: they are given back late or not at all, and an array that nobody has written
// to has none yet.

/** Bytes that JavaScript holds once its garbage is gone, buffers among them. */
export function heldBytes(): number {
  setFlagsFromString('--expose-gc');
  const collect = runInNewContext('gc') as () => void;
  collect();
  collect(); // waits for the buffers that the first let go
  const { heapUsed, external } = process.memoryUsage();
  return heapUsed + external;
}

const ARRAYS = [
  'ArrayBuffer',
  'Int8Array',
  'Uint8Array',
  'Uint8ClampedArray',
  'Int16Array',
  'Uint16Array',
  'Int32Array',
  'Uint32Array',
  'Float32Array',
  'Float64Array',
] as const;
const PAGE_BYTES = 65536;

/**
 * The bytes of the largest buffer that was asked for while `run` ran, whether or not it was there to be had: an ArrayBuffer, a typed
 * array of a length, a WebAssembly memory that was grown from JavaScript. What native code and Node's own Buffers take is not seen.
 */
export async function largestAllocation(run: () => unknown): Promise<number> {
  let largest = 0;
  const sees = (bytes: number) => {
    largest = Math.max(largest, bytes);
  };
  const { grow } = WebAssembly.Memory.prototype;
  const originals = ARRAYS.map((name) => [name, globalThis[name]] as const);
  for (const [name, original] of originals) {
    const seen = new Proxy<new (...args: never[]) => object>(original, {
      construct(target, args: never[], newTarget) {
        if (typeof args[0] === 'number') sees(args[0] * ('BYTES_PER_ELEMENT' in original ? original.BYTES_PER_ELEMENT : 1));
        return Reflect.construct(target, args, newTarget);
      },
    });
    Object.assign(globalThis, { [name]: seen });
    Object.assign(original.prototype, { constructor: seen }); // libraries know an array by it
  }
  WebAssembly.Memory.prototype.grow = function (pages) {
    sees(this.buffer.byteLength + pages * PAGE_BYTES);
    return grow.call(this, pages);
  };
  try {
    await run();
  } finally {
    WebAssembly.Memory.prototype.grow = grow;
    Object.assign(globalThis, Object.fromEntries(originals));
    for (const [, original] of originals) Object.assign(original.prototype, { constructor: original });
  }
  return largest;
}
