import type { BackendWasm } from '@tensorflow/tfjs-backend-wasm';
import type { DataType, TensorInfo } from '@tensorflow/tfjs-core';
import * as tf from '@tensorflow/tfjs-core';
import { AbsentValues } from './absent-values.ts';
import { FilterCache, type PackedLayout } from './filter-cache.ts';
import type { Heap } from './heap.ts';
import {
  type FunctionArguments,
  type FunctionName,
  functionArguments,
  type KernelArguments,
  type KernelName,
  kernelArguments,
} from './kernel-arguments.ts';
import { KernelInputError } from './kernel-input-error.ts';
import { QuantizedPasses } from './quantized/passes.ts';
import { Recordings } from './recordings.ts';
import type { ThreadPool } from './thread-pool.ts';

/** What our kernels work with: tfjs' backend, its heap, and threads that compute on it. */
export class Runtime {
  readonly backend: BackendWasm;
  readonly heap: Heap;
  readonly pool: ThreadPool;
  readonly filters: FilterCache;
  readonly recordings: Recordings;
  readonly quantized: QuantizedPasses;
  readonly #absent: AbsentValues;
  readonly #disposeData: BackendWasm['disposeData'];
  /** Kernel calls so far: what the one that runs has used was used now. */
  #now = 0;
  /** What the kernel that runs has made so far. */
  #made: TensorInfo[] = [];

  /** Whether 3x3 convolutions may use Winograd's algorithm. */
  readonly winograd: boolean;

  constructor(backend: BackendWasm, heap: Heap, pool: ThreadPool, { winograd }: { winograd: boolean }) {
    this.winograd = winograd;
    this.backend = backend;
    this.heap = heap;
    this.pool = pool;
    this.filters = new FilterCache(heap);
    this.recordings = new Recordings(this);
    this.quantized = new QuantizedPasses(this);
    this.#absent = new AbsentValues(backend, heap);
    heap.onFull = () => this.#giveBack();
    heap.onTfjs = () => this.recordings.endRecording();
    this.#disposeData = backend.disposeData;
    backend.disposeData = (dataId, force) => {
      if (force || backend.refCount(dataId) <= 1) this.#absent.forget(dataId);
      const gone = this.#disposeData.call(backend, dataId, force);
      if (gone) {
        this.filters.forget(dataId);
        this.recordings.forget(dataId);
        this.quantized.forget(dataId);
      }
      return gone;
    };
  }

  get now(): number {
    return this.#now;
  }

  get threads(): number {
    return this.pool.threads;
  }

  /**
   * Where a tensor's values are, which are floats: nothing else reads them.
   *
   * @throws KernelInputError if they are something else, whose bits would be taken for floats
   */
  address(tensor: TensorInfo): number {
    if (tensor.dtype !== 'float32') throw new KernelInputError(`expected float32 but received a tensor of ${tensor.dtype}. Cast it first`);
    this.recordings.given(tensor.dataId);
    return this.backend.getMemoryOffset(tensor.dataId) >>> 0;
  }

  /** A new tensor; its values are whatever the memory held. */
  output(shape: readonly number[], dtype: DataType = 'float32'): TensorInfo {
    const own = [...shape];
    const sizeBytes = tf.util.sizeFromShape(own) * tf.util.bytesPerElement(dtype);
    const made = this.backend.makeOutput(own, dtype, this.heap.allocateTensor(sizeBytes));
    this.#made.push(made);
    return made;
  }

  /** Frees a tensor that tfjs has not seen yet. */
  discard({ dataId }: TensorInfo): void {
    this.backend.disposeData(dataId);
  }

