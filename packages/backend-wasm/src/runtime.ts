import type { BackendWasm } from '@tensorflow/tfjs-backend-wasm';
import type { DataType, TensorInfo } from '@tensorflow/tfjs-core';
import * as tf from '@tensorflow/tfjs-core';
import { FilterCache } from './filter-cache.ts';
import type { Heap } from './heap.ts';
import type { ThreadPool } from './thread-pool.ts';

/** What our kernels work with: tfjs' backend, its heap, and threads that compute on it. */
export class Runtime {
  readonly backend: BackendWasm;
  readonly heap: Heap;
  readonly pool: ThreadPool;
  readonly filters: FilterCache;

  /** Whether 3x3 convolutions may use Winograd's algorithm. */
  readonly winograd: boolean;

  constructor(backend: BackendWasm, heap: Heap, pool: ThreadPool, { winograd }: { winograd: boolean }) {
    this.winograd = winograd;
    this.backend = backend;
    this.heap = heap;
    this.pool = pool;
    this.filters = new FilterCache(backend, heap);
  }

  get threads(): number {
    return this.pool.threads;
  }

  /** Where a tensor's values are. */
  address(tensor: TensorInfo): number {
    return this.backend.getMemoryOffset(tensor.dataId) >>> 0;
  }

  /** A new tensor; its values are whatever the memory held. */
  output(shape: readonly number[], dtype: DataType = 'float32'): TensorInfo {
    return this.backend.makeOutput([...shape], dtype);
  }

  /** Runs a kernel's chunks on all threads. */
  run(kernel: string, chunks: number, args: readonly number[]): void {
    this.pool.run(kernel, chunks, args);
  }

  /**
   * The address of a filter in another layout. While gradients are recorded or computed it is made anew in scratch:
   * weights change at every step, and copies of all of them would take more memory than the weights.
   *
   * @param transposed a layout that only gradients use
   */
  packed(filter: TensorInfo, layout: string, sizeBytes: number, transposed: boolean, fill: (address: number) => void): number {
    if (transposed || tf.engine().state.gradientDepth > 0) {
      const address = this.heap.scratch('filter', sizeBytes);
      fill(address);
      return address;
    }
    const count = filter.shape.reduce((a, b) => a * b, 1);
    const print = this.pool.call('fingerprint', this.address(filter), count);
    return this.filters.get(filter.dataId, layout, sizeBytes, print, fill);
  }

  dispose(): void {
    this.filters.dispose();
    this.pool.dispose();
    this.heap.release();
  }
}
