import type { BackendWasm } from '@tensorflow/tfjs-backend-wasm';
import type { Heap } from './heap.ts';
import type { DataId } from './start-tfjs.ts';

/** What tfjs-backend-wasm knows of a tensor's values: where they are, and by which number its own kernels know that. */
interface Place {
  id: number;
  memoryOffset: number;
}

/**
 * Values of tensors that are not in memory, because they can be made again from what else is there.
 *
 * Whoever wants them, be it to read them, to compute with them or to move them to another backend, asks tfjs' record of them for their place:
 * while they are absent, to ask for it makes them.
 *
 * That may take new memory from the system while a kernel of tfjs has views of other values. These stay what they are where memory is shared;
 * where it is not they would be empty, and values stay.
 */
export class AbsentValues {
  readonly #backend: BackendWasm;
  readonly #heap: Heap;
  /** The numbers that absent values had, and have again. */
  readonly #ids = new Map<DataId, number>();
  readonly #typedArrayFromHeap: BackendWasm['typedArrayFromHeap'];

  constructor(backend: BackendWasm, heap: Heap) {
    this.#backend = backend;
    this.#heap = heap;
    this.#typedArrayFromHeap = backend.typedArrayFromHeap;
    // tfjs' looks how large memory is before it asks where values are.
    backend.typedArrayFromHeap = (tensor) => {
      backend.getMemoryOffset(tensor.dataId);
      return this.#typedArrayFromHeap.call(backend, tensor);
    };
  }

  /** Whether values can be absent. */
  get isPossible(): boolean {
    return typeof SharedArrayBuffer !== 'undefined' && this.#heap.memory.buffer instanceof SharedArrayBuffer;
  }

  has(dataId: DataId): boolean {
    return this.#ids.has(dataId);
  }

  /**
   * Frees values that are floats.
   *
   * @param make writes them to an address; memory for it may first be taken from what is only held to be faster
   */
  release(dataId: DataId, make: (address: number) => void): void {
    const record = this.#backend.dataIdMap.get(dataId);
    const { id, memoryOffset, shape } = record;
    const count = shape.reduce((a, b) => a * b, 1);
    this.#heap.free(memoryOffset >>> 0);
    this.#backend.wasm.tfjs.disposeData(id); // and with it what tfjs' kernels keep for this number
    this.#ids.set(dataId, id);
    const ask = (what: keyof Place) => ({
      configurable: true,
      enumerable: true,
      get: () => {
        // Not as a kernel's result: scratch may be in use, and values outlive a recorded pass.
        const address = this.#heap.allocate(count * 4, 'tensors');
        make(address);
        this.#backend.wasm.tfjs.registerTensor(id, count, address);
        this.#settle(dataId, address);
        return record[what];
      },
    });
    Object.defineProperties(record, { id: ask('id'), memoryOffset: ask('memoryOffset') });
  }

  /** These values are never asked for again. */
  forget(dataId: DataId): void {
    if (this.has(dataId)) this.#settle(dataId, 0); // where nothing is to be freed
  }

  dispose(): void {
    for (const dataId of [...this.#ids.keys()]) this.forget(dataId);
    this.#backend.typedArrayFromHeap = this.#typedArrayFromHeap;
  }

  #settle(dataId: DataId, memoryOffset: number): void {
    const plain = (value: number) => ({ configurable: true, enumerable: true, writable: true, value });
    const id = this.#ids.get(dataId) as number;
    Object.defineProperties(this.#backend.dataIdMap.get(dataId), { id: plain(id), memoryOffset: plain(memoryOffset) });
    this.#ids.delete(dataId);
  }
}