  /** Frees what was used least lately of recordings, quantized networks and packed filters, but none that the kernel that runs may read. */
  #giveBack(): boolean {
    const filter = this.filters.oldest(this.#now, (dataId) => this.recordings.usedAt(dataId));
    const recording = this.recordings.oldest;
    const quantized = this.quantized.oldest;
    if (recording === undefined && !filter && !quantized) return false;
    this.recordings.endRecording(); // it may have read what goes
    if (quantized && quantized.used <= Math.min(recording ?? quantized.used, filter?.used ?? quantized.used))
      this.quantized.forget(quantized.owner);
    // A recording goes before the filters that it reads.
    else if (recording !== undefined && (!filter || recording <= filter.used)) this.recordings.giveUpOldest();
    else if (filter) this.filters.forget(filter.dataId);
    return true;
  }

  /** Runs a kernel. If it fails, what it has made is freed, and the error begins with the kernel's name. */
  attempt<T>(kernelName: string, compute: () => T): T {
    const outer = this.#made;
    this.#made = [];
    this.#now++;
    try {
      return compute();
    } catch (error) {
      for (const tensor of this.#made) this.discard(tensor);
      if (error instanceof Error && !error.message.includes(kernelName)) error.message = `${kernelName}: ${error.message}`;
      throw error;
    } finally {
      this.#made = outer;
      this.#now++; // outside of kernels nothing is in use
    }
  }

  /** Runs a kernel's chunks on all threads. */
  run<K extends KernelName>(kernel: K, chunks: number, named: KernelArguments<K>): void {
    const args = kernelArguments(kernel, named);
    this.recordings.called({ kernel, chunks, args });
    this.pool.run(kernel, chunks, args);
  }

  /** Runs kernels that may set an integer, whose address they are given; returns whether it stayed 0. */
  staysClear(run: (flag: number) => void): boolean {
    const flag = this.heap.scratch('flag', 16);
    this.recordings.mayFlag(flag);
    const clear = this.heap.staysClear(flag, () => run(flag));
    if (!clear) this.recordings.endRecording();
    return clear;
  }

  /** Asks a function of the kernels' module, on this thread. */
  ask<F extends FunctionName>(name: F, named: FunctionArguments<F>): number {
    return this.pool.call(name, ...functionArguments(name, named));
  }

  /**
   * The address of a filter in another layout. While gradients are recorded or computed it is made anew in scratch:
   * weights change at every step, and copies of all of them would take more memory than the weights.
   *
   * @param transposed a layout that only gradients use
   */
  packed(filter: TensorInfo, packing: PackedLayout, transposed: boolean, fill: (address: number) => void): number {
    if (transposed || tf.engine().state.gradientDepth > 0) {
      const address = this.heap.scratch('filter', packing.sizeBytes);
      fill(address);
      return address;
    }
    const alone = this.filters.alone(filter.dataId, packing.layout);
    if (alone !== undefined) {
      this.recordings.given(filter.dataId);
      return alone;
    }
    const fingerprint = this.ask('fingerprint', { at: this.address(filter), count: tf.util.sizeFromShape(filter.shape) });
    return this.filters.get(filter.dataId, packing, { fingerprint, now: this.#now }, (address) => {
      this.recordings.endRecording(); // a pass is recorded when its filters are packed
      fill(address);
    });
  }

  /**
   * Frees a filter's values where they are held packed as well, and nothing but kernels that pack it reads them. Who asks for them all the
   * same has them made again.
   */
  keepPackedAlone({ dataId }: TensorInfo): void {
    if (!this.#absent.isPossible || this.recordings.isRecording || this.backend.refCount(dataId) !== 1) return;
    const make = this.filters.keepAlone(dataId, this.#now);
    if (!make) return;
    this.recordings.forget(dataId); // they may read the values where they were
    this.#absent.release(dataId, (to) => {
      this.recordings.endRecording();
      make(to);
    });
  }

  dispose(): void {
    this.#absent.dispose();
    this.recordings.dispose();
    this.quantized.dispose();
    this.filters.dispose();
    this.backend.disposeData = this.#disposeData;
    this.pool.dispose();
    this.heap.release();
  }
}
