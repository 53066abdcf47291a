import type { BackendWasm } from '@tensorflow/tfjs-backend-wasm';
import * as tf from '@tensorflow/tfjs-core';
import { KernelInputError } from '../kernel-input-error.ts';
import { type CpuMemory, CpuOnWasm, tensorsOf } from './cpu-on-wasm.ts';
import { NOT_FOR_FLOATS_ALONE, ROUTES } from './routes.ts';

/** XNNPACK's tensors have no more, and of those that have it computes nothing. */
const MOST_AXES = 6;

/** What tfjs-backend-wasm's kernels compute with: some take integers for floats, none knows complex numbers, and of nothing comes what the memory held. */
function suits(kernelName: string, inputs: tf.NamedTensorInfoMap): boolean {
  const more = NOT_FOR_FLOATS_ALONE[kernelName];
  const integers = more && (more.takes?.(inputs) ?? true);
  return tensorsOf(inputs).every(
    ({ dtype, shape }) =>
      (dtype === 'float32' || (integers && (dtype === 'int32' || dtype === 'bool'))) && !shape.includes(0) && shape.length <= MOST_AXES,
  );
}

type Call = { readonly inputs: tf.NamedTensorInfoMap; readonly attrs: object };
type Compute = (call: Call) => tf.TensorInfo | tf.TensorInfo[];

/** Kernels that stand in for tfjs-backend-wasm's, by name. */
type StandIns = ReadonlyMap<string, Compute>;

/** tfjs' cpu backend's, on the same memory. */
async function cpuKernels(backend: BackendWasm): Promise<StandIns> {
  // It registers itself too, as a backend that is there and is not used.
  const { MathBackendCPU } = await import('@tensorflow/tfjs-backend-cpu');
  const cpu = new CpuOnWasm(backend, () => {
    const memory = new MathBackendCPU() as unknown as CpuMemory & { firstUse: boolean; makeOutput: unknown };
    memory.firstUse = false; // else it greets
    // Its own makes a tensor, which only tfjs' engine may do here.
    memory.makeOutput = (values: Float32Array, shape: number[], dtype: tf.DataType) => memory.makeTensorInfo(shape, dtype, values);
    return memory;
  });
  return new Map(tf.getKernelsForBackend('cpu').map(({ kernelName, kernelFunc }) => [kernelName, (call) => cpu.run(kernelFunc, call)]));
}

/** None: what would go there is refused by name. */
const refusals = (): StandIns =>
  new Map(
    tf.getKernelsForBackend('wasm').map(({ kernelName }) => [
      kernelName,
      ({ inputs }) => {
        const given = tensorsOf(inputs).map(({ dtype, shape }) => `${dtype} [${shape.join(',')}]`);
        throw new KernelInputError(
          `${kernelName} of ${given.join(' and ')}: tfjs-backend-wasm's kernel does not compute that rightly, and tfjs' cpu kernels, which do, ` +
            'were left out by useWasm({ everyOp: false }). Leave that out.',
        );
      },
    ]),
  );

/**
 * Has kernels of tfjs' cpu backend compute what tfjs-backend-wasm lacks or computes wrongly, on the same memory; or refuses it.
 *
 * @param everyOp whether the cpu backend's kernels are loaded
 * @returns a function that puts tfjs' own kernels back
 */
export async function registerRoutes(backend: BackendWasm, { everyOp }: { readonly everyOp: boolean }): Promise<() => void> {
  const standIns = everyOp ? await cpuKernels(backend) : refusals();
  const undo = [...standIns].map(([kernelName, compute]) => {
    const stock = tf.getKernel(kernelName, 'wasm');
    const route = ROUTES[kernelName];
    if (stock) tf.unregisterKernel(kernelName, 'wasm');
    tf.registerKernel({
      kernelName,
      backendName: 'wasm',
      ...(stock?.setupFunc && { setupFunc: stock.setupFunc }),
      kernelFunc: (call) => {
        const { inputs, attrs = {} } = call as { inputs: tf.NamedTensorInfoMap; attrs?: object };
        const right = stock && suits(kernelName, inputs) && !(route && (route.takes?.(inputs, attrs) ?? true));
        return orNothing(backend, () => (right ? stock.kernelFunc(call) : compute({ inputs, attrs })));
      },
    });
    return () => {
      tf.unregisterKernel(kernelName, 'wasm');
      if (stock) tf.registerKernel(stock);
    };
  });
  const { readSync } = backend;
  backend.readSync = (dataId, start, end) =>
    backend.dataIdMap.get(dataId).dtype === 'complex64' ? readComplex(backend, dataId) : readSync.call(backend, dataId, start, end);
  return () => {
    backend.readSync = readSync;
    for (const back of undo) back();
  };
}

/** What a kernel makes; if it fails, that is freed, which tfjs' kernels do not do. */
function orNothing<T>(backend: BackendWasm, compute: () => T): T {
  const { makeOutput } = backend;
  const made: tf.TensorInfo[] = [];
  backend.makeOutput = (...args) => {
    const output = makeOutput.apply(backend, args);
    made.push(output);
    return output;
  };
  try {
    return compute();
  } catch (error) {
    for (const { dataId } of made) backend.disposeData(dataId);
    throw error;
  } finally {
    backend.makeOutput = makeOutput;
  }
}

function readComplex(backend: BackendWasm, dataId: Parameters<BackendWasm['readSync']>[0]): Float32Array {
  const { shape } = backend.dataIdMap.get(dataId);
  return (backend.typedArrayFromHeap({ dataId, shape: [...shape, 2], dtype: 'float32' }) as Float32Array).slice();
}
