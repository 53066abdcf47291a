import type { BackendWasm } from '@tensorflow/tfjs-backend-wasm';
import type { DataType, KernelFunc, NamedTensorInfoMap, TensorInfo } from '@tensorflow/tfjs-core';

/** What of tfjs-backend-cpu's memory its kernels use. */
export interface CpuMemory {
  readonly data: { get(dataId: object): CpuData; set(dataId: object, data: CpuData): void; has(dataId: object): boolean };
  makeTensorInfo(shape: number[], dtype: DataType, values?: ArrayLike<number>): TensorInfo;
}

interface CpuData {
  readonly values?: ArrayLike<number> | Uint8Array[];
  readonly dtype: DataType;
  readonly complexTensorInfos?: { readonly real: TensorInfo; readonly imag: TensorInfo };
  refCount: number;
}

/** Makes a memory of tfjs-backend-cpu with nothing in it. */
export type MakeCpuMemory = () => CpuMemory;

/** More references than any kernel gives back, so that none frees what is not its own. */
const HELD = 2 ** 30;

/** Of ragged tensors' kernels, some inputs are lists. */
export const tensorsOf = (inputs: NamedTensorInfoMap): TensorInfo[] =>
  (Object.values(inputs) as (TensorInfo | TensorInfo[] | null | undefined)[])
    .flat()
    .filter((input) => input !== undefined && input !== null);

interface Stored {
  readonly stringBytes?: Uint8Array[];
}

/**
 * Runs kernels of tfjs' cpu backend on tensors of its WebAssembly backend, where they lie: a kernel reads views of that memory, computes in
 * JavaScript's own, and only its results are copied.
 *
 * Complex numbers, which tfjs-backend-wasm does not know, lie in the memory with real and imaginary parts side by side.
 */
export class CpuOnWasm {
  readonly #backend: BackendWasm;
  readonly #makeMemory: MakeCpuMemory;

  constructor(backend: BackendWasm, makeMemory: MakeCpuMemory) {
    this.#backend = backend;
    this.#makeMemory = makeMemory;
  }

  run(kernel: KernelFunc, { inputs, attrs }: { inputs: NamedTensorInfoMap; attrs: object }): TensorInfo | TensorInfo[] {
    const given = tensorsOf(inputs);
    // What another backend holds comes here first: that takes memory, which may move it all.
    for (const { dataId } of given) this.#backend.dataIdMap.get(dataId);
    const memory = this.#makeMemory();
    for (const input of given) this.#lend(memory, input);
    const results = kernel({ inputs, attrs: attrs as never, backend: memory as never });
    return Array.isArray(results)
      ? results.map((result) => this.#take(memory, given, result))
      : this.#take(memory, given, results as TensorInfo);
  }

  #lend(memory: CpuMemory, { dataId, shape, dtype }: TensorInfo): void {
    if (dtype === 'string') {
      memory.data.set(dataId, { values: (this.#backend.dataIdMap.get(dataId) as Stored).stringBytes ?? [], dtype, refCount: HELD });
      return;
    }
    if (dtype !== 'complex64') {
      memory.data.set(dataId, { values: this.#backend.typedArrayFromHeap({ dataId, shape, dtype }), dtype, refCount: HELD });
      return;
    }
    const pairs = this.#pairs(dataId, shape);
    const part = (offset: number) =>
      memory.makeTensorInfo(
        shape,
        'float32',
        Float32Array.from({ length: pairs.length / 2 }, (_, i) => pairs[2 * i + offset] as number),
      );
    memory.data.set(dataId, { dtype, complexTensorInfos: { real: part(0), imag: part(1) }, refCount: HELD });
  }

  /** Complex numbers as pairs of floats, where they lie. */
  #pairs(dataId: TensorInfo['dataId'], shape: number[]): Float32Array {
    return this.#backend.typedArrayFromHeap({ dataId, shape: [...shape, 2], dtype: 'float32' }) as Float32Array;
  }

  #take(memory: CpuMemory, given: readonly TensorInfo[], result: TensorInfo): TensorInfo {
    const { dataId, shape, dtype } = result;
    const lent = given.find((input) => input.dataId === dataId);
    if (lent?.dtype === dtype) {
      this.#backend.incRef(dataId);
      return { dataId, shape, dtype };
    }
    const { values, complexTensorInfos } = memory.data.get(dataId);
    if (dtype === 'string') return this.#backend.makeOutput(shape, dtype, undefined, values as never);
    if (complexTensorInfos) {
      const [real, imag] = [complexTensorInfos.real, complexTensorInfos.imag].map((part) => memory.data.get(part.dataId).values);
      const to = this.#backend.makeOutput(shape, dtype);
      const pairs = this.#pairs(to.dataId, shape);
      for (let i = 0; i < pairs.length; i++) pairs[i] = (i % 2 === 0 ? real : imag)?.[i >> 1] as number;
      return to;
    }
    // A view of an input may not outlive an allocation.
    const own = lent ? (values as Float32Array).slice() : (values as ArrayLike<number>);
    const to = this.#backend.makeOutput(shape, dtype);
    this.#backend.typedArrayFromHeap(to).set(own);
    return to;
  }
}
