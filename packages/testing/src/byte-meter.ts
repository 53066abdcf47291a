import * as tf from '@tensorflow/tfjs-core';

/** Counts the bytes of tensor data that come alive after it was made. */
export interface ByteMeter {
  readonly live: number;
  /** The most that were alive at once since the last {@link ByteMeter.reset}. */
  readonly peak: number;
  /** Starts a new peak from what is alive now. */
  reset(): void;
  stop(): void;
}

interface Buffer {
  readonly bytes: number;
}

/**
 * Meters tensor data from now on. Buffers that several tensors share count once, where `tf.memory().numBytes` counts
 * them with each; scratch memory inside of kernels is not seen.
 */
export function meterBytes(): ByteMeter {
  const { tensorInfo } = tf.engine().state as unknown as { tensorInfo: WeakMap<object, Buffer> };
  let live = 0;
  let peak = 0;
  const met = new WeakSet<object>();
  const own = {
    set(id: object, buffer: Buffer) {
      met.add(id);
      live += buffer.bytes;
      peak = Math.max(peak, live);
      return WeakMap.prototype.set.call(tensorInfo, id, buffer);
    },
    delete(id: object) {
      if (met.delete(id)) live -= tensorInfo.get(id)?.bytes ?? 0;
      return WeakMap.prototype.delete.call(tensorInfo, id);
    },
  };
  Object.assign(tensorInfo, own);
  return {
    get live() {
      return live;
    },
    get peak() {
      return peak;
    },
    reset() {
      peak = live;
    },
    stop() {
      for (const name of Object.keys(own)) Reflect.deleteProperty(tensorInfo, name);
    },
  };
}
